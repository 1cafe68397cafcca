"""Calls with everything in them that a query may be about, in an archive of which a part is in each kind of file."""

import random
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core import exact_json
from ledger.core.moments import DAY, utc_day
from tests.integration.archive_world import ArchiveWorld, archive_world
from tests.integration.harness import Answer, Api, token
from tests.integration.small_world import call, small_world
from tests.integration.support import sent
from tests.query_reference import FIELDS

NOW = int(datetime(2027, 4, 6, 7, 20, 11, tzinfo=UTC).timestamp())
"""Clocks change within the days before: in New York, in Berlin, and by half an hour on Lord Howe Island."""
SPAN = 25 * DAY
NASTY = ["'; DROP TABLE calls; --", '" OR 1=1 --', "?", "$1", "\\", "%", "*", "\x00", "../x", "{}", "'", '"', "é", "😀"]
MEMBERS = ["team", "tags", "cost.centre", "score", "tags.0", "nothing", *NASTY]
PATH = "/api/usage/query"


slow = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
dimensions = st.sampled_from([*FIELDS, *(f"metadata.{name}" for name in MEMBERS)])


def metadata(rng: random.Random) -> str | None:
    """JSON with texts, lists, numbers and null in some places, and a member with a nasty name."""
    members: dict[str, Any] = {
        "team": rng.choice(("red", "blue", "Grün", None, True, 7, "", *NASTY)),
        "tags": rng.choice((["a", "b"], ["b", 7], [], "ab", None)),
        "cost": rng.choice(({"centre": "x"}, {"centre": 12}, "none")),
        "score": rng.choice((Decimal("0.5"), -3, 12, "12", None)),
        "session.id": "s-1",
        rng.choice(NASTY): rng.choice(("red", "'")),
    }
    chosen = {name: value for name, value in members.items() if rng.random() < 0.7}
    return exact_json.dumps(chosen).decode() if rng.random() < 0.9 else None


def some_call(rng: random.Random, number: int, moment: int) -> ModelCall:
    amounts = (Decimal(0), Decimal("0.0000000001"), Decimal("0.5"), Decimal(3), Decimal("1234.56789"))
    return call(
        f"call-{number}",
        moment - rng.randrange(SPAN if number % 3 else DAY),
        user_did=rng.choice(("a", "a", "b", "c", NASTY[0])),
        app_did=rng.choice(("x", "y", "=1+1", None)),
        model=rng.choice(("gpt-5", "GPT-4", "o3", NASTY[1])),
        provider_id=rng.choice(("openai", "azure")),
        response_model=rng.choice((None, "gpt-5-2027")),
        credential_id=rng.choice((None, "key-1", "key-2")),
        type=rng.choice((CallType.CHAT_COMPLETION, CallType.EMBEDDING)),
        status=rng.choice(list(CallStatus)),
        cost_source=rng.choice(list(CostSource)),
        credits=rng.choice(amounts),
        cost_usd=rng.choice((None, *amounts)),
        service_tier=rng.choice((None, "batch", "default")),
        list_cost_usd=rng.choice((None, *amounts)),
        list_costs=rng.choice(
            (None, {"inputTokens": amounts[1], "webSearches": amounts[4]}, {"inputTokens": amounts[4]})
        ),
        cache_savings=rng.choice((None, *amounts, -amounts[4])),
        total_usage=rng.choice(amounts),
        input_tokens=rng.randrange(50),
        output_tokens=rng.choice((0, 7, 1_000)),
        cache_read_input_tokens=rng.choice((0, 5)),
        duration=rng.choice((None, *amounts)),
        ttfb=rng.choice((None, *amounts)),
        metadata=metadata(rng),
    )


@contextmanager
def query_world() -> Generator[ArchiveWorld]:
    """Calls of 25 days: older ones in day files, and in change files those that came, changed or were removed since."""
    rng = random.Random(7)
    with time_machine.travel(NOW, tick=False) as clock, small_world(retention=60 * DAY) as world:
        made = archive_world(world)
        made.advance()
        clock.shift(60)
        world.record(*(some_call(rng, number, NOW) for number in range(150)))
        clock.shift(60)
        made.catch_up()
        step = made.write_days([utc_day(NOW - ago * DAY) for ago in range(3, 26)])
        clock.shift(600)
        made.catch_up()
        made.publish(*step)
        world.record(*(some_call(rng, number, NOW) for number in range(140, 200)))
        for number in range(0, 20, 5):
            world.delete(f"call-{number}")
        clock.shift(60)
        made.catch_up()
        yield made


def ask(
    api: Api, question: Mapping[str, Any], asker: str = "root", role: str = "admin", *, by_get: bool = False
) -> Answer:
    who = token(asker, role, lifetime=10 * DAY)
    if not by_get:
        return api.request("POST", PATH, token=who, body=sent(question))
    lists = {name: ",".join(question[name]) for name in ("groupBy", "metrics") if question.get(name)}
    lists |= {"filters": sent(question["filters"])} if question.get("filters") else {}
    single = {name: value for name, value in question.items() if name not in ("groupBy", "metrics", "filters")}
    return api.request("GET", PATH, token=who, query=single | lists)


def everything(archive: ArchiveWorld, as_of: int, asker: str | None = None) -> list[ModelCall]:
    calls = archive.reference(as_of, utc_day(NOW - 2 * SPAN), utc_day(NOW + DAY))
    return [one for one in calls if asker in (None, one.user_did)]
