"""What finance asks of the archive: who pays for a month, and which reported costs are not the list price."""

import csv
from collections import defaultdict
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calls.model_call import CostSource, ModelCall
from ledger.core import exact_json
from ledger.core.moments import utc_day
from ledger.query.chargebacks import shared
from tests import query_reference
from tests.integration.archive_world import ArchiveWorld
from tests.integration.harness import Answer, Api, token
from tests.integration.query_world import NOW, SPAN, dimensions, everything, slow
from tests.integration.support import refusal, sent

MARCH = 1_803_859_200, 1_806_537_599
"""Of 2027, in UTC."""
DAY = 86_400


class TestChargeback:
    def ask(self, api: Api, role: str = "viewer", **query: object) -> Answer:
        asked = {"month": "2027-03", "by": "metadata.team"} | query
        return api.get("/api/admin/chargeback", token("root", role, lifetime=10 * DAY), **asked)

    @slow
    @given(by=dimensions)
    def test_everything_of_a_month_is_charged_to_the_last_decimal(
        self, archive: ArchiveWorld, api: Api, by: str
    ) -> None:
        body = self.ask(api, by=by).body
        calls = [one for one in everything(archive, body["asOf"]) if MARCH[0] <= one.call_time <= MARCH[1]]
        assert (body["startTime"], body["endTime"]) == MARCH
        assert body["total"] == sum(one.credits for one in calls) == sum(row["total"] for row in body["rows"])
        assert body["unpricedCalls"] == sum(one.is_unpriced for one in calls)
        spent: defaultdict[str | None, Decimal] = defaultdict(Decimal)
        for one in calls:
            spent[query_reference.text(one, by)] += one.credits
        assert body["unattributed"] == spent.get(None, 0)
        if any(amount for value, amount in spent.items() if value is not None):
            unattributed = spent.pop(None, Decimal(0))
            assert sum(row["shared"] for row in body["rows"]) == unattributed
            whole = sum(spent.values())
            for row in body["rows"]:
                assert abs(row["shared"] - unattributed * row["credits"] / whole) < Decimal("2e-10")
        assert {row["value"]: row["credits"] for row in body["rows"]} == spent

    def test_a_month_is_one_of_the_time_zone(self, api: Api) -> None:
        body = self.ask(api, timezone="Europe/Berlin").body  # in which clocks change
        assert (body["startTime"], body["endTime"]) == (MARCH[0] - 3_600, MARCH[1] - 7_200)

    def test_it_is_a_table_for_a_spreadsheet(self, api: Api) -> None:
        answer = self.ask(api, format="csv")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        titles, *rows = csv.reader(StringIO(str(answer.body).removeprefix("\ufeff"), newline=""))
        assert titles == ["month", "metadata.team", "calls", "credits", "shared", "total"]
        expected = self.ask(api).body["rows"]
        assert [row[2:] for row in rows] == [
            [exact_json.plain(row[name]) for name in ("calls", "credits", "shared", "total")] for row in expected
        ]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"month": "2027-04"}, "month"),  # it has not ended
            ({"month": "2027-13"}, "month"),
            ({"month": "1999-12"}, "month"),
            ({"month": "March"}, "month"),
            ({"by": "colour"}, "by"),
        ],
    )
    def test_what_can_t_be_charged_is_refused(self, api: Api, query: dict[str, str], field: str) -> None:
        refusal(self.ask(api, **query), 400, "invalid_request", field)

    @given(
        st.integers(0, 10**25).map(lambda units: Decimal(units).scaleb(-10)),
        st.lists(st.integers(0, 10**22).map(lambda units: Decimal(units).scaleb(-10)), min_size=1).filter(any),
    )
    def test_shares_add_up_and_are_in_proportion(self, amount: Decimal, weights: list[Decimal]) -> None:
        parts = shared(amount, weights)
        whole = sum(int(weight.scaleb(10)) for weight in weights)
        assert sum(int(part.scaleb(10)) for part in parts) == int(amount.scaleb(10))
        for part, weight in zip(parts, weights, strict=True):
            exact = int(amount.scaleb(10)) * int(weight.scaleb(10))
            assert abs(int(part.scaleb(10)) * whole - exact) <= whole


def cause(call: ModelCall, per_usd: int) -> str | None:
    if call.list_cost_usd is None:
        return "unknownModel"
    difference, saved = call.credits - call.list_cost_usd * per_usd, (call.cache_savings or 0) * per_usd
    rounding = Decimal("0.00000001") * per_usd
    if not difference:
        return None
    if abs(difference) <= rounding:
        return "rounding"
    if not call.credits:
        return "gatewayCache"
    if saved and abs(difference - saved) <= rounding:
        return "cache"
    return "price" if call.service_tier in (None, "default") else "tier"


class TestPriceVariance:
    def ask(self, api: Api, start: int = NOW - SPAN, end: int = NOW, **query: object) -> Any:
        role = token("root", "viewer", lifetime=10 * DAY)
        answer = api.get("/api/admin/price-variance", role, startTime=start, endTime=end, **query)
        assert answer.status == 200, answer
        return answer.body

    def test_it_is_what_the_calls_say_one_by_one(self, archive: ArchiveWorld, api: Api) -> None:
        for per_usd in (1, 100):
            body = sent({"creditsPerUsd": per_usd})
            admin = token("root", "admin", lifetime=10 * DAY)
            assert api.request("PUT", "/api/admin/rates/credits-per-usd", token=admin, body=body).status == 200
            body = self.ask(api, limit=1_000)
            calls = [one for one in everything(archive, body["asOf"]) if one.cost_source is CostSource.REPORTED]
            found: defaultdict[tuple[str, str, str | None, str], list[ModelCall]] = defaultdict(list)
            for one in calls:
                if NOW - SPAN <= one.call_time <= NOW and (why := cause(one, per_usd)):
                    found[one.provider_id, one.model, one.recorded_by, why].append(one)
            assert found
            assert {
                (row["providerId"], row["model"], row["recordedBy"], row["cause"]): (row["calls"], row["difference"])
                for row in body["variances"]
            } == {
                key: (
                    len(group),
                    None
                    if key[3] == "unknownModel"
                    else sum(one.credits - (one.list_cost_usd or 0) * per_usd for one in group),
                )
                for key, group in found.items()
            }
            differences = [abs(row["difference"]) for row in body["variances"] if row["difference"] is not None]
            assert differences == sorted(differences, reverse=True)
            assert sum(row["difference"] or 0 for row in body["variances"]) == body["total"]["difference"]

    def test_a_limit_leaves_the_largest(self, api: Api) -> None:
        assert self.ask(api, limit=2)["variances"] == self.ask(api)["variances"][:2]


MANDATORY = [
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd"),
    *("ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity"),
    *("PricingUnit", "ProviderName", "PublisherName", "ServiceCategory", "ServiceName"),
]
"""The columns that FOCUS 1.2 demands."""
NULLABLE = {"ChargeClass", "InvoiceId"}


class TestFocus:
    def ask(self, api: Api, **query: object) -> Any:
        asked = {"firstDay": "2027-03-12", "lastDay": "2027-04-06"} | query
        answer = api.get("/api/admin/focus", token("root", "viewer", lifetime=10 * DAY), **asked)
        assert answer.status == 200, answer
        return answer.body

    @pytest.mark.parametrize("tags", ["", "app,metadata.team"])
    def test_its_sums_are_those_of_the_calls_to_the_last_decimal(
        self, archive: ArchiveWorld, api: Api, tags: str
    ) -> None:
        body = self.ask(api, tags=tags)
        rows = body["rows"]
        calls = [one for one in everything(archive, body["asOf"]) if utc_day(one.call_time) >= "2027-03-12"]
        priced = [one for one in calls if one.cost_source is not CostSource.UNPRICED]

        def added_up(column: str) -> Decimal:
            return sum((Decimal(row[column]) for row in rows if row[column] is not None), Decimal(0))

        assert added_up("PricingCurrencyEffectiveCost") == sum(one.credits for one in priced)
        known = [row for row in rows if row["x_CostSource"] != "unpriced"]
        assert all(row["BilledCost"] and row["PricingCurrencyEffectiveCost"] for row in known)
        unknown = [row for row in rows if row["x_CostSource"] == "unpriced"]
        assert unknown
        empty = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost", "ListUnitPrice")
        assert all(not row[column] for row in unknown for column in (*empty, "PricingCurrencyEffectiveCost"))
        listed = sum(sum((one.list_costs or {}).values()) for one in priced)
        assert added_up("ListCost") == listed
        by_day: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in known:
            by_day[row["ChargePeriodStart"][:10]] += Decimal(row["PricingCurrencyEffectiveCost"])
        assert by_day == {day: sum(one.credits for one in priced if utc_day(one.call_time) == day) for day in by_day}
        assert all(len(row["BilledCost"].partition(".")[2]) == 10 for row in known)

    def test_it_has_the_columns_of_focus_which_are_null_only_where_nobody_knows(self, api: Api) -> None:
        rows = self.ask(api)["rows"]
        assert set(MANDATORY) <= rows[0].keys()
        for row in rows:
            assert row["ChargePeriodStart"] < row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]
            assert row["BillingPeriodStart"] <= row["ChargePeriodStart"]
            if row["ListCost"] is not None:
                assert {name for name, value in row.items() if value is None} <= NULLABLE | {"ListUnitPrice"}

    def test_as_csv_what_nobody_knows_is_empty(self, api: Api) -> None:
        text = str(self.ask(api, format="csv")).removeprefix("\ufeff")
        found = [*csv.DictReader(StringIO(text, newline=""))]
        assert [{name: value or None for name, value in row.items()} for row in found] == self.ask(api)["rows"]

    @pytest.mark.parametrize("query", [{"lastDay": "2027-03-11"}, {"lastDay": "2027-04-12"}, {"lastDay": "soon"}])
    def test_days_that_are_none_or_too_many_are_refused(self, api: Api, query: dict[str, str]) -> None:
        asked = {"firstDay": "2027-03-12"} | query
        answer = api.get("/api/admin/focus", token("root", "viewer", lifetime=10 * DAY), **asked)
        refusal(answer, 400, "invalid_request", "lastDay")
