"""The part of S3 that an export needs, on loopback. Objects and their parts are appended to one file in order."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, urlsplit

from bench.loopback import serving


class _Sink(ThreadingHTTPServer):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.file = file


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Sink  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_PUT(self) -> None:
        self.server.file.write(self._body())
        self._answer(b"")

    def do_POST(self) -> None:
        """Begin an upload or complete it."""
        self._body()
        begins = "uploads" in parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        self._answer(b"<Begun><UploadId>one</UploadId></Begun>" if begins else b"<Completed/>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
        pass

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def object_sink(path: Path) -> Generator[str]:
    """Serve an S3 that writes what it gets to a file. The context's value is the URL."""
    with path.open("wb") as file, serving(_Sink(file)) as url:
        yield url
