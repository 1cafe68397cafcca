"""The environment variables of a function, read once."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Final

from ledger.core.moments import DAY, FOREVER

IS_LAMBDA: Final = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
"""Whether this runs in Lambda, and not in a tool or a test."""


@dataclass(frozen=True)
class Settings:
    """What template.yaml sets for a function. Names that it does not set are empty."""

    calls_table: str
    calls_stream_arn: str
    lanes_per_shard: int
    counters_table: str
    registry_table: str
    ingestion_table: str
    waiting_calls_queue: str
    rows_set_aside_queue: str
    uncounted_queue: str
    unarchived_queue: str
    retention_days: int
    hot_days: int
    time_shards: int
    requests_per_minute_per_key: int
    counter_fragments: int
    jwt_secret_arn: str
    jwks_url: str
    jwt_issuer: str
    jwt_audience: str
    jwt_did_claim: str
    jwt_role_claim: str
    jwt_roles: str
    cursor_secret_arn: str
    erase_calls_function: str
    reprice_calls_function: str
    exports_bucket: str
    archive_bucket: str
    write_export_function: str
    channels_secret_arn: str
    alert_topic_arn: str
    webhook_networks: str

    @property
    def retention(self) -> int:
        """Seconds after its callTime at which a call leaves the call log."""
        return self.retention_days * DAY or FOREVER

    @property
    def hot(self) -> int:
        """Seconds for which a call stays in the table."""
        return self.hot_days * DAY or FOREVER


@cache
def settings() -> Settings:
    """The settings of this execution environment."""
    return Settings(
        calls_table=os.environ.get("CALLS_TABLE", ""),
        calls_stream_arn=os.environ.get("CALLS_STREAM_ARN", ""),
        lanes_per_shard=int(os.environ.get("LANES_PER_SHARD", "1")),
        counters_table=os.environ.get("COUNTERS_TABLE", ""),
        registry_table=os.environ.get("REGISTRY_TABLE", ""),
        ingestion_table=os.environ.get("INGESTION_TABLE", ""),
        waiting_calls_queue=os.environ.get("WAITING_CALLS_QUEUE", ""),
        rows_set_aside_queue=os.environ.get("ROWS_SET_ASIDE_QUEUE", ""),
        uncounted_queue=os.environ.get("UNCOUNTED_QUEUE", ""),
        unarchived_queue=os.environ.get("UNARCHIVED_QUEUE", ""),
        retention_days=int(os.environ.get("RETENTION_DAYS", "400")),
        hot_days=int(os.environ.get("HOT_DAYS", "0")),
        time_shards=int(os.environ.get("TIME_SHARDS", "8")),
        requests_per_minute_per_key=int(os.environ.get("REQUESTS_PER_MINUTE_PER_KEY", "0")),
        counter_fragments=int(os.environ.get("COUNTER_FRAGMENTS", "4")),
        jwt_secret_arn=os.environ.get("JWT_SECRET_ARN", ""),
        jwks_url=os.environ.get("JWKS_URL", ""),
        jwt_issuer=os.environ.get("JWT_ISSUER", ""),
        jwt_audience=os.environ.get("JWT_AUDIENCE", ""),
        jwt_did_claim=os.environ.get("JWT_DID_CLAIM", ""),
        jwt_role_claim=os.environ.get("JWT_ROLE_CLAIM", ""),
        jwt_roles=os.environ.get("JWT_ROLES", ""),
        cursor_secret_arn=os.environ.get("CURSOR_SECRET_ARN", ""),
        erase_calls_function=os.environ.get("ERASE_CALLS_FUNCTION", ""),
        reprice_calls_function=os.environ.get("REPRICE_CALLS_FUNCTION", ""),
        exports_bucket=os.environ.get("EXPORTS_BUCKET", ""),
        archive_bucket=os.environ.get("ARCHIVE_BUCKET", ""),
        write_export_function=os.environ.get("WRITE_EXPORT_FUNCTION", ""),
        channels_secret_arn=os.environ.get("CHANNELS_SECRET_ARN", ""),
        alert_topic_arn=os.environ.get("ALERT_TOPIC_ARN", ""),
        webhook_networks=os.environ.get("WEBHOOK_NETWORKS", ""),
    )
