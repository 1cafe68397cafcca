"""The emulator's process: MiniStack on one port and, on another, the HTTP API as its clients see it on AWS.

MiniStack serves an HTTP API below `/_aws/execute-api/ID/STAGE`. Requests to the second port get this prefix within the
process, so methods, paths, headers and bodies are neither copied nor changed on the way. Where an answer differs from
API Gateway's, it is corrected here.

The parent speaks to this process through its standard input: a line is the id of the API to serve, and the end of the
input is the end of the process, which therefore never outlives its parent, however that ended.
"""

# MiniStack has no types, and some of its private functions are replaced below.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportPrivateUsage=false

import asyncio
import json
import os
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, cast

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Scope,
)
from ministack.app import app as ministack
from ministack.core import iam_actions
from ministack.services import apigateway, cloudformation
from ministack.services.cloudformation import provisioners

LARGEST_ANSWER: Final = 6 * 1024 * 1024
"""What a Lambda function may answer; API Gateway makes a 500 of anything larger."""

emulate = cast(ASGIFramework, ministack)
has_encoding: ContextVar[bool] = ContextVar("has_encoding", default=False)


class Gateway:
    """An ASGI application of two ports."""

    def __init__(self, api_port: int) -> None:
        self._api_port = api_port
        self._prefix: str | None = None

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one request: to the API's port as API Gateway would, to the other as MiniStack does."""
        if scope["type"] != "http":
            await emulate(scope, receive, send)
        elif not scope["server"] or scope["server"][1] != self._api_port:
            # The way to AWS is encrypted, as policies ask for; here it does not leave the machine.
            await emulate({**scope, "scheme": "https"}, receive, send)
        elif self._prefix is None:
            await _answer(send, 503, b'{"message":"Service Unavailable"}')
        else:
            has_encoding.set(any(name == b"content-encoding" for name, _ in scope["headers"]))
            await emulate(_below(self._prefix, scope), receive, _corrected(send))

    async def follow_parent(self) -> None:
        """Serve the API that the parent names; return when the parent is gone."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            self._prefix = f"/_aws/execute-api/{line.decode().strip()}/$default"


def _below(prefix: str, scope: HTTPScope) -> HTTPScope:
    return {**scope, "path": prefix + scope["path"], "raw_path": prefix.encode() + scope["raw_path"]}


def _corrected(send: ASGISendCallable) -> ASGISendCallable:
    """Sends an answer of MiniStack's as API Gateway's.

    A function that fails is a 502 of MiniStack's with the exception in it, and a 500 of API Gateway's without.
    """
    start: HTTPResponseStartEvent | None = None

    async def corrected(event: ASGISendEvent) -> None:
        nonlocal start
        if event["type"] == "http.response.start":
            start = event
        elif event["type"] == "http.response.body" and start:
            failed = start["status"] == 502 and b'"errorMessage"' in event["body"]
            if failed or len(event["body"]) > LARGEST_ANSWER:
                await _answer(send, 500, b'{"message":"Internal Server Error"}')
            else:
                await send(start)
                await send(event)

    return corrected


async def _answer(send: ASGISendCallable, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _hand_over_as_on_aws() -> None:
    """Let MiniStack invoke functions as Lambda does, in two respects that it has no setting for."""
    # A compressed body is bytes, and reaches the function in base64; MiniStack goes by the content type alone.
    is_text = apigateway._v2_request_body_is_text
    apigateway._v2_request_body_is_text = lambda content_type: not has_encoding.get() and is_text(content_type)
    # Functions run on the bare interpreter, so that a library missing from the layer is missing here too.
    sys.executable = str(Path(sys.base_prefix) / "bin" / "python3.13")


def _authorize_streams_as_on_aws() -> None:
    """Let MiniStack see which stream of a table a request is for; it finds none, and so denies the request."""
    found = iam_actions.extract_resource_arn

    def resource_of(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *place: Any) -> str:
        if service == "dynamodbstreams" and b'"StreamArn"' in body:
            return json.loads(body)["StreamArn"]
        return found(service, method, path, headers, body, *place)

    iam_actions.extract_resource_arn = resource_of


def _update_nested_stacks_as_on_aws() -> None:
    """Let resources of a nested stack that don't change keep their attributes, which MiniStack forgets."""
    update = provisioners._update_resource

    def updated(
        kind: str, physical_id: str, old: Any, new: Any, stack: str, name: str | None = None, known: Any = None
    ) -> tuple[str, Any]:
        before = cloudformation._stacks[stack]["_resources"].get(name, {})
        return update(kind, physical_id, old, new, stack, name, known or before.get("Attributes"))

    provisioners._update_resource = updated


def main() -> None:
    """Serve the emulator at GATEWAY_PORT (MiniStack's own setting) and the API at API_PORT."""
    api_port = int(os.environ["API_PORT"])
    gateway = Gateway(api_port)
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}", f"127.0.0.1:{api_port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    _hand_over_as_on_aws()
    _authorize_streams_as_on_aws()
    _update_nested_stacks_as_on_aws()
    asyncio.run(serve(cast(ASGIFramework, gateway), config, shutdown_trigger=gateway.follow_parent))


if __name__ == "__main__":
    main()
