"""Publishing a day's file: its parts become what every reader reads, all at once."""

from ledger.archive import freshness, objects
from ledger.archive.manifest import ArchivedDay, Manifest
from ledger.aws.s3 import S3Bucket
from ledger.core import exact_json


def publish(manifest: Manifest, bucket: S3Bucket, day: str, generation: str) -> bool:
    """Make the written parts of a generation the day's file.

    Returns False where changes that may be in it are not in the change files yet. They will be in a minute or two.
    """
    archived = ArchivedDay(day, generation, manifest.written(day, generation))
    if freshness.read(manifest.table).as_of < archived.read_until + freshness.MARGIN:
        return False
    manifest.publish(archived)
    _list_parts(manifest, bucket, day)
    return True


def _list_parts(manifest: Manifest, bucket: S3Bucket, day: str) -> None:
    """Write for engines that can't read the manifest which objects a day has now, a line of JSON for each.

    Where another generation is published meanwhile, the list is written again.
    """
    listed = ""
    while (archived := manifest.day(day)) and archived.generation != listed:
        listed = archived.generation
        lines = [{"day": day, "object": part.key, "read_at": archived.read_at} for part in archived.parts]
        bucket.put(objects.parts_list(day), b"\n".join(map(exact_json.dumps, lines)))
