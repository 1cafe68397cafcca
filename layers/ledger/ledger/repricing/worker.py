"""Repricing: the calls of a range get the price that the ledger finds for them now. Reported costs are never changed.

Each changed call is a correction like any other, so that the counters follow. A run goes from the newest call to the
oldest and can stop anywhere: a call that it has changed says by which run, and what it cost before, so that one that is
met again after a crash is told again as it was.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import batched
from typing import NamedTuple

from aws_lambda_powertools import Logger

from ledger.aws import concurrency, invocations
from ledger.aws.retries import Backoff, CapacityExceeded
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import CostSource, ModelCall
from ledger.core import keys
from ledger.core.errors import NotFound
from ledger.core.field_types import MIN_TIME_TO_LIVE
from ledger.core.identity import Identity
from ledger.pricing.pricing import PriceList
from ledger.pricing.rate_book import RateBook
from ledger.repricing.store import Overtaken, RepriceJob, RepriceRequest, find, note

TOGETHER = 100
"""Calls that are looked at together, and between which nobody looks at the clock."""
SAVING = 3.0
"""Seconds after which what has been done is noted."""
AT_ONCE = 10.0
"""Seconds that a dry run may take within its request; then it goes on behind it."""
BACKOFF = Backoff(attempts=5, first_pause=0.02, longest_pause=0.2)

logger = Logger()


class Repriced(NamedTuple):
    """A call as it was, and as it is with its new price; the same where its price is what it was."""

    before: ModelCall
    after: ModelCall


@dataclass(frozen=True)
class Repricing:
    """One run over the calls of a job, with one state of the rates."""

    calls: Calls
    prices: PriceList

    def run(self, job: RepriceJob, time_left: Callable[[], float], note: Callable[[RepriceJob], None]) -> None:
        """Go on with a job until it is done or no seconds are left. What has been done is noted now and then.

        Raises one of retries.REQUEST_ERRORS; the job can then be run again from where it was last noted.
        """
        noted_at = time.time()
        for some in batched(self._of_range(job), TOGETHER):
            wanted = [call for call in some if _is_wanted(call, job)]
            correct = self._foresee if job.request.dry_run else self._correct
            job.add(
                repriced for repriced in concurrency.threads().map(correct, [job] * len(wanted), wanted) if repriced
            )
            job.position = some[-1].call_time_id
            if time_left() <= 0:
                note(job)
                return
            if time.time() - noted_at >= SAVING:
                note(job)
                noted_at = time.time()
        job.status = "done"
        note(job)

    def _of_range(self, job: RepriceJob) -> Iterator[ModelCall]:
        """The calls of the range that the job has not come to, newest first.

        Without those that are about to expire: a change of theirs might come too late to be counted.
        """
        request = job.request
        oldest = self.calls.expired(int(time.time())) + MIN_TIME_TO_LIVE + 1
        first = keys.from_second(max(request.start_time, oldest))
        last = job.position or keys.through_second(request.end_time)
        if first > last:
            return iter(())
        of_range = (
            self.calls.of_everybody(first, last)
            if request.user_did is None
            else self.calls.of_user(request.user_did, first, last)
        )
        return (call for call in of_range if call.call_time_id != job.position)

    def _foresee(self, _job: RepriceJob, call: ModelCall) -> Repriced:
        return Repriced(call, self._with_new_price(call))

    def _correct(self, job: RepriceJob, call: ModelCall) -> Repriced | None:
        """None for a call that has meanwhile become another, which is not wanted."""
        seen: ModelCall | None = call
        for _ in BACKOFF:
            if seen is None or not _is_wanted(seen, job):
                return None
            if seen.repriced_by == job.id:
                before = seen.credits if seen.credits_before is None else seen.credits_before
                return Repriced(replace(seen, credits=before), seen)
            corrected = self._with_new_price(seen)
            if corrected is seen:
                return Repriced(seen, seen)
            corrected = replace(corrected, repriced_by=job.id, credits_before=seen.credits)
            if self.calls.correct(seen, corrected, time.time()):
                return Repriced(seen, corrected)
            seen = self.calls.get(call.id, int(time.time()))
        raise CapacityExceeded(self.calls.table)

    def _with_new_price(self, call: ModelCall) -> ModelCall:
        again = self.prices.price_again(call)
        return call if _price(again) == _price(call) else again


@dataclass(frozen=True)
class Repricings:
    """The repricings of a ledger, and the function that works on those that take longer than a request may."""

    calls: Calls
    registry_table: str
    function: str

    @classmethod
    def of(cls, settings: Settings) -> "Repricings":
        return cls(Calls.of(settings), settings.registry_table, settings.reprice_calls_function)

    def start(self, request: RepriceRequest, by: Identity) -> RepriceJob:
        """A dry run that is done at once; or a job that is kept, and goes on."""
        job = RepriceJob.new(request, by)
        if request.dry_run:
            give_up = time.monotonic() + AT_ONCE
            self._repricing().run(job, lambda: give_up - time.monotonic(), lambda _: None)
        if job.status == "running":
            note(self.registry_table, job)
            invocations.invoke_async(self.function, id=job.id)
        return job

    def find(self, job_id: str) -> RepriceJob:
        """Raises NotFound for a job that is not there."""
        job = find(self.registry_table, job_id)
        if job is None:
            raise NotFound("no such repricing")
        return job

    def go_on(self, job_id: str, time_left: Callable[[], float]) -> RepriceJob | None:
        """Work on a job, if it is there, until it is done or time is up: then a new worker is started."""
        job = find(self.registry_table, job_id)
        if job is None or job.status == "done":
            return job
        try:
            self._repricing().run(job, time_left, partial(note, self.registry_table))
        except Overtaken:
            logger.info("Another worker goes on with this repricing", extra={"id": job_id})
            return job
        if job.status == "running":
            invocations.invoke_async(self.function, id=job.id)
        return job

    def _repricing(self) -> Repricing:
        return Repricing(self.calls, PriceList(RateBook.read(self.registry_table)))


def _price(call: ModelCall) -> tuple[Decimal, Decimal | None, CostSource]:
    return call.credits, call.cost_usd, call.cost_source


def _is_wanted(call: ModelCall, job: RepriceJob) -> bool:
    request = job.request
    return (
        call.cost_source is not CostSource.REPORTED
        and request.start_time <= call.call_time <= request.end_time
        and request.user_did in (None, call.user_did)
        and request.app_did in (None, call.app_did)
        and request.provider_id in (None, call.provider_id)
        and request.model in (None, call.model)
        and (request.cost_source in (None, call.cost_source) or call.repriced_by == job.id)
    )
