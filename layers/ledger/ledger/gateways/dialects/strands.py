"""Strands Agents, of AWS: it names itself as the provider, and measures in milliseconds."""

from typing import Final

from ledger.gateways.dialects.dialect import Attributes, Dialect

STRANDS: Final = Dialect(
    title="Strands Agents",
    scopes=("strands.",),
    own=Attributes(first_chunk_milliseconds=("gen_ai.server.time_to_first_token",)),
    unread=frozenset({"gen_ai.server.time_to_first_token"}),
    others=frozenset({"execute_event_loop_cycle", "invoke_swarm", "invoke_graph"}),
    frameworks=frozenset({"strands-agents"}),
)
