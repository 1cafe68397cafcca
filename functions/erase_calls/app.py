"""Asynchronous: erases a user, or goes on with it, and lets itself be called again when its time is up."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws import invocations
from ledger.aws.settings import settings
from ledger.erasure.worker import Erasing

MARGIN = 60
"""Seconds in which a page of calls surely is removed, or fails."""

erasing = Erasing.of(settings())
logger = Logger()


@logger.inject_lambda_context(correlation_id_path="erasureId")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    erasure = erasing.run(event["erasureId"], lambda: context.get_remaining_time_in_millis() / 1000 - MARGIN)
    if erasure is None:
        return {"status": "nothing to do"}
    if not erasure.finished_at:
        invocations.invoke_async(settings().erase_calls_function, erasureId=erasure.id)
    logger.info("An erasure", **erasure.to_json())
    return dict(erasure.to_json())
