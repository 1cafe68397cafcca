"""Invoked asynchronously: works on a repricing, and invokes itself again when its time is up."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.invocations import invoke_async
from ledger.aws.settings import settings
from ledger.repricing.worker import RepricingWorker

MARGIN = 60
"""Seconds in which a batch of calls is surely repriced, or fails."""

worker = RepricingWorker.of(settings())
logger = Logger()


@logger.inject_lambda_context(correlation_id_path="id")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    job = worker.run(event["id"], lambda: context.get_remaining_time_in_millis() / 1000 - MARGIN)
    if job is None:
        return {"status": "nothing to do"}
    if job.status == "running":
        invoke_async(settings().reprice_calls_function, id=job.id)
    return {"id": job.id, "status": job.status, "callsRead": job.calls_read, "changed": job.changed.calls}
