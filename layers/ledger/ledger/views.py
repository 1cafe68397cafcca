"""The views a call is counted in: each names a scope, and a series in it."""

from typing import NamedTuple

from ledger import keys
from ledger.measures import Measures
from ledger.model_call import ModelCall


class Series(NamedTuple):
    """What a scope tells calls apart by; a part that a scope does not tell apart is empty."""

    type: str = ""
    provider_id: str = ""
    model: str = ""
    app_did: str = ""
    user_did: str = ""


type Usage = dict[Series, Measures]
"""What was used in one interval, by series."""


def views(call: ModelCall) -> list[tuple[str, Series]]:
    """Every scope that counts the call, with its series there.

    A user's own usage, everybody's, an app's, and the boards of all users and of all apps.
    """
    by_model = Series(call.type.value, call.provider_id, call.model)
    counted = [
        (keys.user(call.user_did), by_model._replace(app_did=call.app_did or "")),
        (keys.ALL, by_model),
        (keys.USERS, Series(user_did=call.user_did)),
    ]
    if call.app_did:
        counted += [(keys.app(call.app_did), by_model), (keys.APPS, Series(app_did=call.app_did))]
    return counted
