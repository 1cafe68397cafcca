"""GET /api/user/exports and /api/user/exports/{id}: the progress of exports, and links to those that are ready."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings
from ledger.core.errors import NotFound
from ledger.core.identity import READERS
from ledger.exports.job import ExportBody, ExportList
from ledger.exports.store import ExportStore
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse

api = Api(READERS)
store = ExportStore(settings().registry_table)
bucket = S3Bucket(settings().exports_bucket)


@api.get("/api/user/exports")
def list_exports() -> JsonResponse[ExportList]:
    """List your exports of the last seven days

    At most a hundred, newest first.
    """
    exports = [export for export in store.of_user(api.identity.did) if export.is_for(api.identity)]
    return JsonResponse({"exports": [export.body(bucket) for export in exports]})


@api.get("/api/user/exports/<id>")
def get_export(id: PathParameter) -> JsonResponse[ExportBody]:
    """Get the progress of an export, and a new link to it once it is ready

    Your own, or any for those who may read all.
    """
    export = store.find(id)
    if export is None or not export.is_for(api.identity):
        raise NotFound("no such export")
    return JsonResponse(export.body(bucket))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
