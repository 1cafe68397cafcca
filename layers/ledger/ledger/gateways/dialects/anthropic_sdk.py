"""Anthropic's own SDK, which makes spans beside those of whatever instruments it."""

from typing import Final

from ledger.gateways.dialects.dialect import Attributes, Dialect

ANTHROPIC_SDK: Final = Dialect(title="Anthropic's SDK", scopes=("com.anthropic.sdk",), own=Attributes())
