"""The start of a repricing: a short dry run is done while its request waits, everything else is left to a worker."""

import time
from dataclasses import dataclass
from typing import Self

from ledger.aws.settings import Settings
from ledger.core.identity import Identity
from ledger.repricing.job import RepriceRequest, Repricing
from ledger.repricing.worker import RepricingWorker


@dataclass(frozen=True)
class RepricingStarter:
    """A request waits at most `patience` seconds for a dry run."""

    worker: RepricingWorker
    patience: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(RepricingWorker.of(settings))

    def start(self, request: RepriceRequest, by: Identity) -> Repricing:
        """Returns a dry run that is done and not stored, or a stored job that is running and needs a worker.

        Raises InvalidRequest for a range of cold days alone.
        """
        job = Repricing.new(request, by, self.worker.oldest())
        if request.dry_run and self._is_done_at_once(job):
            job.status = "done"
        else:
            self.worker.store.begin(job)
        return job

    def _is_done_at_once(self, job: Repricing) -> bool:
        give_up = time.monotonic() + self.patience
        return all(time.monotonic() < give_up for _ in self.worker.batches(job))
