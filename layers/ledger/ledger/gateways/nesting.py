"""Groups of things, and which of them are below others."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class End:
    """Groups that nothing is below, taken as one, and the levels of groups above them, the nearest first."""

    groups: frozenset[int]
    above: Sequence[frozenset[int]]


def groups[K: Hashable](keys: Sequence[K], pairs: Iterable[tuple[K, K]]) -> list[list[K]]:
    """Keys in groups, so that those of each pair are in the same."""
    leaders = {key: key for key in keys}

    def leader(of: K) -> K:
        while leaders[of] != of:
            leaders[of] = leaders[leaders[of]]
            of = leaders[of]
        return of

    for one, other in pairs:
        leaders[leader(one)] = leader(other)
    found: defaultdict[K, list[K]] = defaultdict(list)
    for key in keys:
        found[leader(key)].append(key)
    return list(found.values())


def ends(number: int, pairs: Iterable[tuple[int, int]]) -> list[End]:
    """The ends among so many groups, given the pairs of one group and another that is below it.

    Groups that are below each other are one end, if nothing else is below them. So there is always an end.
    """
    below: defaultdict[int, set[int]] = defaultdict(set)
    above: defaultdict[int, set[int]] = defaultdict(set)
    for upper, lower in pairs:
        below[upper].add(lower)
        above[lower].add(upper)
    found: dict[frozenset[int], End] = {}
    for start in range(number):
        same = frozenset({start}).union(*_levels({start}, below))
        if same <= frozenset({start}).union(*_levels({start}, above)):
            found[same] = End(same, _levels(same, above))
    return list(found.values())


def _levels(start: Iterable[int], neighbours: Mapping[int, set[int]]) -> list[frozenset[int]]:
    """The groups that are reached from some, by the number of steps."""
    levels: list[frozenset[int]] = []
    known = level = frozenset(start)
    while level := frozenset(each for one in level for each in neighbours.get(one, ())) - known:
        levels.append(level)
        known |= level
    return levels
