"""Explanations: who may ask for which, and the answer, in figures and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from ledger.calls.directory import Directory, DirectoryEntries
from ledger.core import exact_json, keys
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.identity import Identity
from ledger.core.moments import TimeLeft
from ledger.query import filters
from ledger.query.engine import QueryEngine
from ledger.query.explain_request import ExplainRequest
from ledger.query.explanation import Change, Effects, Key, Spent, changes
from ledger.query.queries import own
from ledger.query.question import Question

MOST_GROUPS = 100_000
"""Groups of a period, at the most."""


class Difference(TypedDict):
    """Credits more, or less: because there were more calls, because a call cost more, and because of which calls."""

    difference: Decimal
    """The sum of the three, to the last decimal."""
    volume: Decimal
    """Had all groups grown alike, at the prices of before."""
    price: Decimal
    """Of the calls of after, by what a call of the group cost before."""
    mix: Decimal
    """By the group's share of all calls. A group that is new is all mix."""


class PeriodUsage(TypedDict):
    startTime: int
    endTime: int
    calls: int
    credits: Decimal


class Used(TypedDict):
    calls: int
    credits: Decimal


class Mover(Difference):
    group: Mapping[str, str | None]
    """The text of each dimension; null for calls that have none."""
    before: Used
    after: Used
    sentence: str
    """The same in words."""


class Explanation(Difference):
    """Movers and rest are the whole difference, to the last decimal."""

    before: PeriodUsage
    after: PeriodUsage
    sentence: str
    """The same in words."""
    movers: list[Mover]
    """The groups that changed most, in either direction, first."""
    rest: Difference | None
    """All other groups; null where there are none."""
    asOf: int
    """The Unix second at which the calls were so."""


@dataclass(frozen=True)
class Explanations:
    """What answers them."""

    engine: QueryEngine
    directory: Directory

    def answer(self, identity: Identity, request: ExplainRequest, time_left: TimeLeft) -> Explanation:
        """The caller's own, or everybody's for those who may read all. Raises InvalidRequest where it is too much."""
        (before, as_of), (after, _) = (self._spent(identity, request, *period, time_left) for period in request.periods)
        found = changes(before, after)
        shown, left = found[: request.limit], found[request.limit :]
        effects = Effects.sum(change.effects for change in found)
        names = self.directory.look_up(*(_dids(request.group_by, name, shown) for name in ("user", "app")))
        total_before, total_after = _total(before), _total(after)
        return {
            **_difference(effects),
            "before": _period(request.periods[0], total_before),
            "after": _period(request.periods[1], total_after),
            "sentence": _sentence("All calls", total_before, total_after, effects, ("dearer calls", "cheaper calls")),
            "movers": [_mover(request.group_by, change, names) for change in shown],
            "rest": _difference(Effects.sum(change.effects for change in left)) if left else None,
            "asOf": as_of,
        }

    def _spent(
        self, identity: Identity, request: ExplainRequest, start: int, end: int, time_left: TimeLeft
    ) -> tuple[Mapping[Key, Spent], int]:
        """What each group spent in a period, and as of when."""
        if start >= end:
            return {}, start
        wanted = [*own(identity), *map(filters.condition, request.filters)]
        question = Question(start, end, ["calls", "credits"], request.group_by, None, wanted, limit=MOST_GROUPS)
        with self.engine.open(start, end, time_left) as calls:
            statement = calls.ask(question)
            if statement.number > MOST_GROUPS:
                raise InvalidRequest(Problem("groupBy", f"fewer dimensions: {statement.number:,} groups are too many"))
            return {tuple(row[:-2]): Spent(*row[-2:]) for row in statement.rows}, calls.as_of


def _dids(dimensions: Sequence[str], name: str, shown: Sequence[Change]) -> list[str]:
    if name not in dimensions:
        return []
    place = dimensions.index(name)
    return [did for did in {change.key[place] for change in shown} if did]


def _total(groups: Mapping[Key, Spent]) -> Spent:
    return Spent(
        sum(spent.calls for spent in groups.values()), sum((spent.credits for spent in groups.values()), Decimal(0))
    )


def _difference(effects: Effects) -> Difference:
    return {
        "difference": effects.difference,
        "volume": effects.volume,
        "price": effects.price,
        "mix": effects.mix,
    }


def _period(period: tuple[int, int], spent: Spent) -> PeriodUsage:
    return {"startTime": period[0], "endTime": period[1] - 1, "calls": spent.calls, "credits": spent.credits}


def _mover(dimensions: Sequence[str], change: Change, names: DirectoryEntries) -> Mover:
    group = dict(zip(dimensions, change.key, strict=True))
    who = ", ".join(_label(name, text, names) for name, text in group.items())
    return {
        **_difference(change.effects),
        "group": group,
        "before": {"calls": change.before.calls, "credits": change.before.credits},
        "after": {"calls": change.after.calls, "credits": change.after.credits},
        "sentence": _sentence(who, change.before, change.after, change.effects),
    }


def _label(dimension: str, text: str | None, names: DirectoryEntries) -> str:
    if text is None:
        return f"no {dimension}"
    if dimension == "app":
        return names.app_name(text)
    return names.user_name(text) if dimension == "user" and keys.user(text) in names.found else text


def _sentence(
    who: str,
    before: Spent,
    after: Spent,
    effects: Effects,
    mix: tuple[str, str] = ("a larger share of the calls", "a smaller share of the calls"),
) -> str:
    cost = f"{who}: {_digits(after.credits)} credits instead of {_digits(before.credits)}"
    if not effects.difference:
        return f"{cost}, no difference."
    more = f"{_digits(abs(effects.difference))} {'more' if effects.difference > 0 else 'less'}"
    if not before.calls:
        return f"{cost}, {more}: there were no such calls before."
    if not after.calls:
        return f"{cost}, {more}: there were no such calls any more."
    reasons = [
        (effects.volume, "more calls in all", "fewer calls in all"),
        (effects.price, "a call cost more", "a call cost less"),
        (effects.mix, *mix),
    ]
    told = [
        f"{'+' if amount > 0 else '-'}{_digits(abs(amount))} ({up if amount > 0 else down})"
        for amount, up, down in reasons
        if amount
    ]
    return f"{cost}, {more}: {', '.join(told)}."


def _digits(amount: Decimal) -> str:
    """To two decimals, or to the first two digits of less than that."""
    places = max(2, 1 - amount.adjusted()) if amount else 2
    return exact_json.plain(round(amount, places))
