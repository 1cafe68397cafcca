"""DynamoDB's rules of expressions that moto doesn't know: every request of a test is held to them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

RESERVED: Final = frozenset(ReservedKeywords.get_reserved_keywords())
_OWN: Final = frozenset({"ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"})
"""Words of the language itself, in capitals as all our expressions have them."""
_TOKEN: Final = re.compile(r"[#:]?\w+(?!\w|\s*\()")
"""A name, a placeholder or a word of the language; not a function, which stands before a bracket."""


class Refused(Exception):
    """DynamoDB would answer this request with a ValidationException."""


def judge(request: Mapping[str, Any]) -> None:
    """Raises Refused for a bare reserved word, a placeholder that is not defined and one that is not used."""
    for part in _parts(request):
        texts = [str(value) for name, value in part.items() if name.endswith("Expression")]
        tokens = {token for text in texts for token in _TOKEN.findall(text)}
        bare = {token for token in tokens if token.upper() in RESERVED and token not in _OWN}
        if bare:
            raise Refused(f"reserved words {sorted(bare)} in {texts}")
        used = {token for token in tokens if token[0] in "#:"}
        defined = {*part.get("ExpressionAttributeNames", ()), *part.get("ExpressionAttributeValues", ())}
        if used != defined:
            raise Refused(f"{sorted(used ^ defined)} is not used, or not defined, in {texts}")


def _parts(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The request itself, each operation of a transaction, and each table of a batch."""
    yield request
    for item in request.get("TransactItems", ()):
        yield from cast("Mapping[str, Any]", item).values()
    tables = request.get("RequestItems", {})
    yield from (table for table in tables.values() if isinstance(table, dict))
