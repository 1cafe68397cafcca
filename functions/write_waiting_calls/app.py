"""The queue of calls that wait: those that could not be written when they came are written now."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.recording.recorder import Recorder

recorder = Recorder.of(settings())
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    failed = [message["messageId"] for message in event["Records"] if not recorder.record_late(message["body"])]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
