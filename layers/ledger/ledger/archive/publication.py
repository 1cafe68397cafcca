"""Publishing a day's file: its parts become what every reader reads, all at once."""

from ledger.archive import freshness
from ledger.archive.manifest import ArchivedDay, Manifest


def publish(manifest: Manifest, day: str, generation: str) -> bool:
    """Make the written parts of a generation the day's file.

    Returns False where changes that may be in it are not in the change files yet. They will be in a minute or two.
    """
    archived = ArchivedDay(day, generation, manifest.written(day, generation))
    if freshness.read(manifest.table).as_of < archived.read_until + freshness.MARGIN:
        return False
    manifest.publish(archived)
    return True
