"""What was spent in a period: read from the counters, exactly, or as it was kept when it was last read."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched, pairwise
from typing import Self

from ledger.aws import concurrency, dynamodb
from ledger.aws.dynamodb_parsing import JsonItem
from ledger.aws.settings import Settings
from ledger.budgets.budget import Subject
from ledger.budgets.conversions import Conversions
from ledger.budgets.periods import Period
from ledger.calls.call_filter import Conditions, conditions
from ledger.core import exact_json, keys
from ledger.core.moments import DAY
from ledger.core.money import ten_places
from ledger.core.scopes import Scope
from ledger.counting.measures import Measures
from ledger.counting.series import narrowed
from ledger.pricing.rate_store import RateStore
from ledger.usage.reader import UsageReader

KEPT = 2 * DAY
"""Seconds after the end of a period for which its spending is kept."""

type Span = tuple[Subject, Period]
"""A subject, and a period in which it spent something."""
type Place = tuple[str, str]
"""The partition key and the sort key of spending that is kept."""


@dataclass(frozen=True)
class Spending:
    """What a subject spent in a period. Where calls are unpriced, it spent at least that."""

    amount: Decimal
    """In the unit of the subject."""
    calls: int
    unpriced: int
    read_at: int
    """Unix milliseconds at which reading began: what was counted before is in it."""


@dataclass(frozen=True)
class SpendingReader:
    """Reads spending as the sum of what calls cost, from the counters: in one round trip, two now and then."""

    usage: UsageReader
    conversions: Conversions

    @classmethod
    def of(cls, settings: Settings) -> Self:
        usage = UsageReader.of(settings)
        return cls(usage, Conversions(RateStore(settings.registry_table)))

    def read(self, spans: Iterable[Span]) -> dict[Span, Spending]:
        """What was spent in each of these spans, until now."""
        read_at = int(time.time() * 1000)
        periods: defaultdict[Scope, set[Period]] = defaultdict(set)
        wanted = list(spans)
        for subject, period in wanted:
            periods[subject.scope].add(period)
        in_usd = any(subject.unit == "usd" for subject, _ in wanted)
        days = [each.since for each in self.conversions.all()] if in_usd else []
        edges = {scope: _edges(of_scope, days) for scope, of_scope in periods.items()}
        readings = self.usage.read(edges) if edges else {}
        found: dict[Span, Spending] = {}
        for subject, period in wanted:
            starts = edges[subject.scope]
            parts = [
                (start, Measures.sum([Measures(), *narrowed(usage, _conditions(subject)).values()]))
                for (start, _), usage in zip(pairwise(starts), readings[subject.scope].intervals, strict=True)
                if period.start <= start < period.end
            ]
            total = Measures.sum([Measures(), *(measures for _, measures in parts)])
            amount = total.credits if subject.unit == "credits" else self._in_usd(parts)
            found[subject, period] = Spending(amount, total.calls, total.unpriced, read_at)
        return found

    def _in_usd(self, parts: Iterable[tuple[int, Measures]]) -> Decimal:
        worth = (self.conversions.in_usd(measures.credits, start) for start, measures in parts)
        return ten_places(sum(worth, Decimal(0)))


@dataclass(frozen=True)
class KeptSpending:
    """Spending as it was last read, in the Counters table: an item for each subject and period."""

    table: str

    def find(self, spans: Collection[Span]) -> dict[Span, Spending]:
        """What is kept of these spans: half a read unit for each."""
        by_place = {_place(span): span for span in spans}
        pages = concurrency.threads().map(self._find, batched(by_place, dynamodb.BATCH_GET))
        return {by_place[item["scope"]["S"], item["bucket"]["S"]]: _spending(item) for page in pages for item in page}

    def keep(self, spending: Mapping[Span, Spending]) -> None:
        """Keep what was read, except where something is kept that was read later."""
        list(concurrency.threads().map(self._keep, spending.keys(), spending.values()))

    def _find(self, places: Collection[Place]) -> list[JsonItem]:
        keys_of_items = [{"scope": {"S": partition}, "bucket": {"S": bucket}} for partition, bucket in places]
        return dynamodb.get_batch(self.table, keys_of_items)

    def _keep(self, span: Span, spending: Spending) -> None:
        partition, bucket = _place(span)
        item = {
            "scope": {"S": partition},
            "bucket": {"S": bucket},
            "amount": {"N": exact_json.plain(spending.amount)},
            "calls": {"N": str(spending.calls)},
            "unpriced": {"N": str(spending.unpriced)},
            "readAt": {"N": str(spending.read_at)},
            "expiresAt": {"N": str(span[1].end + KEPT)},
        }
        try:
            dynamodb.client().put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression="attribute_not_exists(readAt) OR readAt < :readAt",
                ExpressionAttributeValues={":readAt": item["readAt"]},
            )
        except dynamodb.client().exceptions.ConditionalCheckFailedException:
            return


def _edges(periods: Iterable[Period], days: Iterable[int]) -> list[int]:
    """Where periods begin and end, and the days among these from which on a US dollar has another worth."""
    edges = {edge for period in periods for edge in (period.start, period.end)}
    return sorted(edges | {day for day in days if min(edges) < day < max(edges)})


def _conditions(subject: Subject) -> Conditions:
    return conditions(provider_id=subject.provider_id or None, model=subject.model or None)


def _place(span: Span) -> Place:
    subject, period = span
    partition = keys.spending(subject.scope, subject.provider_id, subject.model, subject.unit)
    return partition, keys.spending_period(period.start, period.end)


def _spending(item: dynamodb.Item) -> Spending:
    return Spending(
        Decimal(item["amount"]["N"]),
        int(item["calls"]["N"]),
        int(item["unpriced"]["N"]),
        int(item["readAt"]["N"]),
    )
