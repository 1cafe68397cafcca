"""Sample model calls that look real: made from a seed in order of time, and written through the public API."""

import asyncio
import gzip
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, batched, chain
from operator import itemgetter
from random import Random
from typing import Final
from uuid import NAMESPACE_DNS, uuid5
from zoneinfo import ZoneInfo

import httpx

from ledger.core import exact_json
from tools.local.sample.outcomes import Fields, failure, success, unfinished
from tools.local.sample.people import User, sample_users
from tools.local.sample.world import APPS, EVENINGS, OFFICE, App, Model

__all__ = ["User", "sample_calls", "sample_users", "write_sample"]

HOUR: Final = 3600
DAY: Final = 24 * HOUR

HEAVIEST: Final = 0.17  # of all calls, the heaviest user's
FAILED: Final = 0.03
GROWTH: Final = 1.2  # how much more calls there are at the end than at the beginning
RUNNING: Final = 120  # the seconds before now whose calls are unfinished

BATCH: Final = 250
WORKERS: Final = 2
ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class Habit:
    """One user's use of one app."""

    app: App
    zone: ZoneInfo
    week: tuple[float, ...]  # its share of all calls in each local hour of a week
    choices: tuple[tuple[Model, Fields], ...]  # ten models, and what all calls to each have in common


type Moment = tuple[int, Habit]


def sample_calls(calls: int, *, now: int, days: int = 90, seed: int = 7, users: int = 24) -> Iterator[Fields]:
    """That many ModelCalls of the days before `now`, oldest first; a user's and an app's first carries their details.

    The ids come from the seed, the number of calls and the UTC day of `now`: the same sample, made again later that
    day, has the same ids, so writing it again only replaces.
    """
    rng = Random(seed)
    people = sample_users(users)
    habits = list(_habits(people, rng))
    running = min(3, calls // 1000)
    late = ((now - rng.randrange(RUNNING), rng.choice(habits)) for _ in range(running))
    moments = chain(_moments(calls - running, habits, now - days * DAY, now - RUNNING, rng), _in_order(late))
    identities = _identities(calls, now - now % DAY - days * DAY, days, seed)
    details = {user.did: ("userInfo", user.info) for user in people}
    details |= {app.did: ("appInfo", app.info) for app in APPS}
    for identity, (moment, habit) in zip(identities, moments, strict=True):
        model, common = habit.choices[int(rng.random() * 10)]
        if moment > now - RUNNING:
            outcome = unfinished()
        elif rng.random() < FAILED:
            outcome = failure(model, rng)
        else:
            outcome = success(model, habit.app, rng)
        call = {**identity, "callTime": moment, **common, **outcome}
        for did in (call["userDid"], call["appDid"]):
            if did in details:
                field, value = details.pop(did)
                call[field] = value
        yield call


def write_sample(api_url: str, token: str, *, calls: int, seed: int = 7, progress: bool = True) -> None:
    """Write that many sample calls, up to this moment, through the API. Raises RuntimeError if it doesn't take all."""
    sample = sample_calls(calls, now=int(time.time()), seed=seed)
    asyncio.run(_write(api_url, token, sample, calls if progress else None))


def _habits(people: list[User], rng: Random) -> Iterator[Habit]:
    for rank, (user, share) in enumerate(zip(people, _shares(len(people)), strict=True)):
        first = APPS[rank % len(APPS)]
        others = rng.sample([app for app in APPS if app is not first], k=rng.randrange(3))
        parts = ((1.0,), (0.75, 0.25), (0.65, 0.25, 0.1))[len(others)]
        own_rhythm = EVENINGS if rank % 5 == 3 else OFFICE
        for app, part in zip((first, *others), parts, strict=True):
            favourite = app.models[rank // len(APPS) % (len(app.models) - 1)]  # an app's last model is nobody's
            models = (*app.models, *[favourite] * (10 - len(app.models)))
            yield Habit(
                app,
                ZoneInfo(user.timezone),
                tuple(share * part * hour for hour in (app.rhythm or own_rhythm).week()),
                tuple((model, _common(user, app, model)) for model in models),
            )


def _shares(users: int) -> list[float]:
    """Each user's share by Zipf's law, with the exponent that gives the heaviest theirs."""
    low, high = 0.5, 3.0
    for _ in range(30):
        middle = (low + high) / 2
        heaviest = 1 / sum(rank**-middle for rank in range(1, users + 1))
        low, high = (middle, high) if heaviest < HEAVIEST else (low, middle)
    return [rank**-low for rank in range(1, users + 1)]


def _common(user: User, app: App, model: Model) -> Fields:
    return {
        "userDid": user.did,
        "appDid": app.did,
        "providerId": model.provider,
        "credentialId": str(uuid5(NAMESPACE_DNS, model.provider)),
        "model": model.name,
        "type": model.type,
        "metadata": {"feature": app.feature},
    }


def _moments(calls: int, habits: list[Habit], start: int, end: int, rng: Random) -> Iterator[Moment]:
    """When each of that many calls is made and out of which habit, drawn hour by hour so that memory is bounded."""
    hours = range(-(-start // HOUR) * HOUR, end, HOUR)
    day_by_day = [rng.lognormvariate(0, 0.15) for _ in range(start // DAY, end // DAY + 1)]
    busyness = [
        sum(_weights(habits, hour))
        * (1 + GROWTH * (hour - start) / (end - start))
        * day_by_day[hour // DAY - start // DAY]
        * rng.lognormvariate(0, 0.3)
        for hour in hours
    ]
    drawn, total = 0, sum(busyness)
    for hour, so_far in zip(hours, accumulate(busyness), strict=True):
        due = round(calls * so_far / total) - drawn
        drawn += due
        if due:
            length = min(HOUR, end - hour)
            who = rng.choices(habits, cum_weights=list(accumulate(_weights(habits, hour))), k=due)
            yield from _in_order((hour + int(rng.random() * min(habit.app.burst, length)), habit) for habit in who)


def _weights(habits: list[Habit], hour: int) -> list[float]:
    local = {zone: datetime.fromtimestamp(hour, zone) for zone in {habit.zone for habit in habits}}
    hour_of_week = {zone: moment.weekday() * 24 + moment.hour for zone, moment in local.items()}
    return [habit.week[hour_of_week[habit.zone]] for habit in habits]


def _in_order(moments: Iterator[Moment]) -> list[Moment]:
    return sorted(moments, key=itemgetter(0))


def _identities(calls: int, start: int, days: int, seed: int) -> Iterator[Fields]:
    """UUIDv7 ids and what goes with them: evenly spaced and of a randomness of their own, whatever the calls are."""
    bits = Random(f"{seed} identities").getrandbits
    for position in range(calls):
        milliseconds = start * 1000 + position * days * DAY * 1000 // calls
        digits = f"{milliseconds << 80 | 7 << 76 | bits(12) << 64 | 2 << 62 | bits(62):032x}"
        yield {
            "id": f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",
            "requestId": f"req_{bits(96):024x}",
            "traceId": f"{bits(128):032x}",
        }


async def _write(api_url: str, token: str, calls: Iterator[Fields], total: int | None) -> None:
    batches = batched(calls, BATCH, strict=False)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "gzip",
    }
    async with httpx.AsyncClient(base_url=api_url, headers=headers, timeout=60) as client:
        written = 0

        async def work() -> None:
            nonlocal written
            for batch in batches:  # one iterator for all workers: each batch goes to whoever is free
                await _post(client, batch)
                written += len(batch)
                if total:
                    print(f"\r{written:,} of {total:,} sample calls", end="\n" if written == total else "", flush=True)

        await asyncio.gather(*(work() for _ in range(WORKERS)))


async def _post(client: httpx.AsyncClient, batch: tuple[Fields, ...]) -> None:
    body = gzip.compress(exact_json.dumps({"calls": batch}))
    for _ in range(ATTEMPTS):
        response = await client.post("/api/model-calls", content=body)
        if response.status_code == 200:
            return
        if response.status_code not in (429, 503):
            raise RuntimeError(f"the API answered {response.status_code} to sample calls: {response.text[:1000]}")
        await asyncio.sleep(float(response.headers.get("Retry-After", 1)))
    raise RuntimeError(f"the API took no sample calls in {ATTEMPTS} attempts")
