"""Packs: what is kept of many series in one item, compressed, as answers cost by the item and by the kilobyte.

A pack of too many series overflows into chunks, which are named by what they hold: the head says which of them count,
so that writing the head replaces all of it at once, and what it no longer names is ignored until it is swept.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from ledger.aws.dynamodb import Item, TornAnswer

MOST_BYTES = 350_000
"""Of an item before it is compressed: none comes near DynamoDB's 400 KB, whatever the names in it."""
_LEAST, _MOST = -(2**63), 2**64 - 1
"""What orjson takes for a whole number; it would read a larger one as a float."""


@dataclass(frozen=True)
class Pack:
    """The items of a pack. The chunks have to be written before the head."""

    head: Item
    chunks: Sequence[Item]


def pack(partition: str, bucket: str, through: Item, entries: Iterable[bytes], **every: Any) -> Pack:
    """Pack entries, each JSON, as of `through`, which is what makes an item the head. `every` item has the rest."""
    first, *rest = _parts(entries)
    names = [hashlib.blake2b(part, digest_size=12).hexdigest() for part in rest]
    key = {"scope": {"S": partition}, **every}
    chunks = [
        {**key, "bucket": {"S": bucket + name}, "pack": {"B": part}} for name, part in zip(names, rest, strict=True)
    ]
    named = {"chunks": {"S": " ".join(names)}} if names else {}
    return Pack({**key, "bucket": {"S": bucket}, "through": through, **named, "pack": {"B": first}}, chunks)


def unpacked(items: Iterable[Item]) -> Iterator[tuple[Item, list[Any]]]:
    """The heads among items in the order of their keys, each with the entries of its pack.

    Raises TornAnswer where a pack was replaced while it was read.
    """
    for _, of_pack in groupby(items, key=_name):
        head, *chunks = of_pack
        if "through" not in head:  # chunks whose head is yet to come
            continue
        held = {chunk["bucket"]["S"]: chunk for chunk in chunks}
        entries = _entries(head)
        for name in head["chunks"]["S"].split() if "chunks" in head else ():
            chunk = held.get(head["bucket"]["S"] + name)
            if chunk is None:
                raise TornAnswer("a pack is being replaced")
            entries += _entries(chunk)
        yield head, entries


def whole(numbers: Sequence[int]) -> list[int] | list[str]:
    """Whole numbers as an entry has them: as text where one of them is too large."""
    if min(numbers) < _LEAST or max(numbers) > _MOST:
        return [str(number) for number in numbers]
    return list(numbers)


def numbers(told: list[Any]) -> list[int]:
    """The whole numbers that an entry has."""
    return [int(number) for number in told] if isinstance(told[0], str) else told


def _parts(entries: Iterable[bytes]) -> list[bytes]:
    parts: list[list[bytes]] = [[]]
    size = 0
    for entry in entries:
        size += len(entry) + 1
        if size > MOST_BYTES:
            parts.append([])
            size = len(entry) + 1
        parts[-1].append(entry)
    return [zlib.compress(b"[" + b",".join(part) + b"]") for part in parts]


def _entries(item: Item) -> list[Any]:
    """A Query leaves binary attributes in the Base64 of DynamoDB's JSON."""
    return orjson.loads(zlib.decompress(base64.b64decode(item["pack"]["B"])))


def _name(item: Item) -> tuple[str, str]:
    """What the items of a pack have in common."""
    return item["scope"]["S"], item["bucket"]["S"].rpartition("#")[0]
