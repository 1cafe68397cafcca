"""OpenLLMetry, of Traceloop: OpenTelemetry's conventions, with users and sessions as association properties."""

from typing import Final

from ledger.gateways.dialects.dialect import Attributes, Dialect

_PROPERTIES: Final = "traceloop.association.properties."

OPENLLMETRY: Final = Dialect(
    title="OpenLLMetry",
    scopes=("opentelemetry.instrumentation.", "@traceloop/"),
    marks=("traceloop.association.properties.user_id", "traceloop.entity.path", "traceloop.workflow.name"),
    own=Attributes(
        user=(
            f"{_PROPERTIES}user_id",
            f"{_PROPERTIES}userId",
            f"{_PROPERTIES}user.id",
            f"{_PROPERTIES}end_user_id",
            f"{_PROPERTIES}customer_id",
        ),
        conversation=(f"{_PROPERTIES}session_id", f"{_PROPERTIES}thread_id", f"{_PROPERTIES}chat_id"),
    ),
    first_chunk_events=("gen_ai.content.completion.chunk", "llm.content.completion.chunk"),
)
