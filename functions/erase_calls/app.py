"""Invoked asynchronously: erases a user, or goes on with it, and invokes itself again when its time is up."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.invocations import invoke_async
from ledger.aws.settings import settings
from ledger.erasure.worker import ErasureWorker

MARGIN = 60
"""Seconds in which a page of calls is surely removed, or fails."""

worker = ErasureWorker.of(settings())
logger = Logger()


@logger.inject_lambda_context(correlation_id_path="id")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    erasure = worker.run(event["id"], lambda: context.get_remaining_time_in_millis() / 1000 - MARGIN)
    if erasure is None:
        return {"status": "nothing to do"}
    if erasure.status == "running":
        invoke_async(settings().erase_calls_function, id=erasure.id)
    logger.info("An erasure", **erasure.body())
    return dict(erasure.body())
