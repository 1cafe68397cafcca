"""A large export is whole, and is what is told of it, although DynamoDB and S3 fail in every way they can."""

import random
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import batched
from pathlib import Path

import pytest

from ledger.archive.archive import Archive
from ledger.archive.manifest import Manifest
from ledger.aws import dynamodb, s3
from ledger.aws.s3 import S3Bucket
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core.identity import Identity, Role
from ledger.exports.job import Export, new_export
from ledger.exports.query import ExportQuery
from ledger.exports.rows import ExportRows
from ledger.exports.store import ExportStore
from ledger.exports.worker import ExportWorker
from tests.engine.export_file import rows
from tests.engine.faults import FAULTS, OF_S3, faulty, retrying
from tests.engine.object_store import object_store
from tests.engine.tables import tables_on
from tests.integration.harness import ARCHIVE, BUCKET
from tests.integration.small_world import call

NOW = int(time.time())
ROWS = 1_000
PART = 15_000
"""Bytes: every few pages a part."""
CHANCE = random.Random(5)
CALLS = [
    call(
        f"{number}",
        NOW - CHANCE.randrange(50_000),
        user_did=CHANCE.choice("abc"),
        credits=Decimal(CHANCE.randrange(10**9)).scaleb(-10),
        error_reason=CHANCE.choice([None, 'a, "b"\r\n=cmd()']),
    )
    for number in range(ROWS)
]


@pytest.fixture
def job(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExportWorker]:
    """A job whose ways to DynamoDB and S3 are bad, and who waits for nobody long."""
    calls = Calls("CallsTable", time_shards=2, retention=400 * 86_400)
    with tables_on(engine), object_store(tmp_path / "s3") as objects:
        for some in batched(CALLS, 500):
            assert not calls.put(list(some), time.time())
        with (
            faulty(engine, tmp_path, FAULTS, 0.015) as tables,
            faulty(objects, tmp_path, OF_S3, 0.02, service="s3") as files,
            monkeypatch.context() as on_the_way,
        ):
            on_the_way.setenv("AWS_ENDPOINT_URL_DYNAMODB", tables)
            on_the_way.setenv("AWS_ENDPOINT_URL_S3", files)
            dynamodb.client.cache_clear()
            s3.client.cache_clear()
            archive = Archive(Manifest("CountersTable"), S3Bucket(ARCHIVE), 0, tmp_path / "archive")
            yield ExportWorker(
                ExportRows(calls, archive, Directory("RegistryTable"), chunk=70),
                ExportStore("RegistryTable", lease=3),
                S3Bucket(BUCKET),
                part_size=PART,
            )
    dynamodb.client.cache_clear()
    s3.client.cache_clear()


def test_an_export_is_whole_in_the_end(job: ExportWorker) -> None:
    """Workers whose time is up, or that fail, are followed by others; its owner asks again for one given up."""
    while (export := written(job)).status == "failed":
        pass
    file = retrying(lambda: rows(export, job.bucket))
    found = [(row["Request ID"], Decimal(row["Credits"]), row["Error Reason"]) for row in file]
    ordered = sorted(CALLS, key=lambda one: one.call_time_id, reverse=True)
    assert found == [(one.id, one.credits, one.error_reason or "") for one in ordered]
    assert len(export.progress.etags) > 4, "in parts"


def written(job: ExportWorker) -> Export:
    """An export that is ready, or was given up."""
    query = ExportQuery.model_validate({"allUsers": "true", "endTime": str(NOW + CHANCE.randrange(10**6))})
    begun = retrying(lambda: job.store.begin(new_export(Identity("root", Role.ADMIN), query, job.rows.calls)))
    while True:
        give_up = time.monotonic() + CHANCE.uniform(0.3, 3)
        retrying(lambda until=give_up: job.run(begun.id, lambda: until - time.monotonic()))
        export = retrying(lambda: job.store.find(begun.id))
        if export.status != "running":
            return export
