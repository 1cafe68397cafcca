"""Usage by reading the calls themselves: slow, plain, and what every faster way must equal."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ledger.errors import InvalidRequest, Problem
from ledger.measures import Measures
from ledger.model_call import ModelCall
from ledger.views import Usage, finest, views

MOST_CALLS = 200_000


def usage_of(calls: Iterable[ModelCall], boundaries: Sequence[int], scopes: Sequence[str]) -> dict[str, list[Usage]]:
    """For each scope, what was used between each boundary and the next.

    Boundaries are ascending Unix seconds; each belongs to the interval that it begins.
    Raises InvalidRequest where there are more calls than should be read for one answer.
    """
    usage: dict[str, list[Usage]] = {scope: [defaultdict(Measures) for _ in boundaries[1:]] for scope in scopes}
    for number, call in enumerate(calls):
        if number == MOST_CALLS:
            raise InvalidRequest(
                Problem("endTime", f"a range with at most {MOST_CALLS} calls, previous period included")
            )
        interval = bisect_right(boundaries, call.call_time) - 1
        for scope, series in views(finest(call)):
            if scope in usage:
                usage[scope][interval][series] += Measures.of(call)
    return usage
