"""The response of a handler: JSON with exact decimals."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON
from pydantic_core import core_schema

from ledger.core import exact_json


class JsonResponse[T](Response[str]):
    """A JSON response with exact decimals; None is a response without a body.

    It belongs to the caller alone, so caches on the way must not store it. The API's document takes the schema of the
    body from a handler's return type.
    """

    def __init__(self, content: T, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.content = content
        body = "" if content is None else exact_json.dumps(content).decode()
        super().__init__(status.value, APPLICATION_JSON if body else None, body, {"Cache-Control": "no-store"})

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """Lets the resolver pass the body on as it is: it is JSON text already."""
        return core_schema.any_schema()
