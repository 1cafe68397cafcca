"""The view of catalog.yaml on a bucket's objects, as Athena would read them."""

import tempfile
from pathlib import Path

import duckdb

from ledger.archive import columns
from ledger.aws import s3
from ledger.aws.s3 import S3Bucket
from ledger.calls.model_call import ModelCall
from tools.operate.tables import duckdb_views, table


def read_view(bucket: S3Bucket) -> list[ModelCall]:
    """The calls of the view, by time and id. Every object that is in the bucket is read."""
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as database:
        for key in _objects(bucket):
            path = Path(name) / key
            path.parent.mkdir(parents=True, exist_ok=True)
            bucket.download(key, path)
        for statement in duckdb_views(name):
            try:
                database.execute(statement)
            except duckdb.IOException:  # no object is there yet
                database.execute(_empty(statement.split()[2]))
        rows = database.execute(f"SELECT {', '.join(columns.NAMES)} FROM calls").fetchall()  # noqa: S608
    return sorted(map(columns.to_call, rows), key=lambda call: call.call_time_id)


def _empty(name: str) -> str:
    definition = table(name)
    types = definition["StorageDescriptor"]["Columns"] + definition.get("PartitionKeys", [])
    return f"CREATE TABLE {name} ({', '.join(f'{column["Name"]} {column["Type"]}' for column in types)})"


def _objects(bucket: S3Bucket) -> list[str]:
    pages = s3.client().get_paginator("list_objects_v2").paginate(Bucket=bucket.name)
    return [found["Key"] for page in pages for found in page.get("Contents", []) if "Key" in found]
