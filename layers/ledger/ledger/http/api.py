"""The routes of a function: who may use them, how a request reaches its handler, and how a response leaves."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, cast
from urllib.parse import quote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import StringConstraints

from ledger.access.quota import Quota
from ledger.aws.retries import REQUEST_ERRORS, is_retryable
from ledger.core import exact_json
from ledger.core.errors import InvalidRequest, LedgerError, Problem, TryAgain
from ledger.core.identity import Identity, Role
from ledger.core.validation import problems
from ledger.http.errors import error_response
from ledger.http.request_body import LARGEST_BODY, read_body

PathParameter = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,256}$")]
"""An id in a path, of RFC 3986's unreserved characters.

API Gateway decodes others, ends the path at a `?` among them, and drops or refuses some. So whoever is addressed by
any other text, such as a did, is named in the query or in the body.
"""

logger = Logger()


class Api(APIGatewayHttpResolver):
    """The routes of one function, open to some roles, and those that only read to `readers` where these are given.

    The caller is known before anything else of a request is read.

    With a `quota`, each request is counted before its body is read.

    Every body is read as JSON, whatever its Content-Type. An empty query parameter counts as absent.
    """

    def __init__(
        self,
        roles: frozenset[Role],
        *,
        readers: frozenset[Role] | None = None,
        largest_body: int = LARGEST_BODY,
        quota: Quota | None = None,
    ) -> None:
        super().__init__(
            enable_validation=True,
            response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
            json_body_deserializer=exact_json.loads,
        )
        self._roles = roles
        self._readers = readers or roles
        self._largest_body = largest_body
        self.quota = quota
        self._respond_logged = logger.inject_lambda_context(
            self._respond, correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True
        )
        self.exception_handler(LedgerError)(self._refuse)
        self.exception_handler(RequestValidationError)(self._refuse_invalid)
        self.exception_handler(list(REQUEST_ERRORS))(self._refuse_for_now)

    def roles(self, method: str) -> frozenset[Role]:
        """Returns the roles that may send requests with this method."""
        return self._readers if method == "GET" else self._roles

    @property
    def identity(self) -> Identity:
        """The caller."""
        return cast("Identity", self.context["identity"])

    @property
    def origin(self) -> str:
        """Where the caller found this API, and so the dashboard: the scheme, and the host, which API Gateway knows."""
        headers = self.current_event.headers
        return f"{headers.get('x-forwarded-proto', 'http')}://{headers['host']}"

    def time_left(self) -> float:
        """Returns the seconds that the invocation has left."""
        return self.lambda_context.get_remaining_time_in_millis() / 1_000

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Returns the response to one event of an HTTP API (payload 2.0).

        Every line that is logged meanwhile has the request's id, which an error's body names, and the id of the
        function's invocation; the access log has both.
        """
        return self._respond_logged(event, context)

    def _respond(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            identity = Identity.from_event(event).require(self.roles(event["requestContext"]["http"]["method"]))
            if self.quota:
                self.quota.take(identity.credential)
            body = read_body(event, self._largest_body).decode() if event.get("body") else None
        except UnicodeDecodeError:
            return error_response(InvalidRequest(Problem("body", "not UTF-8")), event)
        except LedgerError as error:
            return error_response(error, event)
        self.append_context(identity=identity)
        query: Mapping[str, str] = event.get("queryStringParameters") or {}
        request = {
            **event,
            "rawPath": _routed_path(event),
            "requestContext": {**event["requestContext"], "stage": "$default"},
            "headers": {**event["headers"], "content-type": APPLICATION_JSON},
            "queryStringParameters": {name: value for name, value in query.items() if value},
            "body": body,
            "isBase64Encoded": False,
        }
        return super().resolve(request, context)

    def _refuse(self, error: LedgerError) -> Response[str]:
        response = error_response(error, self.current_event.raw_event)
        return Response(response["statusCode"], APPLICATION_JSON, response["body"], response["headers"])

    def _refuse_invalid(self, error: RequestValidationError) -> Response[str]:
        return self._refuse(InvalidRequest(*problems(error.errors())))

    def _refuse_for_now(self, error: Exception) -> Response[str]:
        if not is_retryable(error):
            raise error
        logger.warning("DynamoDB has no capacity", exc_info=error)
        return self._refuse(TryAgain("the ledger is busy: send the same request again"))


def body_type[**P, R](
    body: Any, *, media_types: tuple[str, ...] = (APPLICATION_JSON,)
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declares, for the API's document, the type of a body that the decorated handler reads by itself."""

    def declare(handler: Callable[P, R]) -> Callable[P, R]:
        handler.__dict__["body_type"] = (body, media_types)
        return handler

    return declare


def _routed_path(event: Mapping[str, Any]) -> str:
    """Returns the path that the resolver matches: the route's, with its parameters quoted again.

    In the event they are decoded, and the resolver's patterns don't match every character that may be sent. A parameter
    that has to be quoted is none that `PathParameter` accepts.
    """
    path: str = event["routeKey"].partition(" ")[2]
    parameters: Mapping[str, str] = event.get("pathParameters") or {}
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path
