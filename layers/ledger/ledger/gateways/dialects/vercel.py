"""The AI SDK for JavaScript, of Vercel: version 6 in names of its own, version 7 by `@ai-sdk/otel`."""

from typing import Final

from ledger.calls.model_call import CallType
from ledger.gateways.dialects.dialect import Attributes, Dialect

_TEXTS: Final = ("ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject")
_VECTORS: Final = ("ai.embed", "ai.embedMany")
_METADATA: Final = "ai.response.providerMetadata"

VERCEL_6: Final = Dialect(
    title="Vercel AI SDK 6",
    scopes=("ai",),
    marks=("ai.operationId",),
    own=Attributes(
        operation=("ai.operationId",),
        provider=("ai.model.provider",),
        requested_model=("ai.model.id",),
        answered_model=("ai.response.model",),
        response_id=("ai.response.id",),
        input_tokens=("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
        output_tokens=("ai.usage.outputTokens", "ai.usage.completionTokens"),
        cache_read_tokens=("ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"),
        cache_written_tokens=("ai.usage.inputTokenDetails.cacheWriteTokens",),
        reasoning_tokens=("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
        cache_written_1h_tokens=(f"{_METADATA}#anthropic.usage.cache_creation.ephemeral_1h_input_tokens",),
        web_searches=(f"{_METADATA}#anthropic.usage.server_tool_use.web_search_requests",),
        service_tier=(f"{_METADATA}#openai.serviceTier", f"{_METADATA}#anthropic.usage.service_tier"),
        first_chunk_milliseconds=("ai.response.msToFirstChunk",),
        user=("ai.telemetry.metadata.userId", "ai.telemetry.metadata.user.id", "ai.telemetry.metadata.user_id"),
        conversation=("ai.telemetry.metadata.sessionId",),
    ),
    types={
        f"{operation}.{step}": CallType.CHAT_COMPLETION for operation in _TEXTS for step in ("doGenerate", "doStream")
    }
    | {f"{operation}.doEmbed": CallType.EMBEDDING for operation in _VECTORS},
    others=frozenset({*_TEXTS, *_VECTORS, "ai.toolCall", "ai.rerank"}),
)
VERCEL_7: Final = Dialect(
    title="Vercel AI SDK 7",
    scopes=("gen_ai",),
    own=Attributes(),
    others=frozenset({"agent_step"}),
)
