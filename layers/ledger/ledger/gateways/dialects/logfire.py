"""Pydantic Logfire: a stream is a span that only announces it, and a log with the usage once it has ended."""

from typing import Final

from ledger.gateways.dialects.dialect import Attributes, Dialect

_RAW: Final = "gen_ai.usage.raw"

LOGFIRE: Final = Dialect(
    title="Logfire",
    scopes=("logfire.",),
    own=Attributes(
        cache_read_tokens=(
            f"{_RAW}#prompt_tokens_details.cached_tokens",
            f"{_RAW}#input_tokens_details.cached_tokens",
            f"{_RAW}#cache_read_input_tokens",
        ),
        cache_written_tokens=(f"{_RAW}#cache_creation_input_tokens",),
        reasoning_tokens=(
            f"{_RAW}#completion_tokens_details.reasoning_tokens",
            f"{_RAW}#output_tokens_details.reasoning_tokens",
        ),
        cache_written_1h_tokens=(f"{_RAW}#cache_creation.ephemeral_1h_input_tokens",),
        input_audio_tokens=(f"{_RAW}#prompt_tokens_details.audio_tokens",),
        output_audio_tokens=(f"{_RAW}#completion_tokens_details.audio_tokens",),
        web_searches=(f"{_RAW}#server_tool_use.web_search_requests",),
        service_tier=(f"{_RAW}#service_tier",),
        duration=("duration",),
    ),
    announces_streams=True,
)
