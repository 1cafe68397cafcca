"""Files of the archive: a call is the same before and after, and a day's file has the calls of the table in order."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.archive import columns, day_files, engine, parquet, reader
from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import ArchivedDay, WrittenPart
from ledger.archive.parts import Part, Totals
from ledger.archive.reader import Snapshot
from ledger.aws.s3 import S3Bucket
from ledger.calls.call_item import to_item
from ledger.calls.model_call import ModelCall
from ledger.core import exact_json
from ledger.core.moments import DAY, utc_day
from tests.call_strategies import calls_with
from tests.integration.small_world import small_world
from tests.integration.world import World
from tests.moment import NOW

DAY_START = (NOW - 2 * DAY) // DAY * DAY
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
AMOUNTS = st.integers(0, 10**22 - 1).map(lambda digits: Decimal(digits).scaleb(-10))
COUNTS = st.integers(0, 10**15 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | AMOUNTS | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
CALLS = calls_with(
    texts=NAMES,
    amounts=AMOUNTS,
    counts=COUNTS,
    call_time=st.integers(DAY_START, DAY_START + DAY - 1),
    metadata=st.none() | JSON.map(lambda value: exact_json.dumps(value).decode()),
    revision=st.none() | COUNTS,
    recorded_by=st.none() | NAMES,
    created_at=st.none() | NAMES,
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with small_world() as world:
        yield world


def written(world: World, folder: Path, part: Part) -> tuple[list[ModelCall], Totals]:
    """The calls of a part's file, in the file's order, and the totals that were returned of it."""
    path = folder / f"{time.monotonic_ns()}.parquet"
    with engine.connected(folder) as database:
        day_files.write(database, world.calls, part, path.name, path)
        totals = day_files.totals(database, path)
        query = f"SELECT {', '.join(columns.NAMES)} FROM read_parquet(?)"  # noqa: S608
        rows = database.execute(query, [str(path)]).fetchall()
    return [columns.to_call(row) for row in rows], totals


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(calls=st.lists(CALLS, max_size=6, unique_by=lambda call: call.id))
def test_every_field_of_a_call_is_in_the_file_of_its_day(world: World, tmp_path: Path, calls: list[ModelCall]) -> None:
    for call_id in list(world.truth):
        world.delete(call_id)
    world.record(*calls)
    stored = [world.calls.get(call.id, NOW) for call in calls]
    found, totals = written(world, tmp_path, Part(0, DAY_START, DAY_START + DAY - 1))
    assert found == sorted((call for call in stored if call), key=lambda call: call.call_time_id)
    assert totals == Totals(
        len(calls), sum(call.tokens for call in calls), sum((call.credits for call in calls), Decimal(0))
    )


ADDED = ("service_tier", "list_costs", "list_cost_usd", "cache_savings")
"""Columns that files of earlier versions don't have."""
FILED = st.lists(CALLS, max_size=3, unique_by=lambda call: call.id)


def filed(folder: Path, calls: list[ModelCall], number: int, left_out: str) -> WrittenPart:
    """A part of a day of which the file has some calls, without some columns."""
    key = f"{time.monotonic_ns()}.parquet"
    lines = [exact_json.dumps(to_item(call, time_shards=1, expires_at=0)) for call in calls]
    with engine.connected(folder) as database:
        parquet.write(database, lines, columns.ITEM, columns.SELECTION, folder / f"whole-{key}")
        whole = f"SELECT * {left_out} FROM read_parquet({engine.literal(folder / f'whole-{key}')})"  # noqa: S608
        engine.copy(database, whole, folder / key)
    return WrittenPart(number, key, 1, DAY_START, DAY_START + DAY - 1, Totals(len(calls), 0, Decimal(0)), NOW, NOW)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(before=FILED, since=st.none() | FILED)
def test_what_a_file_of_an_earlier_version_does_not_have_is_null(
    tmp_path: Path, before: list[ModelCall], since: list[ModelCall] | None
) -> None:
    parts = [filed(tmp_path, before, 0, f"EXCLUDE ({', '.join(ADDED)})")]
    if since is not None:
        parts.append(filed(tmp_path, since, 1, ""))
    day = utc_day(DAY_START)
    snapshot = Snapshot(day, day, NOW, DAY_START, NOW, [ArchivedDay(day, "a", parts)], [])
    with engine.connected(tmp_path) as database:
        reader.open_calls(database, LocalFiles(S3Bucket("none"), tmp_path), snapshot)
        rows = database.execute(f"SELECT {', '.join(columns.NAMES)} FROM calls").fetchall()  # noqa: S608
    expected = [replace(call, **dict.fromkeys(ADDED)) for call in before] + (since or [])
    assert sorted(map(columns.to_call, rows), key=repr) == sorted(expected, key=repr)
