"""Every key of every table is built here."""

from zlib import crc32

BY_USER = "byUser"
BY_TIME = "byTime"
BY_COLLECTION = "byCollection"


def call_time_id(call_time: int, call_id: str) -> str:
    """Where a call stands in both indexes: sorts by time, then by id."""
    return f"{call_time:010d}#{call_id}"


def from_second(second: int) -> str:
    """Sorts before every call of this second and after those of the second before."""
    return f"{second:010d}#"


def through_second(second: int) -> str:
    """Sorts after every call of this second and before those of the next."""
    return f"{second:010d}$"  # "$" follows "#"


def time_shard(call_id: str, shards: int) -> int:
    """The partition of byTime that holds a call: calls of one moment spread over all of them."""
    return crc32(call_id.encode()) % shards


def user(did: str) -> str:
    return f"user#{did}"


def app(did: str) -> str:
    return f"app#{did}"


def api_key(key_id: str) -> str:
    return f"key#{key_id}"


ALL = "all"
USERS = "users"
APPS = "apps"
API_KEYS = "keys"
