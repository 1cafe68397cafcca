"""DynamoDB Local with the tables of the stack. The environment says where it is."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, cast

import boto3
from cfnlint.decode import cfn_yaml  # pyright: ignore[reportMissingTypeStubs]

from ledger.aggregates.counters_table import CounterTable
from ledger.aws import dynamodb, gc_tuning
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core.moments import DAY
from tools.local.dynamodb_local import dynamodb_local
from tools.project import ROOT

CALLS: Final = Calls("CallsTable", time_shards=8, retention=400 * DAY)
COUNTERS: Final = CounterTable("CountersTable", fragments=4)
DIRECTORY: Final = Directory("RegistryTable")
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
    "CALLS_TABLE": CALLS.table,
    "COUNTERS_TABLE": COUNTERS.table,
    "REGISTRY_TABLE": DIRECTORY.table,
    "POWERTOOLS_SERVICE_NAME": "usage-ledger",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}


@contextmanager
def engine() -> Generator[None]:
    """Start a new process for each load, because earlier tables slow down its writes."""
    with dynamodb_local() as url:
        os.environ.update(ENVIRONMENT, AWS_ENDPOINT_URL=url)
        dynamodb.client.cache_clear()
        _make_tables()
        gc_tuning.collect_seldom()
        yield
        dynamodb.client.cache_clear()


def _make_tables() -> None:
    """Make the tables of template.yaml, but without the stream of Calls, which DynamoDB Local is slow to write."""
    resources = cast("dict[str, Any]", cfn_yaml.load(str(ROOT / "template.yaml"))["Resources"])
    made = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    client: Any = boto3.client("dynamodb")
    for table in (CALLS.table, COUNTERS.table, DIRECTORY.table):
        properties = resources[table]["Properties"]
        for index in properties.get("GlobalSecondaryIndexes", []):
            for conditional in ("OnDemandThroughput", "WarmThroughput"):
                index.pop(conditional, None)
        client.create_table(TableName=table, **{name: properties[name] for name in made if name in properties})
