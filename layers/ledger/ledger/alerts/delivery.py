"""The delivery of alerts: each is sent to each of its channels until that has taken it."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from aws_lambda_powertools import Logger

from ledger.alerts.alert import Alert, Delivery
from ledger.alerts.channels import ChannelStore
from ledger.alerts.outbound import DEADLINE, TIMEOUT, NotDelivered
from ledger.alerts.sealing import Unreadable
from ledger.alerts.sender import Sender
from ledger.alerts.store import AlertStore
from ledger.core.errors import NotFound
from ledger.core.moments import TimeLeft, iso

RESERVE = 2 * (TIMEOUT + DEADLINE)
"""Seconds that have to be left for another attempt."""

type Explain = Callable[[Alert, TimeLeft], Alert]
"""Returns an alert with its cause."""

logger = Logger()


class TestResult(TypedDict):
    delivered: bool
    error: str | None
    """Why the channel did not take it."""


@dataclass(frozen=True)
class AlertDelivery:
    """Sends what waits. An alert whose delivery was not noted in time is sent again, with the same id."""

    alerts: AlertStore
    channels: ChannelStore
    sender: Sender

    def run(self, explain: Explain, time_left: TimeLeft) -> None:
        """Send every alert that is due, while there is time. A channel that fails once is left alone for this time.

        An alert is stored with its cause before it is sent, so that it is the same whenever it is sent.
        """
        failing: set[str] = set()
        for alert in self.alerts.waiting():
            if time_left() < RESERVE:
                return
            current = explain(alert, time_left)
            if current != alert:
                self.alerts.save(current)
            for delivery in alert.deliveries:
                if time_left() < RESERVE:
                    return
                if delivery.channel in failing or not delivery.is_due(int(time.time())):
                    continue
                after = self.attempt(current, delivery)
                if after.status != "delivered":
                    failing.add(delivery.channel)
                current = current.with_delivery(after)
                self.alerts.save(current)

    def test(self, channel_id: str, now: int) -> TestResult:
        """Send a test to a channel. Raises NotFound where there is no such channel."""
        if self.channels.find(channel_id) is None:
            raise NotFound("no such channel")
        alert = Alert(f"test-{uuid.uuid4()}", "channel.test", iso(now), "A test: alerts will arrive here.", {})
        after = self.attempt(alert, Delivery(channel_id))
        return {"delivered": after.status == "delivered", "error": after.error or None}

    def attempt(self, alert: Alert, delivery: Delivery) -> Delivery:
        """Send an alert to a channel once. Returns how it is on its way after that."""
        now = int(time.time())
        try:
            channel = self.channels.find(delivery.channel)
            if channel is None:
                return delivery.refused("there is no such channel", now, for_good=True)
            self.sender.send(alert, channel)
        except (NotDelivered, Unreadable) as error:
            logger.warning("An alert was not taken", extra={"alert": alert.id, "channel": delivery.channel})
            return delivery.refused(str(error), now, for_good=alert.is_too_old(now))
        return delivery.taken(now)
