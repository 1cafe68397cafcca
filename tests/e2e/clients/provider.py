"""A provider of models on the loopback interface that knows what it would bill: OpenAI's, Anthropic's and Google's API.

A request whose text asks it to fail is refused with 429. Everything else is answered with a made-up text, and with
numbers of tokens that no other call of the provider has.
"""

import json
import re
import secrets
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock, Thread
from typing import Any, Final

from tests.e2e.clients import anthropic_api, gemini_api, openai_api
from tests.e2e.clients.billed import Billed, Tokens

FIRST_CHUNK_SECONDS: Final = 0.05
PAUSE_SECONDS: Final = 0.02
PATHS: Final = {
    r"/v1/chat/completions": openai_api.chat,
    r"/v1/responses": openai_api.responses,
    r"/v1/embeddings": openai_api.embeddings,
    r"/v1/images/generations": openai_api.images,
    r"/v1/messages": anthropic_api.messages,
    r"/v1(?:beta)?/models/(?P<model>[^/:]+):(?P<method>generateContent|streamGenerateContent)": gemini_api.generate,
}


@dataclass
class Provider:
    """What was asked of it, in order."""

    url: str = ""
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    """Its answers' ids begin with it, as no two providers' do."""
    billed: list[Billed] = field(default_factory=list[Billed])
    _numbers: Iterable[int] = field(default_factory=lambda: count(1))
    _lock: Lock = field(default_factory=Lock)

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | list[str]]:
        """The status, and a body or the lines of a stream."""
        api, match = next(
            (api, match) for pattern, api in PATHS.items() if (match := re.fullmatch(pattern, path.split("?")[0]))
        )
        with self._lock:
            number = next(iter(self._numbers))
        call, answer = api(body | match.groupdict(), f"{self.name}{number}", Tokens.of(number))
        if "fail" in json.dumps(body):
            call, status, answer = call.failed(), 429, call.refusal
        else:
            status = 200
        with self._lock:
            self.billed.append(call)
        return status, answer


@contextmanager
def provider() -> Generator[Provider]:
    """One that has answered nothing yet."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status, answer = provider.answer(self.path, json.loads(body))
            except StopIteration:
                status, answer = 404, {"error": {"message": f"no such path: {self.path}", "type": "not_found"}}
            self.send_response(status)
            self.send_header("x-should-retry", "false")
            if isinstance(answer, list):
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for number, line in enumerate(answer):
                    time.sleep(PAUSE_SECONDS if number else FIRST_CHUNK_SECONDS)
                    self.wfile.write(line.encode())
                    self.wfile.flush()
            else:
                sent = json.dumps(answer).encode()
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Not to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield provider
        finally:
            server.shutdown()
