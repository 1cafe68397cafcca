"""The check of a gateway before a call: of everybody's budget of a month, that of each user and that of each app."""

import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import median

from bench.databases import Database, Different, Question
from bench.engine import CALLS, COUNTERS, DIRECTORY
from bench.figures import Figure
from bench.ledger_state import Sample
from bench.meter import LATENCY, metered
from ledger.archive.archived_calls import ArchivedCalls
from ledger.budgets.book import BudgetBook
from ledger.budgets.budget import BudgetInput
from ledger.budgets.check import BudgetChecks
from ledger.budgets.conversions import Conversions
from ledger.budgets.queries import CheckQuery
from ledger.budgets.spending import KeptSpending, SpendingReader
from ledger.budgets.store import BudgetStore
from ledger.core.identity import Identity, Role
from ledger.pricing.rate_store import RateStore
from ledger.usage.reader import UsageReader

REPETITIONS = 101
AMOUNT = Decimal(10**6)


def figures(sample: Sample, databases: Sequence[Database]) -> Iterator[Figure]:
    """Of the heaviest user's calls, which the tables and the databases have. What was spent is kept, as evaluated."""
    store = BudgetStore(DIRECTORY.table)
    for budget_id, each, amount in (("all", None, 1_000), ("each-user", "user", 1), ("each-app", "app", 1_000)):
        asked = {"name": budget_id, "each": each, "amount": amount * AMOUNT, "period": "month"}
        store.put(budget_id, BudgetInput.model_validate(asked), Identity("bench", Role.ADMIN), "")
    reader = SpendingReader(
        UsageReader(CALLS, COUNTERS, ArchivedCalls(COUNTERS.table, bucket="")), Conversions(RateStore(DIRECTORY.table))
    )
    checks = BudgetChecks(BudgetBook(store), reader, KeptSpending(COUNTERS.table))
    query = CheckQuery.model_validate({"userDid": sample.heaviest, "appDid": next(iter(sample.apps))})
    with metered() as cold:
        answer = checks.check(query)
    question = Question(sample.heaviest, checks.book.budgets()[0].period_at(sample.now).start, sample.now, 0)
    for database in databases:
        spent = database.credits(database.ask(question).summary[0][1])
        if answer["remaining"] != AMOUNT - spent:
            raise Different(f"budget-check: {answer} where {database.name} has {spent}")
    with metered(latency=LATENCY) as slowed:
        checks.check(query)
    with metered() as counted:
        checks.check(query)
    runs = [_timed(checks, query) for _ in range(REPETITIONS)]
    yield Figure(
        "budget-check",
        sample.number,
        requests=len(counted.requests),
        round_trips=slowed.round_trips,
        read_units=counted.read_units,
        seconds=median(own for own, _ in runs),
        wall_seconds=median(wall for _, wall in runs),
        engine_seconds=counted.engine,
        note=f"where nothing is kept yet: {cold.read_units:,.1f} units",
    )


def _timed(checks: BudgetChecks, query: CheckQuery) -> tuple[float, float]:
    wall, own = time.perf_counter(), time.process_time()
    checks.check(query)
    return time.process_time() - own, time.perf_counter() - wall
