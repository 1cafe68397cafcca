"""What a Hub's connector makes of each answer of a ledger."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from gateways.aigne_hub.ledger_api import Busy, LedgerApi

REFUSED = {"recorded": 0, "rejected": [{"index": 0, "id": "a", "error": "type: no such type", "retryable": False}]}


@contextmanager
def answering(status: int, body: object, **headers: str) -> Generator[LedgerApi]:
    """A ledger that gives this answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Not to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield LedgerApi(f"http://127.0.0.1:{server.server_port}/", "ul_key")
        finally:
            server.shutdown()


@pytest.mark.parametrize("status", [200, 202, 207, 400])
def test_a_receipt_is_one_whatever_the_status(status: int) -> None:
    with answering(status, REFUSED) as ledger:
        assert ledger.record("[{}]") == REFUSED


@pytest.mark.parametrize(("status", "headers", "after"), [(429, {"Retry_After": "7"}, 7), (503, {}, 0), (500, {}, 0)])
def test_a_busy_ledger_is_asked_again(status: int, headers: dict[str, str], after: float) -> None:
    with answering(status, {}, **headers) as ledger, pytest.raises(Busy) as busy:
        ledger.record("[{}]")
    assert busy.value.retry_after == after


def test_one_that_cannot_be_reached_is_asked_again() -> None:
    with answering(200, REFUSED) as ledger:
        pass
    with pytest.raises(Busy):
        ledger.record("[{}]")


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_what_another_try_would_not_change_ends_it(status: int) -> None:
    with answering(status, {"error": "no"}) as ledger, pytest.raises(RuntimeError, match=f"{status}: .*no") as error:
        ledger.record("[{}]")
    assert "ul_key" not in str(error.value)
