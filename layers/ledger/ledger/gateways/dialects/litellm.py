"""LiteLLM's callback `otel`, in its first form and its second (`LITELLM_OTEL_V2`)."""

from typing import Final

from ledger.gateways.dialects.dialect import Attributes, Dialect
from ledger.gateways.litellm_call import TYPES

_USAGE: Final = "metadata.usage_object"

LITELLM: Final = Dialect(
    title="LiteLLM's `otel`",
    scopes=("litellm",),
    marks=("litellm.call_id",),
    own=Attributes(
        operation=("gen_ai.operation.name", "litellm.call_type", "llm.request.type"),
        prefixed_model=("litellm.provider.model",),
        input_tokens=("gen_ai.usage.input_tokens", f"{_USAGE}#prompt_tokens"),
        output_tokens=("gen_ai.usage.output_tokens", f"{_USAGE}#completion_tokens"),
        cache_read_tokens=(
            f"{_USAGE}#cache_read_input_tokens",
            f"{_USAGE}#prompt_tokens_details.cached_tokens",
        ),
        cache_written_tokens=(
            f"{_USAGE}#cache_creation_input_tokens",
            f"{_USAGE}#prompt_tokens_details.cache_creation_tokens",
        ),
        reasoning_tokens=(f"{_USAGE}#completion_tokens_details.reasoning_tokens",),
        cache_written_1h_tokens=(
            f"{_USAGE}#prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
        ),
        input_audio_tokens=(f"{_USAGE}#prompt_tokens_details.audio_tokens",),
        output_audio_tokens=(f"{_USAGE}#completion_tokens_details.audio_tokens",),
        web_searches=(
            f"{_USAGE}#server_tool_use.web_search_requests",
            f"{_USAGE}#prompt_tokens_details.web_search_requests",
        ),
        service_tier=(f"{_USAGE}#service_tier",),
        cost=("litellm.cost.total", "gen_ai.cost.total_cost"),
        cache_hit=("litellm.cache_hit",),
        user=(
            "litellm.metadata.user_api_key_end_user_id",
            "metadata.user_api_key_end_user_id",
            "llm.user",
            "litellm.metadata.user_api_key_user_id",
            "metadata.user_api_key_user_id",
        ),
        app=(
            "litellm.team.id",
            "litellm.metadata.user_api_key_team_id",
            "metadata.user_api_key_team_id",
            "litellm.metadata.user_api_key_alias",
            "metadata.user_api_key_alias",
        ),
        conversation=("litellm.metadata.session_id",),
    ),
    types=TYPES,
    others=frozenset({"raw_gen_ai_request"}),
)
