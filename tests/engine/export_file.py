"""The file of an export, read as its owner reads it."""

import csv
import hashlib
from io import StringIO
from itertools import pairwise

from ledger.aws.s3 import S3Bucket
from ledger.exports.job import Export


def rows(export: Export, bucket: S3Bucket) -> list[dict[str, str]]:
    """Its rows, by column. Raises AssertionError if it is not what is told of it, or not in the log's order."""
    body = b"".join(bucket.chunks(export.key))
    told = (export.progress.size, export.sha256)
    assert told == (len(body), hashlib.sha256(body).hexdigest()), f"{told} is not what {len(body)} bytes are"
    found = list(csv.DictReader(StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    assert export.progress.rows == len(found), f"{export.progress.rows} rows were told of, {len(found)} are there"
    places = [(int(row["Call Time"]), row["Request ID"]) for row in found]
    wrong = [pair for pair in pairwise(places) if pair[0] <= pair[1]]
    assert not wrong, f"each place in the log once, the newest first: {wrong[:5]}"
    return found
