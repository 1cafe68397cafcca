"""The AWS emulator as a child process."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tools.lock import only_one
from tools.project import ROOT

START_SECONDS: Final = 30
STOP_SECONDS: Final = 10


@dataclass(frozen=True)
class Emulator:
    """A running emulator, with a directory for its files and those of what is deployed to it."""

    directory: Path
    endpoint_url: str
    api_url: str
    _process: subprocess.Popen[str]

    def serve(self, api_id: str) -> None:
        """Serve this HTTP API at `api_url`."""
        assert self._process.stdin  # noqa: S101 - it was started with a pipe
        print(api_id, file=self._process.stdin, flush=True)

    @property
    def log(self) -> Path:
        """What it says; what the functions say is in its CloudWatch Logs."""
        return self.directory / "emulator.log"

    @property
    def is_running(self) -> bool:
        """Whether its process still runs."""
        return self._process.poll() is None


@contextmanager
def emulator(directory: Path, *, api_port: int) -> Generator[Emulator]:
    """An emulator with nothing in it, for as long as the context lasts. There is one at a time in a directory."""
    with only_one(directory), _files(directory / "emulator") as files:
        _require_free(api_port)
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(files),
            "TMPDIR": str(files),
            "STATE_DIR": str(files / "state"),
            "S3_DATA_DIR": str(files / "s3"),
            "AUTH": "true",  # each function has the rights that its role gives it, and no others
            "GATEWAY_PORT": str(port),
            "API_PORT": str(api_port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONNOUSERSITE": "1",
        }
        with (directory / "emulator.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tools.local.gateway"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl-C in the terminal is for the parent, which then stops this
            )
        running = Emulator(directory, f"http://127.0.0.1:{port}", f"http://localhost:{api_port}", process)
        try:
            _wait_until_healthy(running)
            yield running
        finally:
            _stop(process)


@contextmanager
def _files(directory: Path) -> Generator[Path]:
    """An empty directory, removed afterwards; also where an emulator that was killed has left its files."""
    _remove(directory)
    directory.mkdir(parents=True)
    try:
        yield directory
    finally:
        _remove(directory)


def _remove(directory: Path) -> None:
    """Without waiting: each function has unpacked the layer for itself, and a disk may take a minute to forget that."""
    if directory.exists():
        directory.rename(directory.with_name(f"{directory.name}-{secrets.token_hex(4)}.old"))
    left = [str(path) for path in directory.parent.glob(f"{directory.name}-*.old")]
    subprocess.run(["sh", "-c", 'rm -rf -- "$@" >&- 2>&- &', "rm", *left], check=True)


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin  # noqa: S101 - it was started with a pipe
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _require_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise RuntimeError(f"port {port} cannot be used: {error.strerror}; `make run PORT=…` takes another") from None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _wait_until_healthy(running: Emulator) -> None:
    deadline = time.monotonic() + START_SECONDS
    while running.is_running and time.monotonic() < deadline:
        try:
            httpx.get(f"{running.endpoint_url}/_ministack/health").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the emulator did not start; its log is {running.log}")
