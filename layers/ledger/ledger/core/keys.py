"""The keys of all items in all tables."""

from base64 import urlsafe_b64encode
from hashlib import blake2b
from zlib import crc32

import orjson

from ledger.core.scopes import Scope, ScopeKind

# --- Calls

BY_USER = "byUser"
BY_TIME = "byTime"


def call_time_id(call_time: int, call_id: str) -> str:
    """The sort key of a call in both indexes: by time, then by id."""
    return f"{call_time:010d}#{call_id}"


def from_second(second: int) -> str:
    """A sort key before all calls of this second, and after all calls of the second before."""
    return f"{second:010d}#"


def through_second(second: int) -> str:
    """A sort key after all calls of this second, and before all calls of the next."""
    return f"{second:010d}$"  # "$" follows "#"


def removal(call_id: str, day: str) -> str:
    """The id of the item that removes a call which only the archive has."""
    return f"removal#{digest(day, call_id)}"


def time_shard(call_id: str, shards: int) -> int:
    """The partition key of a call in byTime. Calls of the same second are spread over all shards."""
    return crc32(call_id.encode()) % shards


# --- Registry: the id of each kind of item, and the collections, which byCollection lists

BY_COLLECTION = "byCollection"
API_KEYS = "keys"
"""The collection of all API keys."""
RATES = "rates"
"""The collection of all rates."""
BUDGETS = "budgets"
"""The collection of all budgets."""


def user(did: str) -> str:
    return f"user#{did}"


def app(did: str) -> str:
    return f"app#{did}"


def api_key(key_id: str) -> str:
    return f"key#{key_id}"


def repricing(job_id: str) -> str:
    return f"reprice#{job_id}"


def rate(rate_id: str) -> str:
    return f"rate#{rate_id}"


def budget(budget_id: str) -> str:
    return f"budget#{budget_id}"


def budget_change(budget_id: str, moment: str, change_id: str) -> str:
    """A change of a budget. They sort by moment."""
    return f"budget-change#{budget_id}#{moment}#{change_id}"


def budget_changes(budget_id: str) -> str:
    """The collection of the changes of a budget."""
    return f"budget-changes#{budget_id}"


CHANNELS = "channels"
"""The collection of all channels."""
WAITING_ALERTS = "alerts-waiting"
"""The collection of the alerts that some channel has not taken yet."""
ALERTS = "alerts"
"""The collection of all other alerts."""
OPEN_ALERTS = "alerts-open"
"""The collection of the alerts that something may still have to be said of."""


def channel(channel_id: str) -> str:
    return f"channel#{channel_id}"


def alert(alert_id: str) -> str:
    return f"alert#{alert_id}"


def open_alert(alert_id: str) -> str:
    return f"open-alert#{alert_id}"


def erasure(erasure_id: str) -> str:
    return f"erasure#{erasure_id}"


def erasure_id(did: str) -> str:
    """The id that all erasures of a user share. It does not reveal the user."""
    return digest("erasure", did)


def export(export_id: str) -> str:
    return f"export#{export_id}"


def exports(did: str) -> str:
    """The collection of a user's exports."""
    return f"exports#{did}"


def quota(credential: str, minute: int) -> str:
    """The item that counts the requests of a credential in a minute since 1970."""
    return f"quota#{credential}#{minute}"


def exporting(request_digest: str) -> str:
    """The item by which requests for the same export find the one that is being written."""
    return f"exporting#{request_digest}"


# --- Ingestion

RECEIVED_SHARDS = 8
"""Partitions over which the counts of what came in on a day are spread."""


def trace(credential: str, trace_id: str) -> str:
    """Where the spans of a trace are that came lately with a credential."""
    return f"trace#{digest(credential, trace_id)}"


def response(credential: str, provider_id: str, response_id: str) -> str:
    """Where the spans of a provider's response are that came lately with a credential."""
    return f"response#{digest(credential, provider_id, response_id)}"


def received(day: str, shard: int) -> str:
    """Where the counts of what came in on a day are, by client."""
    return f"received#{day}#{shard}"


# --- Counters

BY_DAY = "byDay"
PARTS = 4
"""Partitions over which the counters of users are spread."""


def spread(text: str) -> int:
    return crc32(text.encode()) % PARTS


def digest(*names: str) -> str:
    """Sixteen characters that stand for some names, which may be longer than a key."""
    return urlsafe_b64encode(blake2b(orjson.dumps(names), digest_size=12).digest()).decode()


DIGITS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""What digests are made of, in the order in which DynamoDB sorts strings."""
CELLS = 16
"""Ranges of digests over which the aggregates of a day are spread."""


def cell(digest: str) -> int:
    """The range that has a digest, or what it begins with."""
    return DIGITS.index(digest[0]) * CELLS // len(DIGITS)


def live_partition(ingestion_day: str, part: str) -> str:
    return f"live#{ingestion_day}#{part}"


def users_part(part: int) -> str:
    return f"users-{part}"


def shared_part(fragment: int) -> str:
    return f"shared-{fragment}"


def live_prefix(scope: Scope) -> str:
    """What the buckets of a scope's live counters begin with."""
    return "all#" if scope.kind == "all" else f"{scope.kind}#{digest(scope.did)}#"


def live_between(kind: ScopeKind, first: str, last: str) -> tuple[str, str]:
    """Between which buckets the live counters of users or apps are whose digests begin so."""
    return f"{kind}#{first}", f"{kind}#{last}~"


def live_bucket(scope: Scope, hour: int, series_digest: str) -> str:
    return f"{live_prefix(scope)}{hour:010d}#{series_digest}"


BOARDS = ("daily#users#", "daily#apps#")
"""What the partitions begin with in which version 0.1 told all users apart, and all apps. Nobody reads them."""


def aggregate_partition(scope: Scope) -> str:
    """Where the daily aggregates of a scope lie."""
    return f"daily#{scope}#0"


def aggregated_in(partition: str) -> Scope:
    """The scope whose daily aggregates lie in a partition."""
    return Scope.parse(partition.removeprefix("daily#").removesuffix("#0"))


CUT = "cut"
SLOTS = "slots"


def totals_bucket(day: str) -> str:
    """Where the totals of a day are; what overflows from them follows."""
    return f"totals#{day}#"


def cut_bucket(day: str, second: int) -> str:
    """Where the halves of a day are that meet at a second; what overflows from them follows."""
    return f"{CUT}#{day}#{second}#"


def slots_bucket(day: str) -> str:
    """Where the slots of a day are; what overflows from them follows."""
    return f"{SLOTS}#{day}#"


def day_of(aggregate_bucket: str) -> str:
    return aggregate_bucket.split("#")[1]


def cut_of(cut_bucket: str) -> int:
    return int(cut_bucket.split("#")[2])


def day_partition(day: str, scope: Scope) -> str:
    """The partition of byDay with a scope's slots of a day."""
    return day_cell(day, None if scope.kind == "all" else cell(digest(scope.did)))


def day_cell(day: str, cell: int | None) -> str:
    """The partition of byDay with the slots of the users and apps of a cell, or of everybody (None)."""
    return f"{day}/{'' if cell is None else cell}"


def old_day_partition(day: str, part: int) -> str:
    """A partition of byDay that has slots of every scope: where version 0.1 wrote them."""
    return f"{day}#{part}"


def marker(event_id: str) -> dict[str, dict[str, str]]:
    """The key that says that a change is counted."""
    return {"scope": {"S": f"counted#{event_id}"}, "bucket": {"S": "-"}}


def barrier(name: str) -> str:
    return f"barrier#{name}"


# --- Counters: what was spent in the periods of budgets


def spending(scope: Scope, provider_id: str, model: str, unit: str) -> str:
    """Where it is kept what a scope spent on a provider and a model, each empty for all, in a unit, by period."""
    return f"spending#{digest(str(scope), provider_id, model, unit)}"


def spending_period(start: int, end: int) -> str:
    return f"{start:010d}#{end:010d}"


# --- Counters: what the archive has

ARCHIVE = "archive"
"""The partition of the archive's manifest."""
FRESHNESS = "freshness"
NIGHT = "night"
COLD_DAYS = "cold-days"


def archived_day(day: str) -> str:
    """Where the manifest of a call day is."""
    return f"day#{day}"


def written_parts(day: str, generation: str) -> str:
    """Where the parts of a day are noted that are written, before they are published together."""
    return f"archive-parts#{day}#{generation}"


def change_files(ingestion_day: str) -> str:
    """Where the change files of a day of ingestion are noted, by hour."""
    return f"archive-changes#{ingestion_day}"


UNNAMED_OBJECTS = "archive-unnamed"
"""Objects that no manifest names any more, or none names yet."""


def archived_barrier(name: str) -> str:
    """The name under which the archive notes a barrier that has come through to it."""
    return f"archived#{name}"


# --- Counters: how far the nightly run is

PROGRESS = "progress"
WATERMARK = "watermark"


def rebuilt(through: str) -> str:
    """Where a run notes the call days that it is done with."""
    return f"rebuilt#{through}"
