"""Asynchronous: writes a larger export, or goes on with it, and lets itself be called again when its time is up."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.invocations import invoke_async
from ledger.aws.settings import settings
from ledger.exports.worker import ExportJob

MARGIN = 60
"""Seconds in which what is collected is put away."""

job = ExportJob.of(settings())
logger = Logger()


@logger.inject_lambda_context(correlation_id_path="exportId")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    export = job.run(event["exportId"], lambda: context.get_remaining_time_in_millis() / 1000 - MARGIN)
    if export is None:
        return {"status": "nothing to do"}
    if export.status == "running":
        invoke_async(settings().write_export_function, exportId=export.id)
    return {"status": export.status, "rows": export.progress.rows}
