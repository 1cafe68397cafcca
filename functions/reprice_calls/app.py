"""Asynchronous: works on a repricing, {"id": "…"}, and lets itself be called again when its time is up.

The same event may come any number of times.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.repricing.worker import Repricings

MARGIN = 60
"""Seconds in which the calls that are being looked at are done with."""

repricings = Repricings.of(settings())
logger = Logger()


@logger.inject_lambda_context(correlation_id_path="id")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    job = repricings.go_on(event["id"], lambda: context.get_remaining_time_in_millis() / 1000 - MARGIN)
    if job is None:
        return {"status": "nothing to do"}
    return {"id": job.id, "status": job.status, "callsRead": job.calls_read, "changed": job.changed.calls}
