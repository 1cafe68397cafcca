"""An S3 for exports: the emulator's, as a process of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import boto3

from tests.integration.harness import BUCKET
from tools.local.emulator import emulator, free_port


@contextmanager
def object_store(directory: Path) -> Generator[str]:
    """The URL of an S3 with the exports' bucket in it, and nothing else."""
    with emulator(directory, api_port=free_port()) as running:
        boto3.client("s3", endpoint_url=running.endpoint_url).create_bucket(Bucket=BUCKET)
        yield running.endpoint_url
