"""One emulator to a directory, and a way to find the process that runs it."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_one(directory: Path) -> Generator[None]:
    """Hold the directory's lock, with this process's id in it. The system lets go of it however the process ends."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "pid").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"a stack runs already in {directory}, as process {holder(directory)}") from None
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        yield


def holder(directory: Path) -> int | None:
    """The id of the process that holds the directory's lock."""
    try:
        with (directory / "pid").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return int((directory / "pid").read_text())
    return None
