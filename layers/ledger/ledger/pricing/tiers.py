"""Service tiers: how a provider served a call, which may have other prices than the standard."""

from typing import Final

from ledger.calls.model_call import ModelCall

STANDARD: Final = frozenset({"", "standard", "default", "auto", "on_demand"})
"""What providers call the tier that has the standard prices, in lower case."""
_ON_DEMAND: Final = "on_demand_"
"""Google's prefix of its tiers."""


def special_tier(call: ModelCall) -> str | None:
    """Returns the tier of a call, such as `batch`, `flex` or `priority`; None for what is served at standard prices."""
    tier = (call.service_tier or "").lower().removeprefix(_ON_DEMAND)
    return None if tier in STANDARD else tier
