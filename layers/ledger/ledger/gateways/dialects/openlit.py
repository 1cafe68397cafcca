"""OpenLIT: token counts as providers send them, and costs that are estimates of its own."""

from typing import Final

from ledger.gateways.dialects.dialect import Attributes, CachedTokens, Dialect

OPENLIT: Final = Dialect(
    title="OpenLIT",
    scopes=("openlit",),
    own=Attributes(),
    unread=frozenset({"gen_ai.usage.cost"}),
    cached_tokens=CachedTokens.AS_PROVIDER,
)
