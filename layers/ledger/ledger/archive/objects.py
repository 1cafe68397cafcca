"""The archive's objects in S3. An object is never replaced: whatever is written anew gets a name of its own."""

import uuid


def day_part(day: str, generation: str, number: int) -> str:
    """Returns a new name for a part of a day's file. Each attempt at writing it has another."""
    return f"calls/day={day}/generation={generation}/part-{number}-{uuid.uuid4().hex[:8]}.parquet"


def day_of(key: str) -> str | None:
    """Returns the call day of a part; None for another object."""
    folder, _, rest = key.partition("/day=")
    return rest.partition("/")[0] if folder == "calls" else None


def change_file(ingestion_day: str, hour: int, name: str) -> str:
    """Returns the name of a change file."""
    return f"changes/ingested={ingestion_day}/hour={hour:02d}/{name}.parquet"
