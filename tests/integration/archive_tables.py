"""The view of catalog.yaml on a bucket's objects, as Athena would read them."""

import tempfile
from pathlib import Path

import duckdb

from ledger.archive import columns
from ledger.aws import s3
from ledger.aws.s3 import S3Bucket
from ledger.calls.model_call import ModelCall
from tests.catalog import table, view

_FILES = {
    "archived_calls": ("calls", "read_parquet({}, hive_types={{'day': VARCHAR}})"),
    "changes": ("changes", "read_parquet({}, hive_partitioning=false)"),
    "parts": ("parts", "read_json({}, format='newline_delimited')"),
}
"""Where the objects of each table are, and how DuckDB reads them."""


def read_view(bucket: S3Bucket) -> list[ModelCall]:
    """The calls of the view, by time and id. Every object that is in the bucket is read."""
    sql, _ = view()
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as database:
        folder = Path(name)
        for key in _objects(bucket):
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            bucket.download(key, path)
        for of_table, (prefix, reader) in _FILES.items():
            types = {column["Name"]: column["Type"] for column in table(of_table)["StorageDescriptor"]["Columns"]}
            types |= {column["Name"]: column["Type"] for column in table(of_table).get("PartitionKeys", [])}
            database.execute(f"CREATE TABLE {of_table} ({', '.join(map(' '.join, types.items()))})")
            paths = [str(path) for path in (folder / prefix).rglob("*.*")]
            if paths:
                source = f"SELECT {', '.join(types)} FROM {reader.format(paths)}"  # noqa: S608
                database.execute(f"INSERT INTO {of_table} {source}")
        rows = database.execute(f"SELECT {', '.join(columns.NAMES)} FROM ({sql})").fetchall()  # noqa: S608
    return sorted(map(columns.to_call, rows), key=lambda call: call.call_time_id)


def _objects(bucket: S3Bucket) -> list[str]:
    pages = s3.client().get_paginator("list_objects_v2").paginate(Bucket=bucket.name)
    return [found["Key"] for page in pages for found in page.get("Contents", []) if "Key" in found]
