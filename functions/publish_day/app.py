"""A step of the night: makes the written parts of a call day its file, for every reader at once.

Until the change files are as fresh as the parts it answers `isPublished: false`, and is asked again.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.archive import publication
from ledger.archive.manifest import Manifest
from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings

manifest = Manifest(settings().counters_table)
bucket = S3Bucket(settings().archive_bucket)
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, bool]:
    return {"isPublished": publication.publish(manifest, bucket, event["day"], event["generation"])}
