"""An S3 for exports and the archive: the emulator's, as a process of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import boto3

from tests.integration.harness import ARCHIVE, BUCKET
from tools.local.emulator import emulator, free_port


@contextmanager
def object_store(directory: Path) -> Generator[str]:
    """The URL of an S3 with both buckets in it, and nothing else."""
    with emulator(directory, api_port=free_port()) as running:
        for bucket in (BUCKET, ARCHIVE):
            boto3.client("s3", endpoint_url=running.endpoint_url).create_bucket(Bucket=bucket)
        yield running.endpoint_url
