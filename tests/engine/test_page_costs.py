"""What a page costs: round trips in sequence, and read units, wherever it is and however many calls there are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from bench.archive_state import archived
from bench.databases import write_csv
from bench.depth import depth
from bench.ledger_state import Sample
from bench.meter import metered
from bench.paging import PAGE, Question, load, log_of
from ledger.call_log.log import CallLog

NOW = 1_795_000_000
MOST = 75
"""Read units of any page: for the counters of ninety days, for the calls, and for the names of fifty users and apps."""


@pytest.fixture(params=[600, 6_000], ids=str)
def sample(request: pytest.FixtureRequest, tables: None) -> Iterator[Sample]:
    """Calls of ninety days, one in three hundred failed. The tables have them."""
    assert tables is None
    made = Sample(request.param, NOW, one_failed_in=300)
    calls = list(made.calls())
    with time_machine.travel(NOW, tick=False):
        load(made, calls)
        yield made


@pytest.fixture
def log(sample: Sample, tmp_path: Path) -> CallLog:
    """A log whose archive has them too."""
    write_csv(tmp_path / "calls.csv", Sample(sample.number, NOW, one_failed_in=300).calls())
    return log_of(archived(tmp_path / "calls.csv", NOW, tmp_path / "archive"))


def questions(sample: Sample) -> Iterator[Question]:
    """The first, second, a middle and the last page of a user and of everybody; with filters, common and rare."""
    for user, count in ((sample.heaviest, sample.calls_of[sample.heaviest]), (None, sample.number)):
        last = -(-count // PAGE)
        for page in sorted({1, 2, last // 2 + 1, last - 1, last}):
            yield Question("any", user, None, page)
        yield Question("failed", user, "failed", 1)
        yield Question("search", user, None, 1, "e5-f")
        for page in sorted({1, last // 2 + 1, last}):
            yield Question("success", user, "success", page)


def test_any_page_takes_at_most_four_round_trips_and_the_same_units(sample: Sample, log: CallLog) -> None:
    """In a warm function. Without filters, the first page takes two round trips, and the last one three.

    Rare rows, and what no counter knows, take five or six.
    """
    for question in questions(sample):
        question.ask(log)
        with metered() as cost, depth() as in_sequence:
            page = question.ask(log)
        print(f"{question}: {len(cost.requests)} requests, {in_sequence.reached} in sequence, {cost.read_units} units")  # noqa: T201
        assert page["list"] or question.status == "failed" or question.search
        if page["asOf"]:
            assert in_sequence.reached <= 6
        else:
            assert in_sequence.reached <= (4 if question.status or question.page > 1 else 2)
        if question.page * PAGE >= page["count"] and not question.status and not page["asOf"]:
            assert in_sequence.reached <= 3
        # Who has the text in their name is only known once everybody's name is looked up.
        looked_up = len(sample.calls_of) if question.search and not question.user else 0
        assert cost.read_units <= MOST + looked_up / 2
