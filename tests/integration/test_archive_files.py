"""Files of the archive: a call is the same before and after, and a day's file has the calls of the table in order."""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.archive import columns, day_files, engine
from ledger.archive.parts import Part, Totals
from ledger.calls.model_call import ModelCall
from ledger.core import exact_json
from ledger.core.moments import DAY
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
