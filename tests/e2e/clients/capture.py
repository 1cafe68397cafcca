"""A way to the ledger that keeps the spans that take it, without what was asked and answered."""

import functools
import gzip
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, cast

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.otlp import as_json

WORDS: Final = ("secret question", "secret answer")
"""All that any prompt and any answer has to say."""
LOCAL: Final = ("process.", "host.", "code.", "exception.stacktrace", "error.stack_trace")
"""What the names of attributes begin with that tell of the machine."""
TRACEBACK: Final = "Traceback (most recent call last)"
PASSED_ON: Final = ("Authorization", "Content-Type", "Content-Encoding")


@dataclass
class Capture:
    """Passes requests on to the ledger, if there is one, and answers as it does; else it answers an empty success."""

    ledger: str | None
    url: str = ""
    requests: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """The path of each request, and the status of its answer."""
    exported: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Each request for traces, in OTLP's JSON."""

    def take(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        """The answer's status, body and type."""
        content_type = headers.get("Content-Type", "application/json")
        status, answer = 200, b"" if "protobuf" in content_type else b"{}"
        if self.ledger:
            got = httpx.request(method, f"{self.ledger}{path}", content=body, headers=headers, timeout=60)
            status, answer, content_type = got.status_code, got.content, got.headers["Content-Type"]
        self.requests.append((path, status))
        if path == "/v1/traces":
            self.exported.append(_without_content(_decoded(body, headers)))
        return status, answer, content_type


def _decoded(body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    if "json" in headers.get("Content-Type", ""):
        return json.loads(body)
    return as_json(ExportTraceServiceRequest.FromString(body))


def _without_content(found: Any) -> Any:
    """With another word for what was asked and answered, and without what tells of this machine."""
    if isinstance(found, str):
        return functools.reduce(lambda text, words: text.replace(words, "…"), WORDS, found.partition(TRACEBACK)[0])
    if isinstance(found, list):
        return [_without_content(one) for one in cast("list[Any]", found) if not _is_local(one)]
    if isinstance(found, dict):
        return {name: _without_content(value) for name, value in cast("dict[str, Any]", found).items()}
    return found


def _is_local(one: Any) -> bool:
    return isinstance(one, dict) and str(cast("dict[str, Any]", one).get("key")).startswith(LOCAL)


@contextmanager
def capture(ledger: str | None) -> Generator[Capture]:
    """To this URL, from one of its own."""
    capture = Capture(ledger)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._answer(self._body())

        def do_PUT(self) -> None:
            self._answer(self._body())

        def do_GET(self) -> None:
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            headers = {name: self.headers[name] for name in PASSED_ON if self.headers[name]}
            status, answer, content_type = capture.take(self.command, self.path, body, headers)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _body(self) -> bytes:
            if self.headers["Content-Length"]:
                return self.rfile.read(int(self.headers["Content-Length"]))
            chunks: list[bytes] = []  # Node's fetch sends chunks
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Not to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        capture.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield capture
        finally:
            server.shutdown()
