"""The body of a statistics answer, built from the usage of intervals."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain

from ledger.calls.model_call import CallType
from ledger.core.time_zones import LocalDay
from ledger.counting.measures import Measures
from ledger.counting.series import Usage, added_up
from ledger.pricing.providers import provider
from ledger.statistics.answer_types import DayStats, ModelStats, ProviderName, Summary, Totals, Trend, UnpricedModel

MOST_MODELS = 5
MOST_UNPRICED_MODELS = 100
IN_TOKENS = frozenset({CallType.CHAT_COMPLETION, CallType.EMBEDDING})
"""The types whose totalUsage is a number of tokens."""


def totals(measures: Measures) -> Totals:
    return {
        "totalUsage": measures.total_usage,
        "totalCredits": measures.credits,
        "totalCalls": measures.calls,
        "successCalls": measures.successes,
    }


def summary(usage: Usage) -> Summary:
    """A whole range. Averages are over the calls that have a duration or a ttfb, to three decimals."""
    total = Measures.sum(usage.values())
    return {
        **totals(total),
        "failedCalls": total.failures,
        "unpricedCalls": total.unpriced,
        "modelCount": len(_by_model(usage)),
        "inputTokens": total.input_tokens,
        "outputTokens": total.output_tokens,
        "cacheReadInputTokens": total.cache_read_input_tokens,
        "cacheCreationInputTokens": total.cache_creation_input_tokens,
        "avgDuration": mean(total.duration, total.durations),
        "avgTtfb": mean(total.ttfb, total.ttfbs),
        "byType": by_type(usage),
    }


def daily_stats(days: Sequence[LocalDay], usages: Sequence[Usage]) -> list[DayStats]:
    """Every day of the range, ascending, those without calls too."""
    return [_day_stats(day, usage) for day, usage in zip(days, usages, strict=True)]


def _day_stats(day: LocalDay, usage: Usage) -> DayStats:
    total = Measures.sum(usage.values())
    types = by_type(usage)
    return {
        **totals(total),
        "date": day.date.isoformat(),
        "timestamp": day.midnight,
        "credits": total.credits,
        "tokens": sum((types[name]["totalUsage"] for name in types if name in IN_TOKENS), Decimal(0)),
        "requests": total.calls,
        "byType": types,
    }


def by_type(usage: Usage) -> dict[str, Totals]:
    types = added_up((series.type, measures) for series, measures in usage.items())
    return {name: totals(measures) for name, measures in sorted(types.items()) if measures.calls}


def model_stats(usage: Usage) -> list[ModelStats]:
    """The most used models, a model of two providers counted for each."""
    ranked = sorted(_by_model(usage).items(), key=lambda entry: (-entry[1].calls, -entry[1].credits_units, entry[0]))
    return [_model_stats(*model, measures) for model, measures in ranked[:MOST_MODELS]]


def _model_stats(provider_id: str, model: str, measures: Measures) -> ModelStats:
    return {**totals(measures), "providerId": provider_id, "model": model, "provider": provider_name(provider_id)}


def unpriced_models(usage: Usage) -> list[UnpricedModel]:
    """The models with calls without a known price, those with most of them first."""
    unpriced = [entry for entry in _by_model(usage).items() if entry[1].unpriced]
    unpriced.sort(key=lambda entry: (-entry[1].unpriced, entry[0]))
    return [
        {
            "providerId": provider_id,
            "model": model,
            "provider": provider_name(provider_id),
            "unpricedCalls": measures.unpriced,
            "totalCalls": measures.calls,
        }
        for (provider_id, model), measures in unpriced[:MOST_UNPRICED_MODELS]
    ]


def provider_name(provider_id: str) -> ProviderName:
    maker = provider(provider_id)
    return {"id": maker.id, "name": maker.name, "displayName": maker.display_name}


def _by_model(usage: Usage) -> dict[tuple[str, str], Measures]:
    models = added_up(((series.provider_id, series.model), measures) for series, measures in usage.items())
    return {model: measures for model, measures in models.items() if measures.calls}


def trend(current: Usage, previous: Usage) -> Trend:
    """A range beside the one of equal length before it."""
    now, before = Measures.sum(current.values()), Measures.sum(previous.values())
    return {
        "current": totals(now),
        "previous": totals(before),
        "growth": {
            "usageGrowth": growth(now.total_usage, before.total_usage),
            "creditsGrowth": growth(now.credits, before.credits),
            "callsGrowth": growth(now.calls, before.calls),
        },
    }


def growth(current: Decimal | int, previous: Decimal | int) -> Decimal:
    """The change as a fraction of what was, to six decimals; from nothing to something is 1."""
    if not previous:
        return Decimal(1 if current else 0)
    return _rounded(Decimal(current - previous) / Decimal(previous), 6)


def merged(usages: Iterable[Usage]) -> Usage:
    """The usage of several intervals as that of one."""
    return added_up(chain.from_iterable(usage.items() for usage in usages))


def mean(total: Decimal, number: int) -> Decimal | None:
    """To three decimals; None of nothing."""
    return _rounded(total / number, 3) if number else None


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places))
