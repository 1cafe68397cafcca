"""Microsoft's Agent Framework: OpenTelemetry's conventions, with itself as the provider of agents."""

from typing import Final

from ledger.gateways.dialects.dialect import Attributes, Dialect

AGENT_FRAMEWORK: Final = Dialect(
    title="Microsoft Agent Framework",
    scopes=("agent_framework",),
    own=Attributes(),
    frameworks=frozenset({"microsoft.agent_framework"}),
)
