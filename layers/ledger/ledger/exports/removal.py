"""The removal of exports, and of what is left of those that failed."""

from dataclasses import dataclass
from typing import Self

from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import Settings
from ledger.exports.job import Export
from ledger.exports.store import ExportStore, LeaseLost


@dataclass(frozen=True)
class ExportRemoval:
    """Removes items and objects of exports."""

    store: ExportStore
    bucket: S3Bucket

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(ExportStore(settings.registry_table), S3Bucket(settings.exports_bucket))

    def delete_all(self, owner: str) -> None:
        """Delete the exports of a user, also those being written. Doing it again does no harm."""
        for export in self.store.all_of_user(owner):
            try:
                self.store.cancel(export)
            except LeaseLost:
                continue  # deleted already: the index follows the table with a delay
            self._remove_objects(export)
            self.store.delete(export)

    def remove_leftovers(self, export: Export) -> None:
        """Remove the objects of an export that has failed or was deleted while a worker wrote it."""
        now = self.store.find(export.id)
        if now is None or now.status == "failed":
            self._remove_objects(export)

    def _remove_objects(self, export: Export) -> None:
        self.bucket.remove(export.key)
        self.bucket.delete(export.tail_key)
