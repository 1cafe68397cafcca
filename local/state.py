"""What a running `make run` leaves for others to find: .local/stack.json, and a lock that says it is still there."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ledger.identity import Role
from local.stack import EMULATOR_REGION, Stack

DIRECTORY: Final = Path(__file__).parent.parent / ".local"
STACK_FILE: Final = DIRECTORY / "stack.json"
LOCK_FILE: Final = DIRECTORY / "run.pid"


@contextmanager
def only_run() -> Generator[None]:
    """Hold the lock, with this process's id in it. The system lets go of it when the process ends, however it ends."""
    DIRECTORY.mkdir(exist_ok=True)
    with LOCK_FILE.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"a stack runs already, as process {running_process()}; `make stop` stops it") from None
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        STACK_FILE.unlink(missing_ok=True)
        try:
            yield
        finally:
            STACK_FILE.unlink(missing_ok=True)


def running_process() -> int | None:
    """The id of the process that holds the lock."""
    if not LOCK_FILE.exists():
        return None
    with LOCK_FILE.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read())
    return None


def stop_running() -> None:
    """Stop the running stack, and return when it has stopped."""
    process = running_process()
    if process is None:
        raise RuntimeError("no stack is running")
    os.kill(process, signal.SIGTERM)
    while running_process() == process:
        time.sleep(0.1)


def write(stack: Stack, users: Sequence[str]) -> dict[str, str]:
    """Leave a description of the stack, with a token for each role. Returns the tokens."""
    tokens = {
        "admin": stack.token("local-admin", Role.ADMIN),
        "recorder": stack.token("local-recorder", Role.RECORDER),
        "user": stack.token(users[0], Role.USER),
    }
    description = {
        "apiUrl": stack.api_url,
        "awsEndpointUrl": stack.endpoint_url,
        "region": EMULATOR_REGION,
        "stackName": stack.name,
        "tokens": tokens,
        "users": users,
    }
    STACK_FILE.write_text(json.dumps(description, indent=2) + "\n")
    return tokens


def running_stack() -> Stack:
    """The stack that `make run` serves."""
    if running_process() is None or not STACK_FILE.exists():
        raise RuntimeError("no stack is running; `make run` starts one")
    description: dict[str, Any] = json.loads(STACK_FILE.read_text())
    return Stack(description["stackName"], description["awsEndpointUrl"], description["apiUrl"])
