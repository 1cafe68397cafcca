"""Which users and apps have a searched text in their names. The archive has their dids; the directory has the names."""

from duckdb import DuckDBPyConnection

from ledger.archive.conditions import Condition, Named
from ledger.calls.directory import Directory
from ledger.calls.text_search import TextSearch

MOST = 20_000
"""Users and apps whose names are looked up for one search."""


class TooManyNames(Exception):
    """More users and apps have calls in the range than can be looked up while somebody waits."""


def named(
    connection: DuckDBPyConnection, view: str, condition: Condition, search: TextSearch, directory: Directory
) -> Named:
    """The users and apps of the calls of a view that meet a condition, in whose names the text occurs.

    Raises TooManyNames.
    """
    dids: dict[str, list[str]] = {"user_did": [], "app_did": []}
    for field, column in (("userName", "user_did"), ("appName", "app_did")):
        if field in search.fields:
            rows = connection.execute(
                f"SELECT DISTINCT {column} FROM {view} WHERE {column} IS NOT NULL AND {condition.sql} LIMIT {MOST + 1}",
                condition.values,
            ).fetchall()
            dids[column] = [did for (did,) in rows]
    users, apps = dids.values()
    if len(users) + len(apps) > MOST:
        raise TooManyNames(f"more than {MOST} users and apps")
    entries = directory.look_up(users, apps)
    return Named(
        [did for did in users if search.is_in(entries.user_name(did))],
        [did for did in apps if search.is_in(entries.app_name(did))],
    )
