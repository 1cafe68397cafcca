"""HTTP: how a request reaches a function of the API, and how its answer and its errors leave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from inspect import signature
from typing import Annotated, Any, TypedDict, cast
from urllib.parse import quote, unquote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BeforeValidator
from pydantic_core import core_schema

from ledger.aws.retries import REQUEST_ERRORS, is_retryable
from ledger.core import exact_json
from ledger.core.errors import (
    Forbidden,
    InvalidRequest,
    LedgerError,
    NotFound,
    Problem,
    TooLarge,
    TryAgain,
    Unauthenticated,
    UnknownEncoding,
)
from ledger.core.field_types import Name
from ledger.core.identity import Identity, Role
from ledger.core.validation import problems
from ledger.http.request_body import LARGEST_BODY, body_of

PathName = Annotated[Name, BeforeValidator(unquote)]
"""An id or a did in a path."""


class ErrorDetail(TypedDict):
    field: str
    """The parameter or field, by the name the request used."""
    message: str
    """What it may be."""


class Error(TypedDict):
    """The body of every error."""

    error: str
    """What is wrong, for a person."""
    code: str
    """What is wrong, for a program."""
    details: list[ErrorDetail]
    """Each field that is wrong, of an invalid request; else empty."""
    requestId: str
    """The id of the request, which the access log and each line of the function's log have."""


ANSWERS: Mapping[type[LedgerError], tuple[HTTPStatus, str, Mapping[str, str]]] = {
    InvalidRequest: (HTTPStatus.BAD_REQUEST, "invalid_request", {}),
    Unauthenticated: (HTTPStatus.UNAUTHORIZED, "unauthenticated", {"WWW-Authenticate": "Bearer"}),
    Forbidden: (HTTPStatus.FORBIDDEN, "forbidden", {}),
    NotFound: (HTTPStatus.NOT_FOUND, "not_found", {}),
    TooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", {}),
    UnknownEncoding: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unknown_encoding", {}),
    TryAgain: (HTTPStatus.SERVICE_UNAVAILABLE, "try_again", {"Retry-After": "2"}),
}

logger = Logger()


@dataclass(frozen=True)
class Operation:
    """A method of a path that a handler answers. `responses` describes those that its types do not."""

    method: str
    path: str
    handler: Callable[..., Any]
    responses: Mapping[int, Any]


class Api(APIGatewayHttpResolver):
    """The routes of one function, open to some roles. Who asks is settled before anything else of a request is read.

    Every body is JSON, whatever its Content-Type says. An empty query value counts as absent.
    """

    def __init__(self, roles: frozenset[Role], *, largest_body: int = LARGEST_BODY) -> None:
        super().__init__(
            enable_validation=True,
            response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
            json_body_deserializer=exact_json.loads,
        )
        self.roles = roles
        self.operations: list[Operation] = []
        """What is routed, in the order of its declaration; the API's document is made of it."""
        self._largest_body = largest_body
        self._answer_logged = logger.inject_lambda_context(
            self._answer, correlation_id_path=correlation_paths.API_GATEWAY_HTTP
        )
        self.exception_handler(LedgerError)(self._refuse)
        self.exception_handler(RequestValidationError)(self._refuse_invalid)
        self.exception_handler(list(REQUEST_ERRORS))(self._refuse_for_now)

    def route(self, *args: Any, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Route a method of a path to the handler that is decorated."""
        declared = signature(super().route).bind(*args, **options).arguments
        register = super().route(*args, **options)

        def add(handler: Callable[..., Any]) -> Callable[..., Any]:
            path = declared["rule"].replace("<", "{").replace(">", "}")
            self.operations.append(Operation(declared["method"], path, handler, declared.get("responses") or {}))
            return register(handler)

        return add

    @property
    def identity(self) -> Identity:
        """Who is asking."""
        return cast("Identity", self.context["identity"])

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one event of an HTTP API (payload 2.0).

        Every line that is logged meanwhile has the id of the request, which an error's body names, and that of the
        function's invocation; the access log has both.
        """
        return self._answer_logged(event, context)

    def _answer(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            identity = Identity.from_event(event).require(self.roles)
            body = body_of(event, self._largest_body).decode() if event.get("body") else None
        except UnicodeDecodeError:
            return _refusal(InvalidRequest(Problem("body", "not UTF-8")), event)
        except LedgerError as error:
            return _refusal(error, event)
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
        refusal = _refusal(error, self.current_event.raw_event)
        return Response(refusal["statusCode"], APPLICATION_JSON, refusal["body"], refusal["headers"])

    def _refuse_invalid(self, error: RequestValidationError) -> Response[str]:
        return self._refuse(InvalidRequest(*problems(error.errors())))

    def _refuse_for_now(self, error: Exception) -> Response[str]:
        if not is_retryable(error):
            raise error
        logger.warning("DynamoDB has no capacity", exc_info=error)
        return self._refuse(TryAgain("the ledger is busy: send the same request again"))


class Answer[T](Response[str]):
    """A JSON answer with exact decimals, None for no content. It is somebody's own, so nothing on the way may keep it.

    A handler says by its return type what the API's document says of it.
    """

    def __init__(self, content: T, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.content = content
        body = "" if content is None else exact_json.dumps(content).decode()
        super().__init__(status.value, APPLICATION_JSON if body else None, body, {"Cache-Control": "no-store"})

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """The body is JSON text already; the resolver has nothing to check."""
        return core_schema.any_schema()


def answer[T](content: T, status: HTTPStatus = HTTPStatus.OK) -> Answer[T]:
    return Answer(content, status)


def takes[**P, R](body: Any, *media_types: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declares, for the API's document, the body that a handler reads by itself; JSON by default."""

    def note(handler: Callable[P, R]) -> Callable[P, R]:
        handler.__dict__["takes"] = (body, media_types or (APPLICATION_JSON,))
        return handler

    return note


def _refusal(error: LedgerError, event: Mapping[str, Any]) -> dict[str, Any]:
    status, code, headers = ANSWERS[type(error)]
    problems = error.problems if isinstance(error, InvalidRequest) else ()
    body: Error = {
        "error": str(error),
        "code": code,
        "details": [{"field": problem.field, "message": problem.message} for problem in problems],
        "requestId": event["requestContext"]["requestId"],
    }
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": APPLICATION_JSON, "Cache-Control": "no-store", **headers},
        "body": exact_json.dumps(body).decode(),
    }


def _routed_path(event: Mapping[str, Any]) -> str:
    """The path by which API Gateway found the route, its parameters quoted as `PathName` expects them.

    As it comes, a path is unquoted, and the resolver's patterns don't match every character that an id may have.
    """
    path: str = event["routeKey"].partition(" ")[2]
    parameters: Mapping[str, str] = event.get("pathParameters") or {}
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path
