"""Usage by reading the calls themselves: slow, plain, and what every faster way must equal."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ledger.calls.model_call import ModelCall
from ledger.core.scopes import Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Usage, counted, finest


def usage_of(
    calls: Iterable[ModelCall], boundaries: Sequence[int], scopes: Sequence[Scope]
) -> dict[Scope, list[Usage]]:
    """For each scope, what was used between each boundary and the next: ascending Unix seconds, around every call."""
    usage: dict[Scope, list[Usage]] = {scope: [defaultdict(Measures) for _ in boundaries[1:]] for scope in scopes}
    for call in calls:
        interval = bisect_right(boundaries, call.call_time) - 1
        for scope, series in counted(finest(call)):
            if scope in usage:
                usage[scope][interval][series] += Measures.of(call)
    return usage
