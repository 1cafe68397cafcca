"""The archive's objects in S3. Calls are written once: whatever is written anew gets a name of its own."""

import uuid


def day_part(day: str, generation: str, number: int) -> str:
    """Returns a new name for a part of a day's file. Each attempt at writing it has another."""
    return f"calls/day={day}/generation={generation}/part-{number}-{uuid.uuid4().hex[:8]}.parquet"


def parts_list(day: str) -> str:
    """Returns the name of the list of a day's parts. It is the only object that is written again under its name."""
    return f"parts/day={day}.json"


def day_of(key: str) -> str | None:
    """Returns the call day of a part, or of a list of parts; None for another object."""
    folder, _, rest = key.partition("/day=")
    return rest[: len("2026-01-31")] if folder in ("calls", "parts") else None


def change_file(ingestion_day: str, hour: int, name: str) -> str:
    """Returns the name of a change file."""
    return f"changes/ingested={ingestion_day}/hour={hour:02d}/{name}.parquet"
