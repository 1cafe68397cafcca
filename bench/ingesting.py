"""The conversion of a gateway's requests into priced calls, and pricing alone. No database takes part.

The conversion is beside json.loads of the same body, and pricing is beside the library that has the prices.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle, islice
from typing import Any, Final

from genai_prices import Usage, calc_price

from bench.engine import CALLS
from bench.figures import Baseline, Figure
from ledger.calls.call_input import validate_call
from ledger.calls.model_call import CostSource, ModelCall
from ledger.gateways import litellm_call
from ledger.gateways.litellm_batch import rows
from ledger.gateways.litellm_payload import read
from ledger.pricing.meters import Meter
from ledger.pricing.price_list import PriceList
from ledger.pricing.prices import Prices, Steps
from ledger.pricing.rate_book import PricedRate, RateBook

BATCH: Final = 512
"""Rows that LiteLLM sends in one request."""
ROUNDS: Final = 15
RATES: Final = 100
MODELS: Final = ("gpt-4o-mini", "gpt-5", "gpt-5-mini", "claude-sonnet-4-5", "gemini-2.5-pro")

_COSTS: Final = (
    *("input_cost", "output_cost", "total_cost", "tool_usage_cost", "service_tier", "data_residency", "margin_percent"),
    *("original_cost", "discount_percent", "discount_amount", "margin_fixed_amount", "margin_total_amount"),
)
_ERRORS: Final = (
    *("error_code", "error_class", "llm_provider", "traceback", "error_message", "error_provider_request_id"),
    *("error_rate_limit_category", "error_rate_limit_type", "error_budget_entity_type", "error_budget_entity_id"),
    *("error_budget_limit", "error_budget_spend", "normalized_error"),
)
_HIDDEN: Final = (
    *("cache_key", "api_base", "response_cost", "litellm_overhead_time_ms", "batch_models", "litellm_model_name"),
    *("batch_successful_requests", "batch_failed_requests", "additional_headers", "usage_object"),
)
_UNSET: Final = (
    *("user_api_key_max_budget", "user_api_key_budget_reset_at", "user_api_key_user_spend", "user_api_key_team_spend"),
    *("user_api_key_user_max_budget", "user_api_key_team_max_budget", "user_api_key_project_id", "routing_decision"),
    *("spend_logs_metadata", "prompt_management_metadata", "mcp_tool_call_metadata", "cold_storage_object_key"),
    *("vector_store_request_metadata", "user_api_key_project_alias", "user_api_key_org_alias", "team_alias"),
)


def figures(now: int) -> Iterator[Figure]:
    """Measure a batch as the proxy sends it by default, one without the excluded fields, and then pricing alone."""
    yield from _litellm(now)
    yield from _pricing(now)


def _litellm(now: int) -> Iterator[Figure]:
    prices = PriceList(RateBook([], []))
    for scenario, note, body in (
        ("litellm-batch", "512 rows of {:.1f} KB, as LiteLLM sends them by default", _body(now, everything=True)),
        ("litellm-batch-lean", "512 rows of {:.1f} KB, without the excluded fields", _body(now, everything=False)),
    ):
        assert len(_priced(body, now, prices)) == BATCH  # noqa: S101
        ours, theirs = _fastest(lambda body=body: _priced(body, now, prices), lambda body=body: json.loads(body))
        yield Figure(
            scenario,
            BATCH,
            seconds=ours,
            calls_per_second=BATCH / ours,
            baseline=Baseline("json.loads", theirs),
            note=f"{note.format(len(body) / BATCH / 1_000)}; {ours / theirs:.2f} times json.loads",
        )


def _pricing(now: int) -> Iterator[Figure]:
    """Measure the pricing of a thousand calls of five models, with cached tokens."""
    row = {"userDid": "a", "type": "chatCompletion", "status": "success", "callTime": now}
    models = list(islice(cycle(MODELS), 1_000))
    sent = [
        {
            **row,
            "providerId": _provider(model),
            "model": model,
            "usageMetrics": {"inputTokens": number, "outputTokens": 9},
        }
        for number, model in enumerate(models)
    ]
    calls = [validate_call(one, now=now, retention=CALLS.retention).to_call(now) for one in sent]
    steps = Steps((), (Prices({Meter.INPUT: Decimal("0.00000125"), Meter.OUTPUT: Decimal("0.00001")}),))
    of_others = [PricedRate(f"rate {number}", "", f"model-{number}*", 0, steps, {}) for number in range(RATES - 1)]
    own = PricedRate("rate", "", "*", 0, steps, {})
    for source, rates in ((CostSource.CATALOGUE, []), (CostSource.RATE, [*of_others, own])):
        prices = PriceList(RateBook(rates, []))
        assert all(prices.price(call).cost_source is source for call in calls)  # noqa: S101
        ours, theirs = _fastest(
            lambda prices=prices: [prices.price(call) for call in calls], lambda: [_by_library(call) for call in calls]
        )
        yield Figure(
            f"price-{source}",
            len(calls),
            seconds=ours,
            calls_per_second=len(calls) / ours,
            baseline=Baseline("genai_prices.calc_price", theirs),
            note=f"with {len(rates)} rates; {theirs / ours:.1f} times as fast",
        )


def _by_library(call: ModelCall) -> Decimal:
    usage = Usage(input_tokens=call.input_tokens, output_tokens=call.output_tokens)
    at = datetime.fromtimestamp(call.call_time, UTC)
    return calc_price(usage, call.model, provider_id=call.provider_id, genai_request_timestamp=at).total_price


def _provider(model: str) -> str:
    return "google" if model.startswith("gemini") else "openai" if model.startswith("gpt") else "anthropic"


def _priced(body: str, now: int, prices: PriceList) -> list[ModelCall]:
    """Price each call again, because no two real batches have the same calls."""
    sent = (litellm_call.call(payload, "key:bench") for row in rows(body) if (payload := read(row)))
    calls = (validate_call(call, now=now, retention=CALLS.retention).to_call(now) for call in sent)
    return [prices.price(call) for call in calls]


def _fastest(*tasks: Callable[[], object]) -> list[float]:
    """Returns the least processor time of each. They take turns, so that other work on the machine affects all."""
    best = [float("inf")] * len(tasks)
    for _ in range(ROUNDS):
        for place, task in enumerate(tasks):
            begun = time.process_time()
            task()
            best[place] = min(best[place], time.process_time() - begun)
    return best


def _body(now: int, *, everything: bool) -> str:
    """Returns a body with rows, of which one in four has no cost, so that the catalogue prices it."""
    return json.dumps([_row(number, now, everything=everything) for number in range(BATCH)])


def _row(number: int, now: int, *, everything: bool) -> dict[str, Any]:
    """Returns a row with the fields and sizes that a proxy of LiteLLM 1.106 sends."""
    model = MODELS[number % len(MODELS)]
    start, prompt, output, cached = now - 60 + number / 100, 900 + number, 100 + number, number
    row: dict[str, Any] = {
        "id": f"chatcmpl-{uuid.UUID(int=number)}",
        "litellm_call_id": str(uuid.UUID(int=number)),
        "trace_id": str(uuid.UUID(int=number + 1)),
        "call_type": "acompletion",
        "cache_hit": False,
        "stream": True,
        "status": "success",
        "status_fields": {"llm_api_status": "success", "guardrail_status": "not_run"},
        "custom_llm_provider": _provider(model),
        "saved_cache_cost": 0.0,
        "startTime": start + 0.784052,
        "endTime": start + 3.878525,
        "completionStartTime": start + 1.217655,
        "response_time": 0.4336030,
        "model": model,
        "model_group": "fast",
        "model_id": "6532f53e33379c185b66a8556759846fd93c69d4a1e8beab63a657ce15fa9a0f",
        "api_base": "https://api.openai.com/v1",
        "response_cost": 0.0 if number % 4 == 0 else 1.35e-05 * (number + 1),
        "cost_breakdown": dict.fromkeys(_COSTS, 1.35e-05),
        "total_tokens": prompt + output,
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "request_tags": ["team-a", "night", "User-Agent: python-httpx", "User-Agent: python-httpx/0.28"],
        "end_user": f"did:user:{number % 50}",
        "requester_ip_address": "127.0.0.1",
        "error_information": dict.fromkeys(_ERRORS),
        "metadata": {
            **{f"user_api_key_{name}": f"the {name}" for name in ("hash", "alias", "user_id", "team_id", "org_id")},
            **dict.fromkeys(_UNSET),
            "requester_metadata": {"headers": {f"x-header-{n}": "a value of some length" for n in range(8)}},
            "usage_object": {
                "prompt_tokens": prompt,
                "completion_tokens": output,
                "total_tokens": prompt + output,
                "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": None, "text_tokens": prompt},
                "completion_tokens_details": {"reasoning_tokens": number, "audio_tokens": None},
            },
        },
        "hidden_params": {**dict.fromkeys(_HIDDEN), "model_id": "6532f53e33379c185b66a8556759846fd93c69d4a1e8beab"},
        "standard_built_in_tools_params": {"web_search_options": None, "file_search": None},
    }
    if everything:
        row |= {
            "messages": [{"role": "user", "content": "What is the answer to everything? " * 6}],
            "response": {"choices": [{"message": {"role": "assistant", "content": "Forty-two. " * 20}}]},
            "model_parameters": {"stream": True, "user": row["end_user"]},
            "model_map_information": {
                "model_map_key": model,
                "model_map_value": {f"price_of_something_{n}": 1.5e-07 if n % 3 else None for n in range(180)},
            },
        }
    return row
