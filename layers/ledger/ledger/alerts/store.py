"""Alerts in the Registry table: those that wait to be sent in one collection, all others in another."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

from ledger.alerts.alert import Alert, AlertBody, Delivery, body
from ledger.alerts.comparison import Comparison
from ledger.aws import dynamodb
from ledger.core import exact_json, keys

MOST_LISTED = 100
"""The most alerts of each collection that are listed."""


class Alerts(TypedDict):
    alerts: list[AlertBody]
    """Those that wait to be sent, and the latest others, the latest first."""


@dataclass(frozen=True)
class AlertStore:
    table: str

    def raise_once(self, alert: Alert, remove_at: int) -> bool:
        """Store an alert to be sent, unless one with its id was stored. Returns whether it was not."""
        try:
            dynamodb.client().put_item(
                TableName=self.table,
                Item=_item(alert) | {"removeAt": {"N": str(remove_at)}},
                ConditionExpression="attribute_not_exists(id)",
            )
        except dynamodb.client().exceptions.ConditionalCheckFailedException:
            return False
        return True

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
