"""Calls with anything in every field, for hypothesis."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall


def calls_with(
    *,
    texts: st.SearchStrategy[str],
    amounts: st.SearchStrategy[Decimal],
    counts: st.SearchStrategy[int],
    **fields: st.SearchStrategy[Any],
) -> st.SearchStrategy[ModelCall]:
    """Calls of these texts, amounts and counts, and of other fields as they are given. What may be missing may be."""
    usual: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("id", "user_did", "provider_id", "model"), texts),
        **dict.fromkeys(("credits", "total_usage"), amounts),
        **dict.fromkeys(
            ("cost_usd", "list_cost_usd", "cache_savings", "duration", "ttfb", "provider_ttfb"), st.none() | amounts
        ),
        **dict.fromkeys(
            ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"), counts
        ),
        **dict.fromkeys(
            (
                *("priced_by", "error_reason", "app_did", "request_id", "trace_id", "credential_id"),
                *("response_model", "service_tier"),
            ),
            st.none() | texts,
        ),
        "type": st.sampled_from(CallType),
        "status": st.sampled_from(CallStatus),
        "cost_source": st.sampled_from(CostSource),
        **dict.fromkeys(
            ("other_usage", "list_costs"), st.none() | st.dictionaries(texts, amounts, min_size=1, max_size=3)
        ),
    }
    return st.builds(ModelCall, **usual | fields)
