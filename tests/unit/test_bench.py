"""A run of the benchmark prints what it has, whatever fails, and asks at the same hours whenever it is run."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import figures
from bench.__main__ import scenarios
from bench.figures import Baseline, Figure
from bench.loopback import serving
from bench.recorded_pages import MORE_THAN_A_PAGE, recorded_pages
from bench.run import at, in_a_directory, last, late, measure

HOUR, DAY = 3_600, 86_400
KEYS = {"scenario", "calls", "requests", "roundTrips", "readUnits", "seconds", "baseline", "otherBaselines"}


def good() -> Iterator[Figure]:
    beside = Baseline("SQLite", 0.5)
    yield Figure(
        "good", 10, requests=3, round_trips=1, read_units=4.5, seconds=0.25, baseline=beside, other_baselines=[beside]
    )


def broken() -> Iterator[Figure]:
    yield Figure("first", 10)
    raise ValueError("the second does not come")


def test_a_group_that_fails_is_named_and_the_others_are_measured(tmp_path: Path) -> None:
    measured = measure([("a broken one", broken), ("a good one", good)], tmp_path / "bench.json")
    assert [figure.scenario for figure in measured.figures] == ["first", "good"]
    assert measured.failed == ["a broken one"]
    assert "good" in figures.table(measured.figures)
    assert [entry["scenario"] for entry in json.loads((tmp_path / "bench.json").read_text())] == ["first", "good"]


def test_the_file_has_the_form_that_other_programs_read(tmp_path: Path) -> None:
    measure([("a good one", good)], tmp_path / "bench.json")
    [entry] = json.loads((tmp_path / "bench.json").read_text())
    assert entry.keys() == KEYS
    assert entry["baseline"] == {"name": "SQLite", "seconds": 0.5}
    assert (entry["roundTrips"], entry["readUnits"], entry["seconds"]) == (1, 4.5, 0.25)


def test_every_figure_has_its_name_in_the_file(tmp_path: Path) -> None:
    beside = Baseline("SQLite", 1)
    everything = Figure("all", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, beside, [beside], "a note")
    figures.write([everything], tmp_path / "bench.json")
    [entry] = json.loads((tmp_path / "bench.json").read_text())
    assert entry == {
        "scenario": "all",
        "calls": 1,
        "requests": 2,
        "roundTrips": 3,
        "readUnits": 4,
        "writeUnits": 5,
        "seconds": 6,
        "engineSeconds": 7,
        "wallSeconds": 8,
        "callsPerSecond": 9,
        "peakBytes": 10,
        "baseline": {"name": "SQLite", "seconds": 1},
        "otherBaselines": [{"name": "SQLite", "seconds": 1}],
        "note": "a note",
    }


@given(now=st.integers(1_700_000_000, 1_900_000_000), hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_the_last_moment_of_an_hour_is_within_the_day_that_has_passed(now: int, hour: int, minute: int) -> None:
    found = last(f"{hour:02d}:{minute:02d}", now)
    assert now - DAY < found <= now
    moment = datetime.fromtimestamp(found, UTC)
    assert (moment.hour, moment.minute, moment.second) == (hour, minute, 0)


def test_questions_are_asked_at_a_fixed_hour(tmp_path: Path) -> None:
    """The clock stands still: the last question of a long run is asked at the same moment as the first."""
    moments = list[float]()

    def asking() -> Iterator[Figure]:
        for name in "ab":
            moments.append(time.time())
            yield Figure(name)

    evening = last("23:30")
    measured = measure([("late", late(at(evening, asking)))], tmp_path / "bench.json")
    assert moments == [evening, evening]
    assert [figure.scenario for figure in measured.figures] == ["a-late", "b-late"]
    assert abs(time.time() - evening) <= DAY + 60, "afterwards the clock is right again"


def test_a_directory_lasts_as_long_as_its_group(tmp_path: Path) -> None:
    seen = list[Path]()

    def writing(directory: Path) -> Iterator[Figure]:
        seen.append(directory)
        (directory / "file").write_text("x")
        yield Figure("written")

    measure([("writing", in_a_directory(writing))], tmp_path / "bench.json")
    assert not seen[0].exists()


@pytest.mark.parametrize("numbers", [[10_000], [10_000, 100_000, 1_000_000]])
def test_every_size_is_asked_early_and_late(numbers: list[int]) -> None:
    names = [name for name, _ in scenarios(numbers)]
    assert len(names) == len(set(names))
    for number in numbers:
        for kind in ("statistics of", "pages of", "export of"):
            assert f"{kind} {number:,} calls" in names
        assert f"statistics of {number:,} calls, late" in names


class Engine(ThreadingHTTPServer):
    """A database that answers each request with the number of requests it has had, and remembers their bodies."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked = list[dict[str, object]]()


class Answering(BaseHTTPRequestHandler):
    server: Engine  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = str(len(self.server.asked)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        pass


def ask(url: str, operation: str, **body: object) -> str:
    """Send a request as the client of DynamoDB does. Returns the answer."""
    connection = HTTPConnection(urlsplit(url).netloc)
    names = ("Content-Type", "Authorization", "X-Amz-Date")
    headers = dict.fromkeys(names, "x") | {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    connection.request("POST", "/", json.dumps(body), headers)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def test_a_read_that_is_repeated_is_answered_from_memory_and_a_write_is_not() -> None:
    engine = Engine()
    with serving(engine) as url, recorded_pages(url) as pages:
        assert [ask(pages, "Query", TableName="A") for _ in range(2)] == ["1", "1"]
        assert ask(pages, "Query", TableName="B") == "2"
        assert [ask(pages, "PutItem", TableName="A") for _ in range(2)] == ["3", "4"]


def test_a_query_without_a_limit_gets_one_so_that_the_engine_does_not_read_the_whole_partition() -> None:
    engine = Engine()
    with serving(engine) as url, recorded_pages(url) as pages:
        ask(pages, "Query", TableName="A")
        ask(pages, "Query", TableName="A", Limit=7)
        ask(pages, "BatchGetItem", RequestItems={})
    assert [asked.get("Limit") for asked in engine.asked] == [MORE_THAN_A_PAGE, 7, None]
