"""Alerts in the Registry table: those that wait to be sent in one collection, all others in another."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, TypedDict

from ledger.alerts.alert import Alert, AlertBody, Delivery, body
from ledger.alerts.comparison import Comparison
from ledger.aws import dynamodb
from ledger.core import exact_json, keys

MOST_LISTED = 100
"""The most alerts of each collection that are listed."""
MOST_KNOWN = 10_000


class Alerts(TypedDict):
    alerts: list[AlertBody]
    """Those that wait to be sent, and the latest others, the latest first."""


@dataclass(frozen=True)
class AlertStore:
    table: str
    _raised: set[str] = field(default_factory=set[str])
    """Ids that are known to be stored."""

    def raise_once(self, alert: Alert, remove_at: int, *, stays_open: bool = False) -> None:
        """Store an alert to be sent, unless one with its id was stored. One that stays open has to be closed."""
        if alert.id in self._raised:
            return
        if len(self._raised) >= MOST_KNOWN:
            self._raised.clear()
        item = _item(alert) | {"removeAt": {"N": str(remove_at)}}
        if stays_open:
            self._put_once(item | {"id": {"S": keys.open_alert(alert.id)}, "collection": {"S": keys.OPEN_ALERTS}})
        self._put_once(item)
        self._raised.add(alert.id)

    def open(self) -> Iterator[Alert]:
        """The alerts that stay open, as they were raised."""
        return (_alert(item) for page in self._query(keys.OPEN_ALERTS) for item in page)

    def close(self, alert: Alert) -> None:
        """Let an alert be open no more."""
        dynamodb.client().delete_item(TableName=self.table, Key={"id": {"S": keys.open_alert(alert.id)}})

    def waiting(self) -> Iterator[Alert]:
        """The alerts that some channel has not taken yet."""
        return (_alert(item) for page in self._query(keys.WAITING_ALERTS) for item in page)

    def save(self, alert: Alert) -> None:
        """Store how far an alert is on its way."""
        item = _item(alert)
        dynamodb.client().update_item(
            TableName=self.table,
            Key={"id": item["id"]},
            UpdateExpression="SET #collection = :collection, alert = :alert",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeNames={"#collection": "collection"},
            ExpressionAttributeValues={":collection": item["collection"], ":alert": item["alert"]},
        )

    def latest(self) -> Alerts:
        collections = (keys.WAITING_ALERTS, keys.ALERTS)
        pages = (next(self._query(collection, limit=MOST_LISTED, ScanIndexForward=False)) for collection in collections)
        found = [_alert(item) for page in pages for item in page]
        return {"alerts": [body(alert) for alert in sorted(found, key=lambda alert: alert.raised_at, reverse=True)]}

    def _put_once(self, item: dynamodb.Item) -> None:
        with suppress(dynamodb.client().exceptions.ConditionalCheckFailedException):
            dynamodb.client().put_item(TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(id)")

    def _query(self, collection: str, **request: Any) -> Iterator[list[Any]]:
        return dynamodb.query(
            self.table,
            IndexName=keys.BY_COLLECTION,
            KeyConditionExpression="#collection = :collection",
            ExpressionAttributeNames={"#collection": "collection"},
            ExpressionAttributeValues={":collection": {"S": collection}},
            **request,
        )


def _item(alert: Alert) -> dynamodb.Item:
    return {
        "id": {"S": keys.alert(alert.id)},
        "collection": {"S": keys.WAITING_ALERTS if alert.is_waiting else keys.ALERTS},
        "alert": {"S": exact_json.dumps(asdict(alert)).decode()},
    }


def _alert(item: dynamodb.Item) -> Alert:
    stored = exact_json.loads(item["alert"]["S"])
    compared = stored.get("compared")
    return Alert(
        **stored
        | {"deliveries": tuple(Delivery(**delivery) for delivery in stored["deliveries"])}
        | {"compared": Comparison(**compared) if compared else None}
    )
