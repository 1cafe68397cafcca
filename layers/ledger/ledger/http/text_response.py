"""The response of a handler: a body that is text already."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import core_schema


class TextResponse(Response[str]):
    """A response that belongs to the caller alone, so caches on the way must not store it."""

    def __init__(
        self,
        text: str,
        content_type: str | None,
        headers: Mapping[str, str] | None = None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> None:
        super().__init__(status.value, content_type, text, {"Cache-Control": "no-store", **(headers or {})})

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """Lets the resolver pass the body on as it is."""
        return core_schema.any_schema()
