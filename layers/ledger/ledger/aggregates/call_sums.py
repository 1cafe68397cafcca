"""The sums of a section's calls by scope, series and quarter hour, added up by DuckDB from the archive."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from duckdb import DuckDBPyConnection

from ledger.aggregates.sections import Section
from ledger.archive import columns, engine, reader
from ledger.archive.local_files import LocalFiles
from ledger.archive.reader import Snapshot
from ledger.aws.s3 import S3Bucket
from ledger.core.moments import DAY, QUARTER_HOUR, day_start
from ledger.core.money import DECIMALS, EXACT
from ledger.core.scopes import Scope, ScopeKind
from ledger.counting.measures import Measures
from ledger.counting.series import ScopedSeries, Series

type Sums = dict[ScopedSeries, dict[int, Measures]]
"""The measures of each series by the Unix time at which their quarter hour begins."""

_AT_A_TIME = 10_000
"""Rows, or dids, that are fetched at a time."""
_FIELDS = ", ".join(column.name for column in columns.COUNTED)
_OLD = ", ".join(f"old_{column.name}" for column in columns.COUNTED)
_AS_OF = f"SELECT 1 AS sign, call_time, {_FIELDS} FROM calls"
_SINCE = f"""
    UNION ALL SELECT -1, call_time, {_FIELDS} FROM later WHERE call_time IS NOT NULL
    UNION ALL SELECT 1, old_call_time, {_OLD} FROM later WHERE old_call_time IS NOT NULL
"""
"""What takes the changes back that were ingested since: each took the old call away and added the new one."""
_LATER = f"""
    CREATE TABLE later AS
    SELECT DISTINCT ON (id, sequence_number, changed_at) call_time, {_FIELDS}, old_call_time, {_OLD}
    FROM changes
    WHERE written_at >= {{since}}
    AND (call_time BETWEEN {{first}} AND {{last}} OR old_call_time BETWEEN {{first}} AND {{last}})
"""
_USED = (
    "(total_usage <> 0 OR input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens <> 0)"
)


def _number(condition: str) -> str:
    return f"sum(CASE WHEN {condition} THEN sign ELSE 0 END)"


def _sum(column: str) -> str:
    return f"sum(CASE WHEN sign > 0 THEN coalesce({column}, 0) ELSE -coalesce({column}, 0) END)"


_MEASURES = {
    "calls": "sum(sign)",
    "successes": _number("status = 'success'"),
    "failures": _number("status = 'failed'"),
    "unpriced": _number(f"cost_source = 'unpriced' AND (status = 'success' OR (status = 'failed' AND {_USED}))"),
    "total_usage_units": _sum("total_usage"),
    "credits_units": _sum("credits"),
    "input_tokens": _sum("input_tokens"),
    "output_tokens": _sum("output_tokens"),
    "cache_read_input_tokens": _sum("cache_read_input_tokens"),
    "cache_creation_input_tokens": _sum("cache_creation_input_tokens"),
    "duration_units": _sum("duration"),
    "durations": _number("duration IS NOT NULL"),
    "ttfb_units": _sum("ttfb"),
    "ttfbs": _number("ttfb IS NOT NULL"),
}
"""The SQL expressions of `Measures`, amounts as they are."""
assert tuple(_MEASURES) == Measures._fields  # noqa: S101 - the order of a tuple
_AMOUNTS = [index for index, name in enumerate(Measures._fields) if name.endswith("_units")]


class _View(NamedTuple):
    """A kind of scope: the column that tells its scopes apart, if any, and those that tell its series apart."""

    kind: ScopeKind
    did: str | None
    series: Sequence[str]


_MODELS = ("type", "provider_id", "model")
_ALL = _View("all", None, (*_MODELS, "''"))
_USER = _View("user", "user_did", (*_MODELS, "coalesce(app_did, '')"))
_APP = _View("app", "app_did", (*_MODELS, "''"))


@dataclass(frozen=True)
class CallSums:
    """The bucket with the archive's files. A day is added up a part of it at a time, so that the disk is bounded."""

    bucket: S3Bucket

    def as_of(self, section: Section, snapshot: Snapshot) -> Sums:
        """The sums of a section at the moment of a snapshot of its day. Raises ObjectChanged."""
        return self._add_up(section, snapshot, None)

    def ingested_before(self, section: Section, snapshot: Snapshot, second: int) -> Sums:
        """The sums of a section, of what was ingested before a Unix second. Raises ObjectChanged.

        The snapshot has every change of the day since then. The result does not depend on the snapshot's moment.
        """
        return self._add_up(section, snapshot, second)

    def _add_up(self, section: Section, snapshot: Snapshot, since: int | None) -> Sums:
        sums: Sums = defaultdict(dict)
        with TemporaryDirectory() as name:
            files = LocalFiles(self.bucket, Path(name))
            for of_part, first, last in _parts(section.day, snapshot):
                with TemporaryDirectory() as scratch, engine.connected(Path(scratch)) as database:
                    reader.open_calls(database, files, of_part)
                    if since is not None:
                        database.execute(_LATER.format(since=since, first=first, last=last))
                    counted = _AS_OF + ("" if since is None else _SINCE)
                    database.execute(
                        f"CREATE VIEW counted AS SELECT * FROM ({counted}) WHERE call_time BETWEEN {first} AND {last}"
                    )
                    for view in _views(section):
                        _add_view(database, view, section.has_did, sums)
                files.make_room(0, beside=[file.key for file in snapshot.changes])
        return sums


def _parts(day: str, snapshot: Snapshot) -> Iterator[tuple[Snapshot, int, int]]:
    """The snapshot cut into the parts of its day's file, with the first and the last second of each."""
    archived = next(iter(snapshot.days), None)
    if archived is None:
        yield snapshot, day_start(day), day_start(day) + DAY - 1
        return
    for part in archived.parts:
        yield replace(snapshot, days=[replace(archived, parts=[part])]), part.first, part.last


def _views(section: Section) -> list[_View]:
    return [_ALL, _USER, _APP] if section.has_everybody else [_USER, _APP]


def _add_view(database: DuckDBPyConnection, view: _View, is_wanted: Callable[[str], bool], sums: Sums) -> None:
    source = "counted"
    if view.did:
        _choose(database, view.did, is_wanted)
        source = f"counted SEMI JOIN chosen ON chosen.did = counted.{view.did}"
    found = database.execute(
        f"SELECT {view.did or "''"}, {', '.join(view.series)}, "
        f"call_time // {QUARTER_HOUR} * {QUARTER_HOUR}, {', '.join(_MEASURES.values())} FROM {source} "
        "GROUP BY 1, 2, 3, 4, 5, 6"
    )
    while rows := found.fetchmany(_AT_A_TIME):
        for did, type_, provider_id, model, app_did, slot, *numbers in rows:
            measures = _measures(numbers)
            if measures:
                scoped = Scope(view.kind, did), Series(type_, provider_id, model, app_did)
                slots = sums[scoped]
                slots[slot] = slots[slot] + measures if slot in slots else measures


def _choose(database: DuckDBPyConnection, did: str, is_wanted: Callable[[str], bool]) -> None:
    """Make the table `chosen` of the wanted dids among those of a column. DuckDB does not have the digest."""
    database.execute("CREATE OR REPLACE TABLE chosen (did VARCHAR)")
    dids = database.cursor().execute(f"SELECT DISTINCT {did} FROM counted WHERE {did} <> ''")
    while rows := dids.fetchmany(_AT_A_TIME):
        for chunk in batched((found for (found,) in rows if is_wanted(found)), _AT_A_TIME):
            database.execute("INSERT INTO chosen SELECT unnest(?)", [list(chunk)])


def _measures(numbers: list[Any]) -> Measures:
    for index in _AMOUNTS:
        numbers[index] = int(numbers[index].scaleb(DECIMALS, EXACT))
    return Measures._make(numbers)
