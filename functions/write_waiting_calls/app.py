"""Consumer of the queue of waiting calls: writes calls that could not be written when they were received."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities import batch
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.recording.recorder import Recorder

recorder = Recorder.of(settings())
processor = batch.BatchProcessor(event_type=batch.EventType.SQS, raise_on_entire_batch_failure=False)
logger = Logger()


def write(record: SQSRecord) -> None:
    try:
        recorder.record_late(record.body)
    except Exception:
        logger.exception("Calls that waited can't be recorded", extra={"messageId": record.message_id})
        raise


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return batch.process_partial_response(event, write, processor, context)
