"""Second consumer of the Calls table's stream: writes every change of a call to a change file of the archive.

A change that can't be read goes to the UnarchivedQueue at once, as it would hold up all changes behind it. Every other
one is delivered again until it is archived. `tools.operate.replay` sends changes of that queue again, with `isReplay`.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.archive.archiver import Archiver
from ledger.archive.manifest import Manifest
from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings
from ledger.counting import dead_letters

archiver = Archiver(S3Bucket(settings().archive_bucket), Manifest(settings().counters_table))
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    unreadable = archiver.archive(event["Records"])
    if event.get("isReplay"):
        failed = [change["dynamodb"]["SequenceNumber"] for change in unreadable]
        return {"batchItemFailures": [{"itemIdentifier": sequence_number} for sequence_number in failed]}
    dead_letters.send(settings().unarchived_queue, unreadable)
    return {"batchItemFailures": []}
