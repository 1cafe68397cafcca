"""Stored calls in the notation of DynamoDB's JSON, decoded no further than an export needs.

This takes a third of the time that decoding them into ModelCalls would take.
"""

from typing import Any, cast

import msgspec

from ledger.aws.dynamodb_parsing import JsonItem
from ledger.calls.text_search import StoredText


class Text(msgspec.Struct, frozen=True, gc=False):
    S: str = ""


class Number(msgspec.Struct, frozen=True, gc=False):
    N: str = ""


_NO_TEXT, _NO_NUMBER, _ZERO = Text(), Number(), Number("0")


class RawCall(msgspec.Struct, frozen=True, gc=False):
    """The attributes of a call. Missing texts and measurements are empty, missing counts are 0."""

    callTimeId: Text
    userDid: Text
    providerId: Text
    model: Text
    type: Text
    status: Text
    credits: Number
    costSource: Text
    totalUsage: Number
    updatedAt: Text
    inputTokens: Number = _ZERO
    outputTokens: Number = _ZERO
    cacheReadInputTokens: Number = _ZERO
    cacheCreationInputTokens: Number = _ZERO
    duration: Number = _NO_NUMBER
    ttfb: Number = _NO_NUMBER
    providerTtfb: Number = _NO_NUMBER
    errorReason: Text = _NO_TEXT
    appDid: Text = _NO_TEXT
    requestId: Text = _NO_TEXT
    traceId: Text = _NO_TEXT
    credentialId: Text = _NO_TEXT
    responseModel: Text = _NO_TEXT
    costUsd: Number = _NO_NUMBER
    pricedBy: Text = _NO_TEXT
    otherUsage: Text = _NO_TEXT
    metadata: Text = _NO_TEXT

    @property
    def id(self) -> str:
        return self.callTimeId.S[11:]

    def stored_text(self, field: StoredText) -> str:
        """The text of a field that may be searched."""
        return self.id if field == "id" else getattr(self, field).S


NAMES = {f"#{name}": name for name in RawCall.__struct_fields__}
PROJECTION = ", ".join(NAMES)
"""The projection expression of a Query for these attributes."""


class _Page(msgspec.Struct):
    Items: msgspec.Raw
    LastEvaluatedKey: JsonItem | None = None


_PAGE = msgspec.json.Decoder(_Page)
_CALLS = msgspec.json.Decoder(list[RawCall])


def undecoded(answer: bytes) -> dict[str, Any]:
    """Returns the answer of a Query with its Items left as JSON, a fifth of the memory. Raises ValueError."""
    try:
        page = _PAGE.decode(answer)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    return {"Items": page.Items, "LastEvaluatedKey": page.LastEvaluatedKey}


def decoded(items: object) -> list[RawCall]:
    """Returns the calls in the Items of `undecoded`."""
    return _CALLS.decode(cast("msgspec.Raw", items))
