"""Invoked asynchronously: writes a larger export, or goes on with it, and invokes itself again when its time is up."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.invocations import invoke_async
from ledger.aws.settings import settings
from ledger.exports.worker import ExportWorker

MARGIN = 60
"""Seconds in which what is collected is surely stored."""

worker = ExportWorker.of(settings())
logger = Logger()


@logger.inject_lambda_context(correlation_id_path="id")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    export = worker.run(event["id"], lambda: context.get_remaining_time_in_millis() / 1000 - MARGIN)
    if export is None:
        return {"status": "nothing to do"}
    if export.status == "running":
        invoke_async(settings().write_export_function, id=export.id)
    return {"status": export.status, "rows": export.progress.rows}
