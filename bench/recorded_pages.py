"""A server in front of DynamoDB Local that answers reads that it has seen before from memory, and so in no time.

DynamoDB Local reads all that is left of a partition before it returns a page of one megabyte of it, unless the query
has a limit. With many calls in a partition, that takes longer than the ledger waits for a page. The server therefore
passes queries on with a limit that is more than a page has.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from bench.loopback import serving

AT_ONCE = 2
"""Requests that the engine works on at the same time, one for each core of a small machine."""
MORE_THAN_A_PAGE = 2_500
"""Calls, of which some 1,850 are a megabyte."""
_QUERY = "DynamoDB_20120810.Query"
_READS = {_QUERY, "DynamoDB_20120810.BatchGetItem"}
_SENT = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date")
_GIVEN = ("Content-Type", "x-amz-crc32", "x-amzn-RequestId")

type _Page = tuple[int, dict[str, str], bytes]


def with_limit(target: str, body: bytes) -> bytes:
    """Returns the body of a request, with a limit where it is a query that has none."""
    if target != _QUERY:
        return body
    return json.dumps({"Limit": MORE_THAN_A_PAGE} | json.loads(body)).encode()


class _Recorder(ThreadingHTTPServer):
    def __init__(self, engine: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self._engine = urlsplit(engine).netloc
        self._asking = ThreadPoolExecutor(AT_ONCE)
        self._pages: dict[tuple[str, bytes], Future[_Page]] = {}

    def page(self, headers: dict[str, str], body: bytes) -> _Page:
        """Returns the answer to a request. A read that is repeated meanwhile waits for the same answer."""
        target = headers["X-Amz-Target"]
        if target not in _READS:
            return self._ask(headers, body)
        page = self._pages.get((target, body))
        if page is None:
            page = self._pages[target, body] = self._asking.submit(self._ask, headers, with_limit(target, body))
        answer = page.result()
        if answer[0] != 200:
            self._pages.pop((target, body), None)
        return answer

    def server_close(self) -> None:
        super().server_close()
        self._asking.shutdown(cancel_futures=True)

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
        with suppress(BrokenPipeError):  # the client has given up waiting, and asks again
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        pass


def recorded_pages(engine: str) -> AbstractContextManager[str]:
    """Serve in front of an engine. The context's value is the URL."""
    return serving(_Recorder(engine))
