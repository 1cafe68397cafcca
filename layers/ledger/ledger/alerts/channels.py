"""Channels: where alerts are sent. Their addresses and secrets are sealed, since an address may be a secret."""

import secrets
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypedDict
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from ledger.alerts.sealing import seal, unseal
from ledger.aws import dynamodb
from ledger.core import exact_json, keys
from ledger.core.errors import InvalidRequest, NotFound, Problem
from ledger.core.field_types import Name
from ledger.core.identity import Identity
from ledger.core.moments import iso

MOST_CHANNELS = 100
SECRET_BYTES = 32

type ChannelKind = Literal["topic", "webhook", "slack", "teams"]


def _is_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
        raise ValueError("an address that begins with https://, without a user in it")
    return url


class ChannelInput(BaseModel):
    """A channel to create: the stack's SNS topic, a webhook of your own, or an incoming webhook of Slack or Teams."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid")

    name: Name
    kind: ChannelKind
    url: Annotated[str, StringConstraints(max_length=2_048), AfterValidator(_is_address)] | None = None
    """Of every kind but `topic`. No later answer has more of it than the host."""

    @model_validator(mode="after")
    def _has_an_address_if_it_needs_one(self) -> Self:
        if (self.kind == "topic") != (self.url is None):
            raise ValueError("url of every kind but topic")
        return self


class ChannelBody(TypedDict):
    """A channel without its address and its secret."""

    id: str
    name: str
    kind: ChannelKind
    host: str | None
    """The host of its address; null of a topic."""
    createdAt: str
    """ISO 8601."""
    createdBy: str
    """The did of the administrator who created it."""


class NewChannel(ChannelBody):
    """A channel that was just created. No later answer has its secret."""

    secret: str | None
    """`whsec_…`, by which a webhook verifies what it receives (Standard Webhooks); null of other kinds."""


@dataclass(frozen=True)
class Channel:
    id: str
    kind: ChannelKind
    url: str
    secret: str
    """Of a webhook; empty for other kinds."""


@dataclass(frozen=True)
class ChannelStore:
    """The Registry table, and the secret with which addresses are sealed."""

    table: str
    secret_arn: str

    def create(self, given: ChannelInput, by: Identity) -> NewChannel:
        if len(self.all()) >= MOST_CHANNELS:
            raise InvalidRequest(Problem("body", f"one of at most {MOST_CHANNELS} channels: delete others"))
        key = b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        secret = f"whsec_{key}" if given.kind == "webhook" else ""
        address = exact_json.dumps({"url": given.url or "", "secret": secret}).decode()
        item: dynamodb.Item = {
            "id": {"S": keys.channel(secrets.token_hex(8))},
            "collection": {"S": keys.CHANNELS},
            "name": {"S": given.name},
            "kind": {"S": given.kind},
            "host": {"S": urlsplit(given.url or "").hostname or ""},
            "sealed": {"B": seal(address, self.secret_arn)},
            "createdAt": {"S": iso(time.time())},
            "createdBy": {"S": by.did},
        }
        dynamodb.client().put_item(TableName=self.table, Item=item)
        return {**_body(item), "secret": secret or None}

    def all(self) -> list[ChannelBody]:
        """Every channel, by id."""
        pages = dynamodb.query(
            self.table,
            IndexName=keys.BY_COLLECTION,
            KeyConditionExpression="#collection = :channels",
            ExpressionAttributeNames={"#collection": "collection"},
            ExpressionAttributeValues={":channels": {"S": keys.CHANNELS}},
        )
        return [_body(item) for page in pages for item in page]

    def find(self, channel_id: str) -> Channel | None:
        """A channel with its address and secret."""
        item = dynamodb.get(self.table, {"id": {"S": keys.channel(channel_id)}})
        if item is None:
            return None
        address = exact_json.loads(unseal(item["sealed"]["B"], self.secret_arn))
        return Channel(channel_id, item["kind"]["S"], address["url"], address["secret"])

    def delete(self, channel_id: str) -> None:
        """Delete a channel. Raises NotFound if it is not there."""
        deleted = dynamodb.client().delete_item(
            TableName=self.table, Key={"id": {"S": keys.channel(channel_id)}}, ReturnValues="ALL_OLD"
        )
        if "Attributes" not in deleted:
            raise NotFound("no such channel")


def _body(item: dynamodb.Item) -> ChannelBody:
    return {
        "id": item["id"]["S"].removeprefix(keys.channel("")),
        "name": item["name"]["S"],
        "kind": item["kind"]["S"],
        "host": item["host"]["S"] or None,
        "createdAt": item["createdAt"]["S"],
        "createdBy": item["createdBy"]["S"],
    }
