"""The threads in which a function reads and writes at once, and reads that run in them."""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from functools import cache
from itertools import chain

THREADS = 32


@cache
def threads() -> Executor:
    """The threads of this execution environment. A task must not wait for another task, or all may wait forever."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="aws")


class ParallelQueries[T]:
    """Queries that start together. Iterating waits for their results, in the order in which the queries are given."""

    def __init__(self, queries: Iterable[Iterator[T]]) -> None:
        self._results: list[Future[list[T]]] = [threads().submit(list, query) for query in queries]

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(result.result() for result in self._results)


def pages_as_completed[T](queries: Iterable[Iterator[T]]) -> Iterator[T]:
    """The pages of several queries, in the order in which they arrive. Each query reads one page ahead."""
    reading = {threads().submit(next, query, None): query for query in queries}
    while reading:
        completed, _ = wait(reading, return_when=FIRST_COMPLETED)
        for future in completed:
            query, page = reading.pop(future), future.result()
            if page is not None:
                reading[threads().submit(next, query, None)] = query
                yield page
