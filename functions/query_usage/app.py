"""POST and GET /api/usage/query: any question about calls, answered from the archive."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.archive.archive import Archive
from ledger.archive.manifest import Manifest
from ledger.aws.s3 import S3Bucket
from ledger.aws.secrets import get_secret
from ledger.aws.settings import settings
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.identity import READERS
from ledger.http.api import Api
from ledger.http.csv_response import CsvResponse
from ledger.http.json_response import JsonResponse
from ledger.query.answer import QueryAnswer, table
from ledger.query.engine import QueryEngine
from ledger.query.queries import Queries
from ledger.query.request import QueryRequest

ROOM = 1024**3
"""Bytes of files that a question may read, and that stay for the next."""
LARGEST_ANSWER = 4 * 1024**2
"""Bytes. Lambda takes 6 MB, in which quotation marks count twice."""

api = Api(READERS)
queries = Queries(QueryEngine(Archive(Manifest(settings().counters_table), S3Bucket(settings().archive_bucket), ROOM)))


@api.post("/api/usage/query")
def query_usage(asked: Annotated[QueryRequest, Body()]) -> JsonResponse[QueryAnswer] | CsvResponse:
    """Ask anything of calls

    Groups the calls of a range by up to four dimensions and by time, and returns the figures of each group, of all
    calls together, and of those that are in no row of the page. It is about your own calls, or, asked by who may read
    everybody's, about everybody's. `asOf` says at which second the calls were so: a few minutes ago.
    """
    return _answer(asked)


@api.get("/api/usage/query")
def query_usage_by_parameters(asked: Annotated[QueryRequest, Query()]) -> JsonResponse[QueryAnswer] | CsvResponse:
    """Ask anything of calls, in a link

    As POST, with the same members as parameters: lists are separated by commas, and `filters` is JSON text.
    """
    return _answer(asked)


def _answer(asked: QueryRequest) -> JsonResponse[QueryAnswer] | CsvResponse:
    answer = queries.answer(api.identity, asked, get_secret(settings().cursor_secret_arn), _time_left)
    response = JsonResponse(answer) if asked.format == "json" else CsvResponse(table(answer), answer["nextToken"])
    size = len((response.body or "").encode())
    if size > LARGEST_ANSWER:
        raise InvalidRequest(Problem("limit", f"fewer rows: the answer would have {size:,} bytes"))
    return response


def _time_left() -> float:
    return api.lambda_context.get_remaining_time_in_millis() / 1_000


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
