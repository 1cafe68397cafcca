"""An export has every call once and in order, wherever it is read: in day files, in change files, or in the table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from ledger.archive.archive import Archive
from ledger.call_log.selection import LogSelection
from ledger.calls.call_filter import CallFilter
from ledger.calls.directory import Directory
from ledger.calls.text_search import TextSearch
from ledger.core.moments import DAY, utc_day
from ledger.exports import rows
from ledger.exports.layout import Layout
from ledger.exports.rows import ExportRows
from tests.integration.archive_world import ArchiveWorld, archive_world
from tests.integration.history import START
from tests.integration.small_world import call, small_world

ARCHIVED = [utc_day(START - ago * DAY) for ago in (3, 2)]
LAYOUT = Layout("jsonl", "en", UTC, 0, START + DAY)
CALLS = [
    call(f"{number:02d}", START - number // 3 * 11_111, user_did="ab"[number % 2], model=f"Straße-{number % 3}")
    for number in range(70)
]
"""Three at a time, through three days."""


@pytest.fixture(scope="module")
def archive() -> Iterator[ArchiveWorld]:
    """Two days have files, with a correction and a removal since. Other days are in change files, or in the table."""
    with time_machine.travel(START, tick=False) as clock, small_world() as world:
        made = archive_world(world)
        world.record(*CALLS[60:])
        made.stream.read()
        world.unarchived.clear()  # from before the archive began
        made.advance()
        clock.shift(60)
        world.record(*CALLS[:60])
        clock.shift(60)
        made.catch_up()
        generation, days = made.write_days(ARCHIVED)
        clock.shift(60)
        made.catch_up()
        made.publish(generation, days)
        world.record(replace(CALLS[30], model="corrected"))
        world.delete(CALLS[33].id)
        clock.shift(60)
        made.catch_up()
        world.record(call("new", START + 200))
        yield made


def expected(archive: ArchiveWorld, selection: LogSelection) -> list[str]:
    calls = [
        one
        for one in archive.world.calls.of_everybody("0", "9")
        if selection.start <= one.call_time < selection.end
        and selection.user_did in (None, one.user_did)
        and (not selection.filter.search or selection.filter.search.is_in(one.model))
    ]
    return [one.id for one in sorted(calls, key=lambda one: one.call_time_id, reverse=True)]


def exported(
    export: ExportRows, selection: LogSelection, after: str | None = None, most: int | None = None
) -> list[tuple[list[str], str]]:
    """The ids of the rows of each slice, or of so many, and the position after it."""
    found: list[tuple[list[str], str]] = []
    with TemporaryDirectory() as folder:
        for each in islice(export.slices(selection, after), most):
            file = Path(folder) / "slice"
            LAYOUT.copy(each.connection, each.relation, each.condition, file)
            ids = [line.split('"id":"')[1].split('"')[0] for line in file.read_text().splitlines()]
            found.append((ids, each.position))
    return found


@st.composite
def selections(draw: st.DrawFn) -> LogSelection:
    start = draw(st.integers(START - 4 * DAY, START))
    text = draw(st.sampled_from((None, "sse-1", "correct")))
    search = TextSearch(text, ("model",)) if text else None
    whose = draw(st.sampled_from((None, "a", "b")))
    return LogSelection(whose, start, start + draw(st.integers(0, 5 * DAY)), CallFilter(search=search))


@tries(max_examples=25)
@given(
    selection=selections(),
    slice_bytes=st.sampled_from((1_000, 4_000)),
    chunk=st.integers(1, 9),
    group=st.sampled_from((1, 20, 1_000)),
)
def test_every_call_once_and_from_every_position_on(
    archive: ArchiveWorld, selection: LogSelection, slice_bytes: int, chunk: int, group: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_SAMPLED", 1)
        files = Archive(archive.manifest, archive.bucket, 10_000_000, Path(folder))
        export = ExportRows(archive.world.calls, files, Directory("RegistryTable"), slice_bytes, chunk, group)
        slices = exported(export, selection)
        assert [call_id for ids, _ in slices for call_id in ids] == expected(archive, selection)
        for number, (_, position) in [*enumerate(slices)][:: max(len(slices) // 3, 1)]:
            rest = exported(export, selection, position)
            left: list[Any] = [call_id for ids, _ in slices[number + 1 :] for call_id in ids]
            assert [call_id for ids, _ in rest for call_id in ids] == left


def test_workers_that_stop_after_a_slice_each_write_every_call_once(archive: ArchiveWorld, tmp_path: Path) -> None:
    files = Archive(archive.manifest, archive.bucket, 10_000_000, tmp_path)
    export = ExportRows(archive.world.calls, files, Directory("RegistryTable"), chunk=1)
    whole = LogSelection(None, START - 4 * DAY, START + DAY, CallFilter())
    written: list[str] = []
    after: str | None = None
    while slices := exported(export, whole, after, most=1):
        [(ids, position)] = slices
        assert after is None or position < after, "a worker gets further than the one before"
        written += ids
        after = position
    assert written == expected(archive, whole)


def test_slices_of_the_archive_are_small(
    archive: ArchiveWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_SAMPLED", 1)
    files = Archive(archive.manifest, archive.bucket, 10_000_000, tmp_path)
    export = ExportRows(archive.world.calls, files, Directory("RegistryTable"), slice_bytes=2_000)
    whole = LogSelection(None, START - 3 * DAY, START - 2 * DAY, CallFilter())
    sizes = [len(ids) for ids, _ in exported(export, whole)]
    assert len(sizes) > 3
    assert max(sizes) <= 5
