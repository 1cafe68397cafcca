"""Alerts: what somebody is to be told, once, and whether it was."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, TypedDict

from ledger.alerts.comparison import Comparison
from ledger.core.moments import DAY, MINUTE, unix

GIVE_UP = DAY
"""Seconds after which an alert that a channel does not take is sent there no more."""
LONGEST_PAUSE = 64
"""Minutes, at most, between two attempts at the same channel. They begin with one, and double."""

type AlertType = Literal[
    "budget.thresholdReached", "budget.thresholdReminder", "budget.thresholdResolved", "budget.anomaly", "channel.test"
]
type DeliveryStatus = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True)
class Delivery:
    """An alert on its way to a channel. `at` is when it was last attempted, in Unix seconds."""

    channel: str
    status: DeliveryStatus = "waiting"
    attempts: int = 0
    at: int = 0
    error: str = ""

    def is_due(self, now: int) -> bool:
        pause = min(2 ** max(self.attempts - 1, 0), LONGEST_PAUSE) * MINUTE if self.attempts else 0
        return self.status == "waiting" and now >= self.at + pause

    def taken(self, now: int) -> Self:
        return replace(self, status="delivered", attempts=self.attempts + 1, at=now, error="")

    def refused(self, error: str, now: int, *, for_good: bool) -> Self:
        """As it is after an attempt that failed, the last one or not."""
        return replace(
            self, status="failed" if for_good else "waiting", attempts=self.attempts + 1, at=now, error=error
        )


@dataclass(frozen=True)
class Alert:
    """What happened, in a sentence for people and as data for programs. Receivers know repeats by the id."""

    id: str
    type: AlertType
    raised_at: str
    """ISO 8601."""
    text: str
    data: Mapping[str, Any]
    deliveries: tuple[Delivery, ...] = ()
    compared: Comparison | None = None
    """What its cause is to be found in before it is sent; None once that was done."""

    @property
    def is_waiting(self) -> bool:
        return any(delivery.status == "waiting" for delivery in self.deliveries)

    def is_too_old(self, now: int) -> bool:
        """Whether an attempt that fails now is the last one."""
        return now >= unix(self.raised_at) + GIVE_UP

    def with_delivery(self, delivery: Delivery) -> Self:
        """This alert, on its way as it is now."""
        others = {one.channel: one for one in self.deliveries} | {delivery.channel: delivery}
        return replace(self, deliveries=tuple(others.values()))


class DeliveryBody(TypedDict):
    channelId: str
    status: DeliveryStatus
    attempts: int
    lastAttemptAt: int | None
    """Unix seconds; null before the first one."""
    error: str | None
    """Why the last attempt failed."""


class AlertBody(TypedDict):
    id: str
    """What receivers know repeats by."""
    type: AlertType
    raisedAt: str
    """ISO 8601."""
    text: str
    data: Mapping[str, Any]
    deliveries: list[DeliveryBody]


def body(alert: Alert) -> AlertBody:
    return {
        "id": alert.id,
        "type": alert.type,
        "raisedAt": alert.raised_at,
        "text": alert.text,
        "data": alert.data,
        "deliveries": [
            {
                "channelId": delivery.channel,
                "status": delivery.status,
                "attempts": delivery.attempts,
                "lastAttemptAt": delivery.at or None,
                "error": delivery.error or None,
            }
            for delivery in alert.deliveries
        ],
    }
