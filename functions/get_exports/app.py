"""GET /api/user/exports and /api/user/exports/{id}: how far exports are, and a link to those that are ready."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings
from ledger.core.identity import READERS
from ledger.exports.requests import ExportBody, ExportList, found, told
from ledger.exports.store import ExportTable
from ledger.http.api import Answer, Api, PathName, answer

api = Api(READERS)
table = ExportTable(settings().registry_table)
bucket = S3Bucket(settings().exports_bucket)


@api.get("/api/user/exports")
def list_exports() -> Answer[ExportList]:
    """Your exports of the last seven days

    The newest hundred, the newest first.
    """
    exports = [export for export in table.of_user(api.identity.did) if export.is_for(api.identity)]
    return answer({"exports": [told(export, bucket) for export in exports]})


@api.get("/api/user/exports/<id>")
def get_export(id: PathName) -> Answer[ExportBody]:
    """How far an export is, and a new link to it when it is ready

    Your own, or any for an administrator.
    """
    return answer(told(found(table, api.identity, id), bucket))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
