"""Repricing: the calls of a range get the price that the ledger finds for them now.

Reported costs change only if they are asked for, and stay where the ledger knows no price.

Each changed call is a correction like any other, so the counters follow. A worker goes from the newest call to the
oldest and may be cut off anywhere: each call it changes stores the id of the repricing and what the call cost before,
so a call that is met again after a crash is reported again as before.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import batched
from typing import NamedTuple

from aws_lambda_powertools import Logger

from ledger.archive.hot_days import HotDays
from ledger.aws import concurrency
from ledger.aws.retries import Backoff, CapacityExceeded
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import CostSource, ModelCall
from ledger.core import keys
from ledger.core.field_types import MIN_TIME_TO_LIVE
from ledger.core.moments import TimeLeft
from ledger.pricing.price_list import PriceList
from ledger.pricing.rate_book import RateBook
from ledger.repricing.job import Repricing
from ledger.repricing.store import RepricingStore, RevisionConflict

BACKOFF = Backoff(attempts=5, first_pause=0.02, longest_pause=0.2)
"""For a call that is replaced again and again meanwhile."""

logger = Logger()


class Repriced(NamedTuple):
    """A call as it was, and as it is with its new price; the same object where the price stays."""

    before: ModelCall
    after: ModelCall


@dataclass(frozen=True)
class RepricingWorker:
    """Works on calls in batches of `batch_size`. Progress is saved every `save_interval` seconds."""

    calls: Calls
    store: RepricingStore
    hot_days: HotDays
    batch_size: int = 100
    save_interval: float = 3.0

    @classmethod
    def of(cls, settings: Settings) -> "RepricingWorker":
        calls = Calls.of(settings)
        return cls(calls, RepricingStore(settings.registry_table), HotDays(calls, settings.counters_table))

    def oldest(self) -> int:
        """The first second whose calls can be priced anew.

        Only hot days have such calls. Those that expire soon are left out: their correction might come too late to be
        counted.
        """
        now = int(time.time())
        return max(self.hot_days.since(now), self.calls.expired(now) + MIN_TIME_TO_LIVE + 1, 0)

    def run(self, job_id: str, time_left: TimeLeft) -> Repricing | None:
        """Go on with a job while there is time. Returns it as it is then: still running, if there is more to do.

        Returns None where there is nothing to do: the job is done, is not there, or another worker goes on with it.
        Raises one of retries.REQUEST_ERRORS; the job may then be run again, from where it was last saved.
        """
        job = self.store.find(job_id)
        if job is None or job.status == "done":
            return None
        saved_at = time.time()
        try:
            for _ in self.batches(job):
                if time_left() <= 0:
                    self.store.save(job)
                    return job
                if time.time() - saved_at >= self.save_interval:
                    self.store.save(job)
                    saved_at = time.time()
            self.store.finish(job)
        except RevisionConflict:
            logger.info("Another worker goes on with this repricing", extra={"id": job_id})
            return None
        return job

    def batches(self, job: Repricing) -> Iterator[None]:
        """Go on with a job with the rates as they are now, and yield after each batch of calls."""
        prices = PriceList(RateBook.read(self.store.table))
        reprice = partial(_foresee, prices) if job.request.dry_run else partial(self._correct, prices, job)
        for batch in batched(self._remaining(job), self.batch_size):
            wanted = [call for call in batch if _is_wanted(call, job)]
            job.add(repriced for repriced in concurrency.threads().map(reprice, wanted) if repriced)
            job.position = batch[-1].call_time_id
            yield

    def _remaining(self, job: Repricing) -> Iterator[ModelCall]:
        """Returns the calls of the range after the job's position, newest first, that can be priced anew."""
        request = job.request
        first = keys.from_second(max(job.repriced_from, self.oldest()))
        last = job.position or keys.through_second(request.end_time)
        if first > last:
            return iter(())
        of_range = (
            self.calls.of_everybody(first, last)
            if request.user_did is None
            else self.calls.of_user(request.user_did, first, last)
        )
        return (call for call in of_range if call.call_time_id != job.position)

    def _correct(self, prices: PriceList, job: Repricing, call: ModelCall) -> Repriced | None:
        """Store the new price of a call. Returns None if the call was replaced by one that the job does not want."""
        seen: ModelCall | None = call
        for _ in BACKOFF:
            if seen is None or not _is_wanted(seen, job):
                return None
            if seen.repriced_by == job.id:
                before = seen.credits if seen.credits_before is None else seen.credits_before
                return Repriced(replace(seen, credits=before), seen)
            corrected = _foresee(prices, seen).after
            if corrected is seen:
                return Repriced(seen, seen)
            corrected = replace(corrected, repriced_by=job.id, credits_before=seen.credits)
            if self.calls.correct(seen, corrected, time.time()):
                return Repriced(seen, corrected)
            seen = self.calls.get(call.id, int(time.time()))
        raise CapacityExceeded(self.calls.table)


def _foresee(prices: PriceList, call: ModelCall) -> Repriced:
    priced = prices.price_again(call)
    is_better_known = call.cost_source is CostSource.REPORTED and priced.cost_source is CostSource.UNPRICED
    return Repriced(call, call if is_better_known or _price(priced) == _price(call) else priced)


def _price(call: ModelCall) -> tuple[Decimal, Decimal | None, CostSource]:
    return call.credits, call.cost_usd, call.cost_source


def _is_wanted(call: ModelCall, job: Repricing) -> bool:
    request = job.request
    return (
        request.start_time <= call.call_time <= request.end_time
        and request.filter.matches(call)
        and (request.cost_source in (None, call.cost_source) or call.repriced_by == job.id)
    )
