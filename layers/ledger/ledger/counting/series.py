"""Series: what the scopes tell calls apart by, and in which scopes a call is counted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ledger.calls.call_filter import Conditions
from ledger.calls.model_call import ModelCall
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.measures import Measures


class Series(NamedTuple):
    """What a scope tells calls apart by. A part that the scope does not tell apart is empty."""

    type: str = ""
    provider_id: str = ""
    model: str = ""
    app_did: str = ""
    user_did: str = ""


type ScopedSeries = tuple[Scope, Series]
"""A scope, and a series in it."""

SERIES_ATTRIBUTES = ("type", "providerId", "model", "appDid", "userDid")
"""The parts of a series as items name them."""


def series_attributes(series: Series) -> dict[str, str]:
    return {name: text for name, text in zip(SERIES_ATTRIBUTES, series, strict=True) if text}


def series_of(item: Mapping[str, Any]) -> Series:
    """The series of an item, in DynamoDB's own notation."""
    return Series(*[item[name]["S"] if name in item else "" for name in SERIES_ATTRIBUTES])


type Usage = dict[Series, Measures]
"""The measures of one interval of time, by series."""


def added_up[Key](measures: Iterable[tuple[Key, Measures]]) -> dict[Key, Measures]:
    """The sum of the measures of each key."""
    parts: defaultdict[Key, list[Measures]] = defaultdict(list)
    for key, part in measures:
        parts[key].append(part)
    return {key: Measures.sum(of_key) if len(of_key) > 1 else of_key[0] for key, of_key in parts.items()}


def matches(series: Series, conditions: Conditions) -> bool:
    """Whether the calls of a series meet conditions on its parts. Conditions on other fields are not evaluated here."""
    return all(getattr(series, name) == value for name, value in conditions.items() if name in Series._fields)


def narrowed(usage: Usage, conditions: Conditions) -> Usage:
    """The usage of the series that meet conditions on their parts."""
    if not conditions:
        return usage
    return {series: measures for series, measures in usage.items() if matches(series, conditions)}


def finest(call: ModelCall) -> Series:
    """The series of a call in which every part is given."""
    return Series(call.type.value, call.provider_id, call.model, call.app_did or "", call.user_did)


def counted(series: Series) -> list[ScopedSeries]:
    """The scopes that count a call of this finest series: the user, everybody, and the app if any."""
    by_model = series._replace(app_did="", user_did="")
    own = (Scope.of_user(series.user_did), series._replace(user_did=""))
    if not series.app_did:
        return [own, (EVERYBODY, by_model)]
    return [own, (EVERYBODY, by_model), (Scope.of_app(series.app_did), by_model)]
