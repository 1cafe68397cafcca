"""OpenTelemetry's conventions for generative AI: the names of today, then older ones.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from typing import Final

from ledger.calls.model_call import CallType
from ledger.gateways.dialects.dialect import Attributes, Dialect

OPENTELEMETRY: Final = Dialect(
    title="OpenTelemetry's conventions, and unknown instrumentations",
    own=Attributes(
        operation=("gen_ai.operation.name", "llm.request.type"),
        provider=("gen_ai.provider.name", "gen_ai.system"),
        requested_model=("gen_ai.request.model",),
        answered_model=("gen_ai.response.model",),
        response_id=("gen_ai.response.id",),
        input_tokens=("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        output_tokens=("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        cache_read_tokens=(
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
        ),
        cache_written_tokens=(
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
        ),
        reasoning_tokens=(
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.details.reasoning_tokens",
        ),
        cache_written_1h_tokens=("anthropic.usage.cache_creation.ephemeral_1h_input_tokens",),
        input_audio_tokens=("gen_ai.usage.details.input_audio_tokens",),
        cache_read_audio_tokens=("gen_ai.usage.details.cache_audio_read_tokens",),
        output_audio_tokens=("gen_ai.usage.details.output_audio_tokens",),
        service_tier=(
            "openai.response.service_tier",
            "gen_ai.openai.response.service_tier",
            "anthropic.response.service_tier",
        ),
        cost=("gen_ai.usage.cost",),
        first_chunk_seconds=(
            "gen_ai.response.time_to_first_chunk",
            "gen_ai.client.operation.time_to_first_chunk",
            "gen_ai.server.time_to_first_token",
        ),
        user=("user.id", "enduser.id", "gen_ai.user", "gen_ai.request.user"),
        conversation=("gen_ai.conversation.id", "session.id"),
        output_type=("gen_ai.output.type",),
        error=("error.type",),
    ),
    types={
        "chat": CallType.CHAT_COMPLETION,
        "generate_content": CallType.CHAT_COMPLETION,
        "text_completion": CallType.CHAT_COMPLETION,
        "completion": CallType.CHAT_COMPLETION,
        "embeddings": CallType.EMBEDDING,
        "embedding": CallType.EMBEDDING,
    },
    others=frozenset({"invoke_agent", "create_agent", "execute_tool", "invoke_workflow"}),
)
