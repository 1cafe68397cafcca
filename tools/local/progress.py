"""What takes a while says so."""

import time
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def step(name: str) -> Generator[None]:
    """Print what is being done and, when it is done, how long it took."""
    print(f"{name}…", end=" ", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{time.monotonic() - started:.1f} s", flush=True)
