"""What an error becomes for the caller: a status, a code, headers, and one JSON body for every error of the API."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypedDict

from aws_lambda_powertools import Logger

from ledger.core import exact_json
from ledger.core.errors import (
    Forbidden,
    InvalidRequest,
    LedgerError,
    NotFound,
    RangeTooLong,
    TooLarge,
    TooManyRequests,
    TryAgain,
    Unauthenticated,
    UnknownEncoding,
)


class ErrorDetail(TypedDict):
    field: str
    """The parameter or field, by the name that the request used."""
    message: str
    """What is wrong with it."""


class Error(TypedDict):
    """The body of every error."""

    error: str
    """What is wrong, for a person."""
    code: str
    """What is wrong, for a program."""
    details: list[ErrorDetail]
    """Each field of an invalid request that is wrong; otherwise empty."""
    requestId: str
    """The id of the request, which the access log and each line of the function's log have."""


class ErrorResponse(NamedTuple):
    """The status, code and headers of the response to one kind of error."""

    status: HTTPStatus
    code: str
    headers: Mapping[str, str]


ERROR_RESPONSES: Mapping[type[LedgerError], ErrorResponse] = {
    InvalidRequest: ErrorResponse(HTTPStatus.BAD_REQUEST, "invalid_request", {}),
    RangeTooLong: ErrorResponse(HTTPStatus.BAD_REQUEST, "invalid_request", {}),
    Unauthenticated: ErrorResponse(HTTPStatus.UNAUTHORIZED, "unauthenticated", {"WWW-Authenticate": "Bearer"}),
    Forbidden: ErrorResponse(HTTPStatus.FORBIDDEN, "forbidden", {}),
    NotFound: ErrorResponse(HTTPStatus.NOT_FOUND, "not_found", {}),
    TooLarge: ErrorResponse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", {}),
    UnknownEncoding: ErrorResponse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unknown_encoding", {}),
    TooManyRequests: ErrorResponse(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", {}),
    TryAgain: ErrorResponse(HTTPStatus.SERVICE_UNAVAILABLE, "try_again", {"Retry-After": "2"}),
}

logger = Logger()


def error_headers(error: LedgerError) -> Mapping[str, str]:
    """Returns the headers that the response to an error has because of it."""
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after)}
    return ERROR_RESPONSES[type(error)].headers


def error_response(error: LedgerError, event: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the response to an HTTP API event that failed, and logs that it was refused.

    The log has the code and no text, since the text may quote the request.
    """
    status, code, _ = ERROR_RESPONSES[type(error)]
    logger.info("Request refused", extra={"status": status.value, "code": code})
    problems = error.problems if isinstance(error, InvalidRequest) else ()
    body: Error = {
        "error": str(error),
        "code": code,
        "details": [{"field": problem.field, "message": problem.message} for problem in problems],
        "requestId": event["requestContext"]["requestId"],
    }
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", **error_headers(error)},
        "body": exact_json.dumps(body).decode(),
    }
