"""What an alert looks like in each kind of channel, and how it is sent there."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Self
from xml.sax.saxutils import escape

from botocore.exceptions import BotoCoreError, ClientError
from standardwebhooks import Webhook

from ledger.alerts.alert import Alert
from ledger.alerts.channels import Channel
from ledger.alerts.outbound import Network, NotDelivered, post
from ledger.aws import clients
from ledger.aws.settings import Settings
from ledger.core import exact_json

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

SUBJECT = "Usage Ledger: a budget needs attention"


@cache
def client() -> "SNSClient":
    """The client of this execution environment."""
    return clients.client("sns", connect_timeout=2, read_timeout=5, retries={"mode": "standard"})


@dataclass(frozen=True)
class Sender:
    """Sends to the topic, and to addresses of the internet or of the networks in `private`."""

    topic_arn: str
    private: Sequence[Network]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.alert_topic_arn, [ip_network(one) for one in settings.webhook_networks.split(",") if one])

    def send(self, alert: Alert, channel: Channel) -> None:
        """Send an alert to a channel. Raises NotDelivered where the channel did not take it."""
        match channel.kind:
            case "topic":
                self._publish(alert)
            case "webhook":
                self._post_signed(alert, channel)
            case "slack":
                self._post(channel, {"text": escape(alert.text)})
            case "teams":
                self._post(channel, _card(alert.text))

    def _publish(self, alert: Alert) -> None:
        message = f"{alert.text}\n\n{exact_json.dumps(_event(alert)).decode()}\n"
        attributes: Any = {"alertId": {"DataType": "String", "StringValue": alert.id}}
        try:
            client().publish(TopicArn=self.topic_arn, Subject=SUBJECT, Message=message, MessageAttributes=attributes)
        except (BotoCoreError, ClientError) as error:
            raise NotDelivered(f"the topic: {type(error).__name__}") from None

    def _post_signed(self, alert: Alert, channel: Channel) -> None:
        body = exact_json.dumps(_event(alert))
        sent_at = datetime.fromtimestamp(int(time.time()), UTC)
        headers = {
            "webhook-id": alert.id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": Webhook(channel.secret).sign(alert.id, sent_at, body.decode()),
        }
        post(channel.url, body, headers, self.private)

    def _post(self, channel: Channel, message: dict[str, Any]) -> None:
        post(channel.url, exact_json.dumps(message), {}, self.private)


def _event(alert: Alert) -> dict[str, Any]:
    """What a program receives, in the form that Standard Webhooks recommends."""
    return {"type": alert.type, "timestamp": alert.raised_at, "data": {"text": alert.text, **alert.data}}


def _card(text: str) -> dict[str, Any]:
    """An Adaptive Card whose text is shown as it is, without markup."""
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
    }
