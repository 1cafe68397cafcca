"""A way to the stack whose first request is kept waiting, and then refused."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx

PATIENCE = 120
"""Seconds that nothing takes, not even on a busy machine."""


@dataclass
class Relay:
    """Passes the first request on to nobody: it arrives, waits until it is refused, and is answered 503."""

    target: str
    url: str = ""
    arrived: Event = field(default_factory=Event)
    refused: Event = field(default_factory=Event)

    def take(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if not self.arrived.is_set():
            self.arrived.set()
            self.refused.wait(PATIENCE)
            return 503, b"{}"
        answer = httpx.post(self.target, content=body, headers=headers, timeout=PATIENCE)
        return answer.status_code, answer.content


@contextmanager
def relay(target: str) -> Generator[Relay]:
    """To this URL, from one of its own."""
    relay = Relay(target)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
            status, answer = relay.take(body, headers)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Not to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        relay.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield relay
        finally:
            relay.refused.set()
            server.shutdown()
