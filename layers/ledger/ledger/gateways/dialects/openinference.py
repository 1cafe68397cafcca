"""OpenInference, of Arize Phoenix: https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md."""

from typing import Final

from ledger.calls.model_call import CallType
from ledger.gateways.dialects.dialect import Attributes, Dialect

LANGCHAIN: Final = frozenset(
    {"openinference.instrumentation.langchain", "@arizeai/openinference-instrumentation-langchain"}
)
"""Scopes of spans that LangChain's callbacks make: beside those of the SDK below LangChain, not above."""

OPENINFERENCE: Final = Dialect(
    title="OpenInference",
    scopes=("openinference.", "@arizeai/openinference"),
    marks=("openinference.span.kind",),
    own=Attributes(
        operation=("openinference.span.kind",),
        provider=("llm.provider", "embedding.provider", "llm.system"),
        requested_model=(
            "llm.request.model_name",
            "llm.invocation_parameters#model",
            "embedding.invocation_parameters#model",
        ),
        answered_model=("llm.response.model_name", "llm.model_name", "embedding.model_name"),
        response_id=(
            "output.value#llm_output.id",
            "output.value#generations.0.0.message.kwargs.response_metadata.id",
        ),
        input_tokens=("llm.token_count.prompt",),
        output_tokens=("llm.token_count.completion",),
        cache_read_tokens=("llm.token_count.prompt_details.cache_read",),
        cache_written_tokens=("llm.token_count.prompt_details.cache_write",),
        reasoning_tokens=("llm.token_count.completion_details.reasoning",),
        input_audio_tokens=("llm.token_count.prompt_details.audio",),
        output_audio_tokens=("llm.token_count.completion_details.audio",),
    ),
    first_chunk_events=("First Token Stream Event",),
    types={"LLM": CallType.CHAT_COMPLETION, "EMBEDDING": CallType.EMBEDDING},
    others=frozenset(
        {"AGENT", "CHAIN", "EVALUATOR", "GUARDRAIL", "PROMPT", "RERANKER", "RETRIEVER", "TOOL", "UNKNOWN"}
    ),
)
