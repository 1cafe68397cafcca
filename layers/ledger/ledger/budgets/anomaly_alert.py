"""The alert of an anomaly, once a day for each limit: what lasts for hours is one thing."""

import time
from datetime import datetime

from ledger.alerts.alert import Alert, Delivery
from ledger.alerts.comparison import Comparison
from ledger.budgets.anomaly import Anomaly
from ledger.budgets.forecast import weeks_before
from ledger.budgets.periods import period_at
from ledger.budgets.threshold_alert import about, name
from ledger.core import keys
from ledger.core.exact_json import plain
from ledger.core.moments import iso


def anomaly_alert(anomaly: Anomaly) -> Alert:
    """The alert to be raised, with the same id for the whole day of the budget's time zone."""
    limit, bucket, usual = anomaly.watch.limit, anomaly.watch.bucket, anomaly.usual
    budget, spent = limit.budget, anomaly.spending.amount
    day = period_at(bucket.start, "day", budget.zone)
    clock = datetime.fromtimestamp(bucket.start, budget.zone).isoformat(timespec="minutes")
    before = weeks_before(bucket.start, 1, budget.zone)
    end = min(anomaly.spending.read_at // 1000 + 1, bucket.end)
    return Alert(
        id=f"{day.start}-{keys.digest(budget.id, *map(str, limit.subject), 'anomaly')}",
        type="budget.anomaly",
        raised_at=iso(time.time()),
        text=(
            f"{name(limit)}: {plain(spent)} {budget.given.words} are spent since {clock},"
            f" where {plain(usual.median)} are usual in that {budget.given.anomalies} of the week."
        ),
        data={
            **about(limit),
            "bucket": budget.given.anomalies,
            "bucketStart": bucket.start,
            "bucketEnd": bucket.end,
            "spent": spent,
            "usual": usual.median,
            "deviation": usual.deviation,
            "weeks": usual.weeks,
            "atLeast": anomaly.spending.unpriced > 0,
            "asOf": anomaly.spending.read_at // 1000,
        },
        deliveries=tuple(Delivery(channel) for channel in budget.given.channels),
        compared=Comparison(
            start=bucket.start,
            end=end,
            previous_start=before,
            previous_end=before + end - bucket.start,
            timezone=budget.given.timezone,
            selected=limit.subject.selected,
            origin=budget.origin,
        ),
    )
