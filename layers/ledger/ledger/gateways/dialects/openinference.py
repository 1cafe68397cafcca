"""OpenInference, of Arize Phoenix: https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md."""

from typing import Final

from ledger.calls.model_call import CallType
from ledger.gateways.dialects.dialect import Attributes, Dialect

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
        input_tokens=("llm.token_count.prompt",),
        output_tokens=("llm.token_count.completion",),
        cache_read_tokens=("llm.token_count.prompt_details.cache_read",),
        cache_written_tokens=("llm.token_count.prompt_details.cache_write",),
        reasoning_tokens=("llm.token_count.completion_details.reasoning",),
    ),
    first_chunk_events=("First Token Stream Event",),
    types={"LLM": CallType.CHAT_COMPLETION, "EMBEDDING": CallType.EMBEDDING},
    others=frozenset(
        {"AGENT", "CHAIN", "EVALUATOR", "GUARDRAIL", "PROMPT", "RERANKER", "RETRIEVER", "TOOL", "UNKNOWN"}
    ),
)
