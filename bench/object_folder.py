"""The part of S3 that reading the archive needs, on loopback: the files of a folder are the objects of its bucket."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.loopback import serving


class _Folder(ThreadingHTTPServer):
    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.folder = folder


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Folder  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        path = self.server.folder / Path(self.path).name
        self.send_response(200)
        self.send_header("Content-Length", str(path.stat().st_size))
        self.end_headers()
        with path.open("rb") as file:
            shutil.copyfileobj(file, self.wfile)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
        pass


@contextmanager
def object_folder(folder: Path) -> Generator[str]:
    """Serve an S3 whose objects are the files of a folder, by the last part of their keys. The value is the URL."""
    with serving(_Folder(folder)) as url:
        yield url
