"""Packs: many series in one compressed item, because DynamoDB charges reads by the item and by the kilobyte.

A pack of too many series overflows into chunks, which are named by a hash of their content. The head names its chunks,
so that writing the head replaces the whole pack at once. A chunk that no head names is ignored, and removed later.
"""

import base64
import hashlib
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from ledger.aws.dynamodb import Item
from ledger.aws.dynamodb_parsing import JsonItem
from ledger.aws.retries import TornRead
from ledger.counting.live_counters import LIFETIME

MOST_BYTES = 350_000
"""Bytes of an item before it is compressed. However badly its names compress, it stays below DynamoDB's 400 KB."""
INGESTED = "ingestedThrough"
"""The attribute of every item of a pack by which a newer one is known."""
_LEAST, _MOST = -(2**63), 2**64 - 1
"""The range that orjson reads as whole numbers; others it would read as floats."""


@dataclass(frozen=True)
class Pack:
    """The items of a pack. The chunks have to be written before the head."""

    head: Item
    chunks: Sequence[Item]


def pack(partition: str, bucket: str, through: Item, entries: Iterable[bytes], *, ingested: str, **every: Any) -> Pack:
    """A pack of entries, each a JSON text. Only the head has `through`; every item has the further attributes.

    `ingested` is the last day of ingestion that the pack holds. A pack without entries expires with the live counters
    that it is the sum of, so that nothing stays of a user who was erased.
    """
    held = list(entries)
    first, *rest = _parts(held)
    names = [hashlib.blake2b(part, digest_size=12).hexdigest() for part in rest]
    key = {"scope": {"S": partition}, INGESTED: {"S": ingested}, **every}
    chunks = [
        {**key, "bucket": {"S": bucket + name}, "pack": {"B": part}} for name, part in zip(names, rest, strict=True)
    ]
    named = {"chunks": {"S": " ".join(names)}} if names else {}
    expiry = {} if held else {"expiresAt": {"N": str(int(time.time()) + LIFETIME)}}
    return Pack({**key, "bucket": {"S": bucket}, "through": through, **named, **expiry, "pack": {"B": first}}, chunks)


def unpacked(items: Iterable[JsonItem]) -> Iterator[tuple[JsonItem, list[Any]]]:
    """The heads among items in the order of their keys, each with the entries of its pack.

    Raises TornRead where a pack was replaced while it was read.
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
                raise TornRead("a pack is being replaced")
            entries += _entries(chunk)
        yield head, entries


def whole(numbers: Sequence[int]) -> list[int] | list[str]:
    """Whole numbers as an entry stores them: all as text where one of them is too large for JSON."""
    if min(numbers) < _LEAST or max(numbers) > _MOST:
        return [str(number) for number in numbers]
    return list(numbers)


def numbers(stored: list[Any]) -> list[int]:
    """The whole numbers that an entry stores."""
    return [int(number) for number in stored] if isinstance(stored[0], str) else stored


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


def _entries(item: JsonItem) -> list[Any]:
    return orjson.loads(zlib.decompress(base64.b64decode(item["pack"]["B"])))


def _name(item: JsonItem) -> tuple[str, str]:
    """What the head and the chunks of a pack have in common."""
    return item["scope"]["S"], item["bucket"]["S"].rpartition("#")[0]
