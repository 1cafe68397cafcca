"""The users who were erased, according to the erasures in the Registry table."""

from collections.abc import Iterable, Mapping

from ledger.aws import dynamodb
from ledger.core import keys


def erased_at(registry_table: str, dids: Iterable[str]) -> Mapping[str, str]:
    """Returns when each of these users was last erased, in ISO 8601; users who were never erased are missing.

    Calls of a user that were received until then must not be written any more.
    """
    by_key = {keys.erasure(keys.erasure_id(did)): did for did in dids}
    found = dynamodb.get_many(registry_table, by_key)
    return {by_key[key]: item["requestedAt"]["S"] for key, item in found.items()}
