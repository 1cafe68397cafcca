"""The response of a handler: JSON with exact decimals."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON

from ledger.core import exact_json
from ledger.http.text_response import TextResponse


class JsonResponse[T](TextResponse):
    """A JSON response with exact decimals; None is a response without a body.

    The API's document takes the schema of the body from a handler's return type.
    """

    def __init__(self, content: T, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.content = content
        body = "" if content is None else exact_json.dumps(content).decode()
        super().__init__(body, APPLICATION_JSON if body else None, status=status)
