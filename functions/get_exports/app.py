"""GET /api/user/exports and /api/user/exports/{id}: how far exports are, and a link to those that are ready."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.export_table import ExportTable
from ledger.exporting import found, told
from ledger.http import Api, PathName, answer
from ledger.identity import READERS
from ledger.objects import Bucket
from ledger.settings import settings

api = Api(READERS)
table = ExportTable(settings().registry_table)
bucket = Bucket(settings().exports_bucket)


@api.get("/api/user/exports")
def list_exports() -> Response[str]:
    exports = [export for export in table.of_user(api.identity.did) if export.is_for(api.identity)]
    return answer({"exports": [told(export, bucket) for export in exports]})


@api.get("/api/user/exports/<export_id>")
def get_export(export_id: PathName) -> Response[str]:
    return answer(told(found(table, api.identity, export_id), bucket))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
