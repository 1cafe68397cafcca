"""Costs in the FinOps Open Cost and Usage Specification (FOCUS) 1.2: https://focus.finops.org.

A row is what one meter cost on a UTC day: of a model of a provider, a service tier, a source of costs, and tags. US
dollars are in the columns that FOCUS has for the currency of a bill, and credits in those for the currency of prices.
What nobody knows is null, and never zero.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, Final, TypedDict

from ledger.calls.model_call import CostSource
from ledger.core import exact_json
from ledger.core.errors import Forbidden, InvalidRequest, Problem
from ledger.core.identity import Identity
from ledger.core.moments import DAY, TimeLeft
from ledger.core.money import EXACT, ten_places
from ledger.pricing.meters import Meter
from ledger.pricing.providers import provider
from ledger.pricing.rate_book import RateBook
from ledger.query.chargebacks import shared
from ledger.query.dimensions import text
from ledger.query.engine import QueryEngine
from ledger.query.focus_request import FocusRequest
from ledger.query.meter_sql import QUANTITY

MOST_ROWS: Final = 10_000
_SERIES: Final = """
    CREATE OR REPLACE TEMP TABLE charged AS
    SELECT *, call_time // {day} AS day, list_costs IS NULL AS is_unlisted, cost_usd IS NULL AS is_in_credits, {tags}
    FROM {view} WHERE call_time BETWEEN ? AND ?
"""
_KEYS: Final = ("day", "provider_id", "model", "service_tier", "cost_source", "is_unlisted", "is_in_credits")
_COSTS: Final = "SELECT {keys}, count(*), sum(credits), sum(cost_usd) FROM charged GROUP BY ALL ORDER BY ALL"
_METERS: Final = f"""
    SELECT {{keys}}, meter, sum({QUANTITY}),
        sum(CAST(json_extract_string(list_costs, '/' || meter) AS DECIMAL(38, 10)))
    FROM (SELECT *, unnest(json_keys(list_costs)) AS meter FROM charged WHERE NOT is_unlisted)
    GROUP BY ALL ORDER BY ALL
"""
_UNITS: Final = {
    Meter.WEB_SEARCH: "Searches",
    Meter.IMAGE: "Images",
    Meter.SECOND: "Seconds",
    Meter.REQUEST: "Requests",
}


class FocusAnswer(TypedDict):
    rows: list[dict[str, str | None]]
    """The columns of FOCUS, by name. Numbers have ten decimals."""
    asOf: int
    """The Unix second at which the calls were so."""


@dataclass(frozen=True, slots=True)
class Metered:
    """What calls of a series used of a meter, and what they cost. None where nobody knows."""

    meter: str
    quantity: Decimal
    usd: Decimal | None
    credits: Decimal | None
    list_usd: Decimal | None


@dataclass(frozen=True)
class FocusExports:
    """What makes them. The registry has the credits per US dollar."""

    engine: QueryEngine
    registry_table: str

    def answer(self, identity: Identity, request: FocusRequest, time_left: TimeLeft) -> FocusAnswer:
        """The costs of everybody's calls, for those who may read all.

        Raises Forbidden, InvalidRequest for too many rows, or RangeTooLong.
        """
        if not identity.may_read_all:
            raise Forbidden("only viewers and administrators export costs")
        book = RateBook.read(self.registry_table)
        start, end = request.period
        expressions = [text(tag) for tag in request.tags]
        tags = ", ".join(f"{sql} AS tag{number}" for number, (sql, _) in enumerate(expressions)) or "NULL AS no_tag"
        keys = ", ".join([*_KEYS, *(f"tag{number}" for number in range(len(expressions)))])
        with self.engine.open(start, end, time_left) as calls:
            connection = calls.opened.connection
            values = [*chain.from_iterable(of_path for _, of_path in expressions), start, end - 1]
            connection.execute(_SERIES.format(day=DAY, tags=tags, view=calls.view), values)
            costs = connection.execute(_COSTS.format(keys=keys)).fetchall()
            meters = connection.execute(_METERS.format(keys=keys)).fetchall()
            as_of = calls.as_of
        if len(costs) + len(meters) > MOST_ROWS:
            raise InvalidRequest(Problem("lastDay", f"fewer days, or fewer tags: more than {MOST_ROWS:,} rows"))
        of_series: defaultdict[tuple[Any, ...], list[tuple[str, Decimal, Decimal]]] = defaultdict(list)
        for *key, meter, quantity, listed in meters:
            of_series[tuple(key)].append((meter, quantity, listed))
        rows = [
            _row(key, request.tags, metered)
            for *key, number, credits_, usd in costs
            for metered in _metered(key, number, credits_, usd, of_series[tuple(key)], book)
        ]
        return {"rows": rows, "asOf": as_of}


def _metered(
    key: Sequence[Any],
    calls: int,
    credits_: Decimal,
    usd: Decimal | None,
    meters: Sequence[tuple[str, Decimal, Decimal]],
    book: RateBook,
) -> Iterator[Metered]:
    """What a series cost, by meter in proportion to the list prices; by requests where there are none."""
    day, source = key[0], key[4]
    if source == CostSource.UNPRICED:
        yield Metered(Meter.REQUEST, Decimal(calls), None, None, None)
        return
    if usd is None:  # what a dollar is worth changes between days only
        per_usd = next((value for since, value in book.credits_per_usd if since <= day * DAY), Decimal(1))
        usd = ten_places(EXACT.divide(credits_, per_usd))
    if not meters:
        yield Metered(Meter.REQUEST, Decimal(calls), usd, credits_, None)
        return
    weights = [listed for *_, listed in meters]
    if not any(weights):
        weights = [Decimal(1)] * len(meters)
    for (meter, quantity, listed), of_usd, of_credits in zip(
        meters, shared(usd, weights), shared(credits_, weights), strict=True
    ):
        yield Metered(meter, quantity, of_usd, of_credits, listed)


def _row(key: Sequence[Any], tags: Sequence[str], metered: Metered) -> dict[str, str | None]:
    day, provider_id, model, tier, source, _, _, *values = key
    start = datetime.fromtimestamp(day * DAY, UTC)
    month = start.replace(day=1)
    after = month.replace(year=month.year + 1, month=1) if month.month == 12 else month.replace(month=month.month + 1)
    name = provider(provider_id).display_name
    unit = _UNITS.get(Meter(metered.meter), "Tokens")
    price = None
    if metered.list_usd is not None and metered.quantity:
        price = ten_places(EXACT.divide(metered.list_usd, metered.quantity))
    sku = f"{provider_id}/{model}/{metered.meter}"
    found = {tag: value for tag, value in zip(tags, values, strict=True) if value is not None}
    effective = _amount(metered.usd)
    return {
        "BilledCost": effective,
        "BillingAccountId": provider_id,
        "BillingAccountName": name,
        "BillingAccountType": "Provider",
        "BillingCurrency": "USD",
        "BillingPeriodEnd": _moment(after),
        "BillingPeriodStart": _moment(month),
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": f"{metered.meter} of {model}{f', {tier}' if tier else ''}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": _moment(datetime.fromtimestamp((day + 1) * DAY, UTC)),
        "ChargePeriodStart": _moment(start),
        "ConsumedQuantity": _amount(metered.quantity),
        "ConsumedUnit": unit,
        "ContractedCost": effective,
        "EffectiveCost": effective,
        "InvoiceId": None,
        "InvoiceIssuerName": name,
        "ListCost": _amount(metered.list_usd),
        "ListUnitPrice": _amount(price),
        "PricingCategory": "Standard",
        "PricingCurrency": "Credits",
        "PricingCurrencyEffectiveCost": _amount(metered.credits),
        "PricingQuantity": _amount(metered.quantity),
        "PricingUnit": unit,
        "ProviderName": name,
        "PublisherName": name,
        "ResourceId": f"{provider_id}/{model}",
        "ResourceName": model,
        "ResourceType": "Model",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": model,
        "ServiceSubcategory": "Generative AI",
        "SkuId": sku,
        "SkuMeter": metered.meter,
        "SkuPriceId": f"{sku}/{tier or 'standard'}",
        "Tags": exact_json.dumps(found).decode(),
        "x_CostSource": source,
    }


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else format(ten_places(amount), "f")


def focus_table(answer: FocusAnswer) -> Iterator[Sequence[str]]:
    """The rows as texts, below the names of their columns. Null is an empty text."""
    for number, row in enumerate(answer["rows"]):
        if not number:
            yield [*row]
        yield [text or "" for text in row.values()]
