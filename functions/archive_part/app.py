"""A step of the night: writes a part of a call day's file, in bounded memory."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.archive.day_archiver import DayArchiver
from ledger.archive.manifest import Manifest
from ledger.archive.parts import Part
from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings
from ledger.calls.calls_table import Calls

archiver = DayArchiver(Calls.of(settings()), S3Bucket(settings().archive_bucket), Manifest(settings().counters_table))
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    written = archiver.write(Part(**event["part"]), event["generation"])
    return {"rows": written.totals.rows, "bytes": written.size}
