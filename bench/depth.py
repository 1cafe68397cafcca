"""How many requests of a piece of code are in sequence, because each needs the answer to the one before.

Nothing is timed. Work that the code submits to threads is done at once instead, one piece after the other. A request
counts as begun when it is submitted, and as answered when the code waits for its result.
"""

from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, cast

from ledger.aws import concurrency, dynamodb


class Depth(Executor):
    """An executor in place of the threads. `reached` is the number of requests in sequence so far."""

    def __init__(self) -> None:
        self.reached = 0

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        before = self.reached
        answer = _Answer[T](self)
        answer.set_result(fn(*args, **kwargs))
        answer.depth, self.reached = self.reached, before
        return answer

    def count(self, **_: object) -> None:
        self.reached += 1


class _Answer[T](Future[T]):
    depth = 0

    def __init__(self, executor: Depth) -> None:
        super().__init__()
        self._executor = executor

    def result(self, timeout: float | None = None) -> T:
        self._executor.reached = max(self._executor.reached, self.depth)
        return super().result(timeout)


@contextmanager
def depth() -> Generator[Depth]:
    """Count the requests in sequence that are made within the context."""
    threads, counted = concurrency.threads, Depth()
    events = cast("Any", dynamodb.client().meta.events)
    events.register("before-call.dynamodb", counted.count)
    concurrency.threads = cast("Any", lambda: counted)
    try:
        yield counted
    finally:
        concurrency.threads = threads
        events.unregister("before-call.dynamodb", counted.count)
