"""An engine between ours and us that gives the pages it has seen before from memory, and so takes no time for them."""

from contextlib import AbstractContextManager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from bench.loopback import serving

_READS = {"DynamoDB_20120810.Query", "DynamoDB_20120810.BatchGetItem"}
_SENT = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date")
_GIVEN = ("Content-Type", "x-amz-crc32", "x-amzn-RequestId")

type _Page = tuple[int, dict[str, str], bytes]


class _Recorder(ThreadingHTTPServer):
    def __init__(self, engine: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self._engine = urlsplit(engine).netloc
        self._pages: dict[tuple[str, bytes], _Page] = {}

    def page(self, headers: dict[str, str], body: bytes) -> _Page:
        key = headers["X-Amz-Target"], body
        page = self._pages.get(key)
        if page is None:
            page = self._ask(headers, body)
            if key[0] in _READS and page[0] == 200:
                self._pages[key] = page
        return page

    def _ask(self, headers: dict[str, str], body: bytes) -> _Page:
        connection = HTTPConnection(self._engine)
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        given = {name: value for name in _GIVEN if (value := answer.headers.get(name))}
        content = answer.read()
        connection.close()
        return answer.status, given, content


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Recorder  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, content = self.server.page({name: self.headers[name] for name in _SENT}, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(BrokenPipeError):  # who asked has lost patience, and asks again
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
        pass


def recorded_pages(engine: str) -> AbstractContextManager[str]:
    """The URL of such an engine."""
    return serving(_Recorder(engine))
