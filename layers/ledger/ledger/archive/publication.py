"""Publishing a day's file: its parts become what every reader reads, all at once."""

from ledger.archive import freshness
from ledger.archive.manifest import ArchivedDay, Manifest


class NotArchivedYet(Exception):
    """Changes that may be in a day's file are not in the change files yet. They will be in a minute or two."""


def publish(manifest: Manifest, day: str, generation: str) -> ArchivedDay:
    """Make the written parts of a generation the day's file. Raises NotArchivedYet."""
    archived = ArchivedDay(day, generation, manifest.written(day, generation))
    if freshness.read(manifest.table).as_of < archived.read_until + freshness.MARGIN:
        raise NotArchivedYet(day)
    manifest.publish(archived)
    return archived
