"""The directory in the Registry table: the names, pictures and addresses of users and apps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypedDict

from ledger.aws import concurrency, dynamodb
from ledger.core import keys
from ledger.core.field_types import AppDetails, UserDetails

_MOST_REMEMBERED = 10_000

type ReceivedDetails = dict[str, str]
"""The details that were sent, by the names of their attributes."""


class UserInfo(TypedDict):
    did: str
    fullName: str
    email: str
    avatar: str


class UnknownUser(TypedDict):
    did: str
    fullName: str
    email: str


class AppInfo(TypedDict):
    appDid: str
    appName: str
    appLogo: str
    appUrl: str


@dataclass(frozen=True)
class DirectoryEntries:
    """The details of some users and apps, which were looked up together."""

    found: Mapping[str, dynamodb.Item]

    def user(self, did: str) -> UserInfo | UnknownUser:
        item = self.found.get(keys.user(did))
        if item is None:
            return {"did": did, "fullName": "Unknown User", "email": ""}
        return {
            "did": did,
            "fullName": _text(item, "fullName"),
            "email": _text(item, "email"),
            "avatar": _text(item, "avatar"),
        }

    def user_name(self, did: str) -> str:
        return self.user(did)["fullName"]

    def app_name(self, did: str) -> str:
        return self.app(did)["appName"]

    def app(self, did: str) -> AppInfo:
        """An app without details is named by its did."""
        item = self.found.get(keys.app(did), {})
        return {
            "appDid": did,
            "appName": _text(item, "appName") or did,
            "appLogo": _text(item, "appLogo"),
            "appUrl": _text(item, "appUrl"),
        }


@dataclass(frozen=True)
class Directory:
    """Reads and writes the details of users and apps."""

    table: str
    _written: dict[str, ReceivedDetails] = field(default_factory=dict[str, ReceivedDetails])

    def look_up(self, users: Iterable[str], apps: Iterable[str]) -> DirectoryEntries:
        return DirectoryEntries(dynamodb.get_many(self.table, [*map(keys.user, users), *map(keys.app, apps)]))

    def put_user(self, did: str, details: UserDetails) -> UserInfo | UnknownUser:
        """Replace a user's details. Returns them as the API shows them."""
        return DirectoryEntries({keys.user(did): self._put(keys.user(did), details)}).user(did)

    def put_app(self, did: str, details: AppDetails) -> AppInfo:
        """Replace an app's details. Returns them as the API shows them."""
        return DirectoryEntries({keys.app(did): self._put(keys.app(did), details)}).app(did)

    def forget_user(self, did: str) -> None:
        """Remove the details of a user."""
        dynamodb.client().delete_item(TableName=self.table, Key={"id": {"S": keys.user(did)}})

    def learn(self, users: Iterable[tuple[str, UserDetails]], apps: Iterable[tuple[str, AppDetails]]) -> None:
        """Store the details that were sent with calls. A detail that was not sent stays as it is.

        Details that this execution environment has already written are not written again.
        """
        received: dict[str, ReceivedDetails] = {}
        for key, details in chain(
            ((keys.user(did), details) for did, details in users), ((keys.app(did), details) for did, details in apps)
        ):
            received[key] = received.get(key, {}) | details.model_dump(by_alias=True, exclude_unset=True)
        changed = {key: details for key, details in received.items() if details and self._written.get(key) != details}
        list(concurrency.threads().map(self._update, changed, changed.values()))
        if len(self._written) + len(changed) > _MOST_REMEMBERED:
            self._written.clear()
        self._written.update(changed)

    def _put(self, key: str, details: UserDetails | AppDetails) -> dynamodb.Item:
        item = {"id": {"S": key}, **{name: {"S": text} for name, text in details.model_dump(by_alias=True).items()}}
        dynamodb.client().put_item(TableName=self.table, Item=item)
        return item

    def _update(self, key: str, received: ReceivedDetails) -> None:
        dynamodb.client().update_item(
            TableName=self.table,
            Key={"id": {"S": key}},
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in received),
            ExpressionAttributeValues={f":{name}": {"S": text} for name, text in received.items()},
        )


def _text(item: dynamodb.Item, name: str) -> str:
    return item[name]["S"] if name in item else ""
