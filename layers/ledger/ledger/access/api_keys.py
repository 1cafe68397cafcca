"""API keys, as administrators create, list and revoke them."""

import time
from typing import Annotated, Any, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ledger.access import api_key_secret
from ledger.aws import dynamodb
from ledger.core import keys
from ledger.core.errors import Forbidden, NotFound
from ledger.core.field_types import Name, OptionalName
from ledger.core.identity import Identity, Role
from ledger.core.moments import iso

MOST_LISTED = 1_000


class ApiKey(TypedDict):
    """A key without its secret."""

    id: str
    name: str
    role: Role
    did: str
    """The user that the key acts as."""
    createdAt: str
    """ISO 8601."""
    createdBy: str
    """The did of the administrator who created it."""
    expiresAt: int | None
    """Unix seconds; null for a key that does not expire."""


class ApiKeys(TypedDict):
    keys: list[ApiKey]


class NewApiKey(ApiKey):
    """A key that was just created. No later answer has its secret."""

    key: str
    """`ul_<id>_<secret>`, for the Authorization header. It can't be read again."""


def _in_the_future(moment: int) -> int:
    if moment <= time.time():
        raise ValueError("a moment in the future, in Unix seconds")
    return moment


class KeyRequest(BaseModel):
    """A key to create. Without expiresAt it does not expire."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)

    name: Name
    """What the key is for."""
    role: Role
    did: OptionalName = None
    """The user that the key acts as. The default is `key:<id>`."""
    expires_at: Annotated[int, Field(strict=True, lt=10**11), AfterValidator(_in_the_future)] | None = None
    """Unix seconds, in the future."""


def create(table: str, request: KeyRequest, creator: Identity) -> NewApiKey:
    """Create a key. Raises Forbidden where somebody other than an owner creates a key with the role owner."""
    if request.role is Role.OWNER and creator.role is not Role.OWNER:
        raise Forbidden("only an owner may create a key with the role owner")
    key_id, key, proof = api_key_secret.new()
    item: dynamodb.Item = {
        "id": {"S": keys.api_key(key_id)},
        "collection": {"S": keys.API_KEYS},
        "hash": {"S": proof},
        "name": {"S": request.name},
        "role": {"S": request.role.value},
        "did": {"S": request.did or f"key:{key_id}"},
        "createdAt": {"S": iso(time.time())},
        "createdBy": {"S": creator.did},
    }
    if request.expires_at is not None:
        item["expiresAt"] = {"N": str(request.expires_at)}
    dynamodb.client().put_item(TableName=table, Item=item)
    return {**_api_key(item), "key": key}


def existing(table: str) -> list[ApiKey]:
    """Returns all keys that are not revoked, by id, at most MOST_LISTED."""
    pages = dynamodb.query(
        table,
        limit=MOST_LISTED,
        IndexName=keys.BY_COLLECTION,
        KeyConditionExpression="#collection = :keys",
        ExpressionAttributeNames={"#collection": "collection"},  # a reserved word
        ExpressionAttributeValues={":keys": {"S": keys.API_KEYS}},
    )
    return [_api_key(item) for item in next(pages)]


def revoke(table: str, key_id: str) -> None:
    """Delete a key. It is refused within a minute. Raises NotFound where there is no such key."""
    deleted = dynamodb.client().delete_item(
        TableName=table, Key={"id": {"S": keys.api_key(key_id)}}, ReturnValues="ALL_OLD"
    )
    if "Attributes" not in deleted:
        raise NotFound("no such key")


def revoke_of(table: str, did: str) -> int:
    """Delete all keys that act as this user. Returns how many there were."""
    pages = dynamodb.query(
        table,
        IndexName=keys.BY_COLLECTION,
        KeyConditionExpression="#collection = :keys",
        ExpressionAttributeNames={"#collection": "collection"},
        ExpressionAttributeValues={":keys": {"S": keys.API_KEYS}},
    )
    theirs = [item["id"] for page in pages for item in page if item["did"]["S"] == did]
    for key_id in theirs:
        dynamodb.client().delete_item(TableName=table, Key={"id": key_id})
    return len(theirs)


def _api_key(item: dict[str, Any]) -> ApiKey:
    return {
        "id": item["id"]["S"].removeprefix(keys.api_key("")),
        "name": item["name"]["S"],
        "role": Role(item["role"]["S"]),
        "did": item["did"]["S"],
        "createdAt": item["createdAt"]["S"],
        "createdBy": item["createdBy"]["S"],
        "expiresAt": int(item["expiresAt"]["N"]) if "expiresAt" in item else None,
    }
