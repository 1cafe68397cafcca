"""The response of a handler: a file, with a link to where it is."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import core_schema


class FileResponse(Response[str]):
    """A text file as the body of a redirect to it, for clients that don't follow redirects.

    Caches on the way must not store it.
    """

    def __init__(self, text: str, content_type: str, filename: str, location: str) -> None:
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Location": location,
        }
        super().__init__(HTTPStatus.SEE_OTHER.value, content_type, text, headers)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """Lets the resolver pass the body on as it is."""
        return core_schema.any_schema()
