"""A worker's lease of an export, renewed while it works."""

import time

from ledger.exports.job import Export
from ledger.exports.store import ExportStore

RENEWAL = 5.0
"""Seconds after which a worker renews its lease."""


class Lease:
    """The lease of an export that a worker has taken."""

    def __init__(self, store: ExportStore, export: Export, worker: str) -> None:
        self._store, self._export, self._worker = store, export, worker
        self._renewed = time.monotonic()

    def renew(self, rows: int) -> None:
        """Renew it, and store how many rows the owner sees as written. Raises LeaseLost."""
        self._store.renew(self._export, self._worker, rows)
        self._renewed = time.monotonic()

    def renew_if_due(self, rows: int) -> None:
        """Renew it if that was not done for RENEWAL seconds. Raises LeaseLost."""
        if time.monotonic() > self._renewed + RENEWAL:
            self.renew(rows)
