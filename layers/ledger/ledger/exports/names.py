"""The names of whom and what the rows of an export mention, as tables of the database that writes it."""

from collections.abc import Iterator
from functools import partial
from itertools import chain

from duckdb import DuckDBPyConnection

from ledger.archive import conditions
from ledger.archive.conditions import Condition, Named
from ledger.calls.directory import Directory
from ledger.calls.text_search import TextSearch
from ledger.pricing.providers import PROVIDERS

_TOGETHER = 10_000
"""Users or apps that are looked up at a time."""


class Names:
    """The tables `users`, `apps` and `providers` of a database."""

    def __init__(self, connection: DuckDBPyConnection, directory: Directory) -> None:
        self._connection = connection
        self._directory = directory
        connection.execute("CREATE TABLE users (did VARCHAR, name VARCHAR, email VARCHAR)")
        connection.execute("CREATE TABLE apps (did VARCHAR, name VARCHAR)")
        connection.execute("CREATE TABLE providers (id VARCHAR, name VARCHAR)")
        self._insert("providers", [(known.id, known.display_name) for known in PROVIDERS.values()])

    def found(self, relation: str, condition: Condition, search: TextSearch | None) -> Condition:
        """The condition on calls of a relation that they meet another one, and that a text occurs in them.

        The names of whom and what they mention are known afterwards.
        """
        if search and search.needs_names:
            self.learn(relation, condition)
        if search:
            named = Named(self._having(search, "users"), self._having(search, "apps"))
            condition = conditions.all_of([condition, conditions.of_search(search, named)])
        self.learn(relation, condition)
        return condition

    def _having(self, search: TextSearch, table: str) -> list[str]:
        """The dids of a table in whose names a text occurs."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT did, name FROM {table}")
            rows = chain.from_iterable(iter(partial(cursor.fetchmany, _TOGETHER), []))
            return [did for did, name in rows if search.is_in(name)]

    def learn(self, relation: str, condition: Condition) -> None:
        """Look up the users and apps of the calls of a relation that meet a condition, as far as they are not known."""
        for dids in self._unknown("user_did", "users", relation, condition):
            entries = self._directory.look_up(dids, ())
            found = [(did, entries.user(did)) for did in dids]
            self._insert("users", [(did, user["fullName"], user["email"]) for did, user in found])
        for dids in self._unknown("app_did", "apps", relation, condition):
            entries = self._directory.look_up((), dids)
            self._insert("apps", [(did, entries.app(did)["appName"]) for did in dids])

    def _unknown(self, column: str, table: str, relation: str, condition: Condition) -> Iterator[list[str]]:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT {column} FROM {relation} WHERE {condition.sql} AND {column} IS NOT NULL "
                f"AND {column} NOT IN (SELECT did FROM {table})",
                condition.values,
            )
            while rows := cursor.fetchmany(_TOGETHER):
                yield [did for (did,) in rows]

    def _insert(self, table: str, rows: list[tuple[str, ...]]) -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]
        values = ", ".join("unnest(?)" for _ in columns)
        self._connection.execute(f"INSERT INTO {table} SELECT {values}", columns)
