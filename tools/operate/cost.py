"""What a stack costs a month: the units that `make bench` measures, at the prices that AWS publishes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

MONTH: Final = 30
"""Days."""
MILLION: Final = Decimal(1_000_000)

# us-east-1, in US dollars, without free tiers, savings plans and taxes; docs/cost.md says how old each is.
WRITE_UNIT: Final = Decimal("0.625") / MILLION
"""DynamoDB on demand; a write of up to a kilobyte."""
READ_UNIT: Final = Decimal("0.125") / MILLION
STORED_GB: Final = Decimal("0.25")
"""DynamoDB, a month, as are the next two."""
BACKED_UP_GB: Final = Decimal("0.20")
SECRET: Final = Decimal("0.40")
ALARM: Final = Decimal("0.10")
"""For each metric of an alarm."""
DASHBOARD: Final = Decimal("3.00")
API_REQUEST: Final = Decimal("1.00") / MILLION
"""An HTTP API's, as are the alternatives below."""
INVOCATION: Final = Decimal("0.20") / MILLION
GB_SECOND: Final = Decimal("0.0000133334")
"""Lambda on arm64."""
LOGGED_GB: Final = Decimal("0.50")
METRIC: Final = Decimal("0.30")
TRACE: Final = Decimal("5.00") / MILLION
"""X-Ray."""
QUEUE_REQUEST: Final = Decimal("0.40") / MILLION
COPIED_GB: Final = Decimal("0.02")
"""To another region, by AWS Backup, as is the next."""
COPY_GB: Final = Decimal("0.10")
"""Of DynamoDB's data, a month."""
PUT: Final = Decimal("0.005") / 1000
"""S3, as are the next two."""
FILED_GB: Final = Decimal("0.023")
"""A month."""
DOWNLOADED_GB: Final = Decimal("0.09")
"""To the internet."""

# What template.yaml and monitoring.yaml have that is paid for while nobody asks.
SECRETS: Final = 3
ALARMS: Final = 116
"""Their metrics: one of each that tells somebody and, in prod, two of each function for those that roll back."""
DASHBOARDS: Final = 1
METRICS: Final = 9
"""Two of filters of the log, three of the nightly run, three of the archive, and one of spans."""
POLLS: Final = MONTH * 86_400 // 20 * 5
"""Of a month, of the queue of calls that wait: Lambda asks it five at a time, for twenty seconds each."""

# Of the archive, with one lane of the stream.
MINUTES: Final = MONTH * 24 * 60
BARRIER_UNITS: Final = Decimal(17)
"""DynamoDB writes each minute: fourteen items and their notes, by both consumers of the stream, and the moment."""
CHANGE_FILE_UNITS: Final = Decimal(5)
"""DynamoDB writes for a change file: it is noted, folded, noted for removal, and forgotten."""
BARRIER_SECONDS: Final = Decimal("0.25")
CHANGE_FILE_SECONDS: Final = Decimal("0.2")
"""Of a function of a gigabyte, estimated, as is the next."""
ARCHIVED_SECONDS: Final = Decimal("0.00002")
"""A call: in a change file, in a day's file, and verified."""
ARCHIVED_BYTES: Final = 54
"""A call in a day's file."""

# What is measured, on a million calls in ninety days (docs/benchmarks.md); seconds are those of that machine.
RECORDED_UNITS: Final = Decimal(3)
"""A call of up to a kilobyte: the table and its two indexes."""
RECORDED_READS: Final = Decimal(1)
"""A call: whether its id is there, and who recorded it."""
RECEIVED_UNITS: Final = Decimal(1)
"""A request: to count what its client sent."""
SPAN_UNITS: Final = Decimal(2)
"""A span in a trace of its own: its trace and its response, by which other spans of the same call find it."""
COUNTED_UNITS: Final = {"busy": Decimal(4), "usual": Decimal("7.1"), "alone": Decimal(8)}
"""By how many calls of an hour share counters: hundreds, a few, or none."""
CALL_BYTES: Final = 800
"""With the hundred that DynamoDB adds to each item; kept three times."""
LINGERING_DAYS: Final = Decimal("1.25")
"""Days for which a call that is no longer hot stays in the table (calls_table.LINGERS)."""
REQUEST_SECONDS: Final = Decimal("0.015")
RECORDED_SECONDS: Final = Decimal("0.0012")
COUNTED_SECONDS: Final = Decimal("0.005")
AGGREGATED_SECONDS: Final = Decimal("0.0002")
AGGREGATOR_GB: Final = 2
SERIES_UNITS: Final = Decimal("2.3")
"""Of a series' day, in the table and in one index, with 196 series; 1.3 with 1,180, as they share items."""
EXPORTED_BYTES: Final = 459
"""Of a row, as CSV; kept for a week and downloaded once."""
EXPORTED_SECONDS: Final = Decimal("0.00018")
EXPORTER_GB: Final = Decimal("1.728")
PART: Final = 8 * 2**20
LOGGED_BYTES: Final = 1_500
"""Estimated: of a request, in the two log groups."""
COUNTING_LOGGED_BYTES: Final = 700
"""Estimated: of an execution of count_calls, which logs Lambda's report."""
CONFLICTS: Final = Decimal("0.02")
"""Estimated: of the units of counting, those of transactions that met another one and were written again."""
AUTHORIZER_SECONDS: Final = Decimal("0.005")
AUTHORIZED: Final = 60
"""Seconds for which API Gateway caches who a caller is."""


@dataclass(frozen=True)
class Question:
    """`units` are read units, `seconds` those of a function of a gigabyte."""

    name: str
    units: Decimal
    seconds: Decimal

    @property
    def dollars(self) -> Decimal:
        return self.units * READ_UNIT + self.seconds * GB_SECOND + API_REQUEST + INVOCATION


QUESTIONS: Final = (
    Question("a user's statistics of 30 days", Decimal("14.5"), Decimal("0.15")),
    Question("the same in another time zone", Decimal("48.5"), Decimal("0.15")),
    Question("everybody's statistics of 30 days", Decimal(45), Decimal("0.5")),
    Question("the same in another time zone", Decimal("55.5"), Decimal("0.5")),
    Question("a user's page of the log, and its count", Decimal(12), Decimal("0.15")),
    Question("everybody's page of the log, and its count", Decimal(27), Decimal("0.3")),
)


@dataclass(frozen=True)
class Load:
    """`batch` calls come in a request. `series` are those that a day's aggregates have.

    Calls are kept for `retention` days, and in the table for `hot` days; 0 for as long. `exported` are rows a day.
    """

    calls_per_day: int
    users: int
    batch: int = 1
    counting: str = "usual"
    retention: int = 400
    hot: int = 0
    exported: int = 0
    questions_per_user: int = 5
    spans: bool = False
    """Whether calls come as OpenTelemetry's spans, each in a trace of its own."""
    traced: bool = False
    """Whether the parameter Tracing is Active."""
    copied: bool = False
    """Whether the parameter BackupCopyVault is set."""

    @property
    def days_in_table(self) -> Decimal:
        """For how many days a call is in the table."""
        return min(self.hot + LINGERING_DAYS, Decimal(self.retention)) if self.hot else Decimal(self.retention)

    @property
    def calls(self) -> int:
        """Of a month."""
        return self.calls_per_day * MONTH

    @property
    def requests(self) -> int:
        """Those that bring calls in a month."""
        return math.ceil(self.calls / self.batch)

    @property
    def asked(self) -> int:
        """The questions of a month."""
        return self.users * self.questions_per_user * MONTH

    @property
    def counting_invocations(self) -> int:
        """Estimated: of a month. The stream waits a second for a batch."""
        return min(self.requests, MONTH * 86_400)

    @property
    def authorizations(self) -> int:
        """Estimated: of a month. One gateway sends all calls, and each question is asked after a minute's pause."""
        return min(self.requests, MONTH * 86_400 // AUTHORIZED) + self.asked

    @property
    def series(self) -> int:
        """A user's day has about five series; there are never more than the views that calls are counted in."""
        return min(5 * self.users, 4 * self.calls_per_day)


@dataclass(frozen=True)
class Line:
    """What is paid for in a month."""

    what: str
    dollars: Decimal


def bill(load: Load) -> Iterator[Line]:
    """A month's costs, once the log is as long as its retention."""
    requests = load.requests
    yield Line("recording: DynamoDB writes", load.calls * RECORDED_UNITS * WRITE_UNIT)
    yield Line("recording: DynamoDB reads", load.calls * RECORDED_READS * READ_UNIT)
    yield Line("recording: what came in, by client", requests * RECEIVED_UNITS * WRITE_UNIT)
    compared = load.calls * SPAN_UNITS * WRITE_UNIT
    yield Line("recording: spans of the same call", compared if load.spans else Decimal(0))
    seconds = requests * REQUEST_SECONDS + load.calls * RECORDED_SECONDS
    yield Line("recording: requests and functions", requests * (API_REQUEST + INVOCATION) + seconds * GB_SECOND)
    counted = load.calls * COUNTED_UNITS[load.counting] * WRITE_UNIT
    yield Line("counting: DynamoDB writes", counted)
    yield Line("counting: writes repeated after conflicts", counted * CONFLICTS)
    invoked = load.counting_invocations * INVOCATION
    yield Line("counting: functions", invoked + load.calls * COUNTED_SECONDS * GB_SECOND)
    yield Line("authorizing", load.authorizations * (INVOCATION + AUTHORIZER_SECONDS * GB_SECOND))
    read = Decimal(load.calls * CALL_BYTES) / 4096 / 2
    nightly = read * READ_UNIT + MONTH * load.series * SERIES_UNITS * WRITE_UNIT
    yield Line("the nightly run", nightly + load.calls * AGGREGATED_SECONDS * AGGREGATOR_GB * GB_SECOND)
    yield Line("the archive", archive(load))
    log_gb = load.calls_per_day * load.days_in_table * CALL_BYTES * 3 / 10**9
    yield Line("the log: storage", log_gb * STORED_GB)
    # AWS bills the backup by the size of the table, without its indexes.
    yield Line("the log: point-in-time recovery", log_gb / 3 * BACKED_UP_GB)
    # Each night's backup is a full one: kept here for a day, copied, and kept there for three.
    copies = log_gb / 3 * (MONTH * COPIED_GB + (1 + 3) * COPY_GB)
    yield Line("the log: copies in another region", copies if load.copied else Decimal(0))
    yield Line("questions: users' own statistics", load.asked * QUESTIONS[0].dollars)
    yield Line("exports", load.exported * MONTH * exported_row())
    logged = (requests + load.asked) * LOGGED_BYTES + load.counting_invocations * COUNTING_LOGGED_BYTES
    yield Line("logs", Decimal(logged) / 10**9 * LOGGED_GB)
    yield Line("traces", _traced(requests + load.asked) * TRACE if load.traced else Decimal(0))
    standing = SECRETS * SECRET + ALARMS * ALARM + METRICS * METRIC + DASHBOARDS * DASHBOARD + POLLS * QUEUE_REQUEST
    yield Line("secrets, alarms, metrics, a dashboard, a queue", standing)


def archive(load: Load) -> Decimal:
    """Dollars of a month: a barrier each minute, a change file in each minute with calls, and a file of each day."""
    files = min(load.requests, MINUTES)
    units = MINUTES * BARRIER_UNITS + files * CHANGE_FILE_UNITS
    read = 2 * Decimal(load.calls * CALL_BYTES) / 4096 / 2  # once to be written, once to be verified
    seconds = MINUTES * BARRIER_SECONDS + files * CHANGE_FILE_SECONDS + 3 * load.calls * ARCHIVED_SECONDS
    stored = Decimal(load.calls_per_day * load.retention * ARCHIVED_BYTES) / 10**9 * FILED_GB
    return (
        units * WRITE_UNIT
        + read * READ_UNIT
        + (2 * MINUTES + files) * INVOCATION
        + seconds * GB_SECOND
        + files * PUT
        + stored
    )


def exported_row() -> Decimal:
    """Dollars of a row of an export: read, written, uploaded in parts, kept for a week, downloaded once."""
    read = Decimal(CALL_BYTES) / 4096 / 2 * READ_UNIT
    filed = Decimal(EXPORTED_BYTES) / 10**9 * (FILED_GB * 7 / MONTH + DOWNLOADED_GB)
    return read + EXPORTED_SECONDS * EXPORTER_GB * GB_SECOND + Decimal(EXPORTED_BYTES) / PART * PUT + filed


def _traced(requests: int) -> Decimal:
    """Estimated: X-Ray takes the first request of a second, and one in twenty of the others."""
    first = min(requests, MONTH * 86_400)
    return first + Decimal(requests - first) / 20


def report(load: Load) -> Iterator[str]:
    """Returns the bill, and what a million calls and each question cost, in lines to print."""
    lines = list(bill(load))
    total = sum((line.dollars for line in lines), Decimal(0))
    yield f"{load.calls_per_day:,} calls a day, {load.batch} a request, kept {load.retention} days; {load.users} users"
    yield "US dollars a month, us-east-1, list prices as old as docs/cost.md says: check them"
    yield ""
    for line in [*lines, Line("in all", total)]:
        yield f"{line.what:48} {line.dollars:12,.2f}"
    yield ""
    yield f"{'a million calls, all in all':48} {total / load.calls * MILLION:12,.2f}"
    for question in QUESTIONS:
        yield f"{'a million times ' + question.name:58} {question.dollars * MILLION:9,.2f}"
    yield f"{'an export of a million rows, downloaded once':58} {exported_row() * MILLION:9,.2f}"
