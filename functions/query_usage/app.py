"""POST and GET /api/usage/query, GET /api/usage/explain, price-variance, chargeback and focus of /api/admin.

Questions about calls, answered from the archive.
"""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.secrets import get_secret
from ledger.aws.settings import settings
from ledger.calls.directory import Directory
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.identity import READERS
from ledger.http.api import Api
from ledger.http.csv_response import CsvResponse
from ledger.http.json_response import JsonResponse
from ledger.http.text_response import TextResponse
from ledger.query.answer import QueryAnswer, table
from ledger.query.chargeback_request import ChargebackRequest
from ledger.query.chargebacks import Chargeback, Chargebacks, charge_table
from ledger.query.engine import QueryEngine
from ledger.query.explain_request import ExplainRequest
from ledger.query.explanations import Explanation, Explanations
from ledger.query.focus import FocusAnswer, FocusExports, focus_table
from ledger.query.focus_request import FocusRequest
from ledger.query.queries import Queries
from ledger.query.request import QueryRequest
from ledger.query.variance_request import VarianceRequest
from ledger.query.variances import VarianceAnswer, Variances

LARGEST_ANSWER = 4 * 1024**2
"""Bytes. Lambda takes 6 MB, in which quotation marks count twice."""

api = Api(READERS)
engine = QueryEngine.of(settings())
queries = Queries(engine)
explanations = Explanations(engine, Directory(settings().registry_table))
variances = Variances.of(engine, settings())
chargebacks = Chargebacks(engine)
focus_exports = FocusExports(engine, settings().registry_table)


@api.post("/api/usage/query")
def query_usage(asked: Annotated[QueryRequest, Body()]) -> JsonResponse[QueryAnswer] | CsvResponse:
    """Ask anything of calls

    Groups the calls of a range by up to four dimensions and by time, and returns the figures of each group, of all
    calls together, and of those that are in no row of the page. It is about your own calls, or, asked by who may read
    everybody's, about everybody's. `asOf` says at which second the calls were so: a few minutes ago.
    """
    return _answer(asked)


@api.get("/api/usage/query")
def query_usage_by_parameters(query: Annotated[QueryRequest, Query()]) -> JsonResponse[QueryAnswer] | CsvResponse:
    """Ask anything of calls, in a link

    As POST, with the same members as parameters: lists are separated by commas, and `filters` is JSON text.
    """
    return _answer(query)


@api.get("/api/usage/explain")
def explain_usage(query: Annotated[ExplainRequest, Query()]) -> JsonResponse[Explanation]:
    """Explain why credits have changed

    Splits the difference between two periods into volume, price and mix, by user, model and app or by other dimensions,
    the largest movers first. It is about your own calls, or, asked by who may read everybody's, about everybody's.
    """
    return JsonResponse(explanations.answer(api.identity, query, api.time_left))


@api.get("/api/admin/price-variance")
def compare_prices(query: Annotated[VarianceRequest, Query()]) -> JsonResponse[VarianceAnswer]:
    """Compare reported costs with list prices

    Lists the models and gateways whose reported costs differ from what the rates and the catalogue say, by how much and
    why, the largest difference first.
    """
    return JsonResponse(variances.answer(api.identity, query, api.time_left))


@api.get("/api/admin/chargeback")
def charge_back(query: Annotated[ChargebackRequest, Query()]) -> JsonResponse[Chargeback] | CsvResponse:
    """Charge a month to cost centres

    What each value of a dimension is charged for a month that has ended, with its share of what can't be attributed.
    The rows add up to all credits of the month.
    """
    answer = chargebacks.answer(api.identity, query, api.time_left)
    return JsonResponse(answer) if query.format == "json" else CsvResponse(charge_table(answer), None)


@api.get("/api/admin/focus")
def export_focus(query: Annotated[FocusRequest, Query()]) -> JsonResponse[FocusAnswer] | CsvResponse:
    """Export costs as FOCUS 1.2

    A row for each UTC day, model and meter, in the FinOps Open Cost and Usage Specification. Costs that nobody knows
    are null, and never zero.
    """
    answer = focus_exports.answer(api.identity, query, api.time_left)
    response = JsonResponse(answer) if query.format == "json" else CsvResponse(focus_table(answer), None)
    return _bounded(response, "lastDay", "an earlier one")


def _answer(asked: QueryRequest) -> JsonResponse[QueryAnswer] | CsvResponse:
    answer = queries.answer(api.identity, asked, get_secret(settings().cursor_secret_arn), api.time_left)
    response = JsonResponse(answer) if asked.format == "json" else CsvResponse(table(answer), answer["nextToken"])
    return _bounded(response, "limit", "fewer rows")


def _bounded[T: TextResponse](response: T, field: str, less: str) -> T:
    """Raises InvalidRequest for a response that is too large."""
    size = len((response.body or "").encode())
    if size > LARGEST_ANSWER:
        raise InvalidRequest(Problem(field, f"{less}: the answer would have {size:,} bytes"))
    return response


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
