"""The fields that are read of a row of LiteLLM's generic_api callback (its StandardLoggingPayload).

A row also has prompts and answers. They are not read.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

import msgspec

from ledger.core.errors import InvalidRequest, Problem
from ledger.gateways.fields import encodable

type Sent = object
"""A row as it was sent: JSON as msgspec.Raw, or the decoded value of JSON that only Python can decode, such as NaN."""
type _Number = Annotated[float, msgspec.Meta(ge=0, lt=10**12)] | None
type _Count = Annotated[int, msgspec.Meta(ge=0, lt=10**12)] | None
type _Text = str | None

_LONGEST_TEXT: Final = 2_000
_MOST_TAGS: Final = 50
_LONGEST_TAG: Final = 100
_USER_AGENT: Final = "User-Agent: "


class _Fields(msgspec.Struct, gc=False):
    """Fields that LiteLLM may leave out, or set to null."""


class WrittenDetails(_Fields):
    ephemeral_1h_input_tokens: _Count = None


class Details(_Fields):
    cached_tokens: _Count = None
    cache_creation_tokens: _Count = None
    cache_creation_token_details: WrittenDetails | None = None
    reasoning_tokens: _Count = None
    audio_tokens: _Count = None
    image_tokens: _Count = None
    web_search_requests: _Count = None


class ToolUse(_Fields):
    web_search_requests: _Count = None


class Usage(_Fields):
    cache_read_input_tokens: _Count = None
    cache_creation_input_tokens: _Count = None
    prompt_tokens_details: Details | None = None
    completion_tokens_details: Details | None = None
    server_tool_use: ToolUse | None = None
    service_tier: _Text = None
    output_image_count: _Count = None
    seconds: _Number = None


class Metadata(_Fields):
    user_api_key_hash: _Text = None
    user_api_key_alias: _Text = None
    user_api_key_user_id: _Text = None
    user_api_key_user_email: _Text = None
    user_api_key_team_id: _Text = None
    user_api_key_team_alias: _Text = None
    user_api_key_org_id: _Text = None
    user_api_key_end_user_id: _Text = None
    usage_object: Usage | None = None


class Parameters(_Fields):
    user: _Text = None
    n: _Count = None


class ErrorInformation(_Fields):
    error_message: _Text = None


class Payload(_Fields):
    """Times are Unix seconds, the cost US dollars. `service_tier` is what our callback adds: as it was served."""

    id: _Text = None
    litellm_call_id: _Text = None
    trace_id: _Text = None
    session_id: _Text = None
    call_type: _Text = None
    stream: Any = None
    status: _Text = None
    error_str: _Text = None
    error_information: ErrorInformation | None = None
    response_cost: _Number = None
    cache_hit: Any = None
    custom_llm_provider: _Text = None
    service_tier: _Text = None
    model: _Text = None
    model_group: _Text = None
    model_id: _Text = None
    model_parameters: Parameters | None = None
    end_user: _Text = None
    request_tags: Any = None
    prompt_tokens: _Count = None
    completion_tokens: _Count = None
    total_tokens: _Count = None
    startTime: _Number = None
    endTime: _Number = None
    completionStartTime: _Number = None
    metadata: Metadata | None = None

    @property
    def tags(self) -> list[str]:
        """The tags that the caller gave."""
        return own_tags(self.request_tags)

    @property
    def is_cache_hit(self) -> bool:
        return self.cache_hit in (True, "True", "true")


_PAYLOAD: Final = msgspec.json.Decoder(Payload | None)
_WITHIN: Final[Mapping[str, type[_Fields]]] = {
    "metadata": Metadata,
    "model_parameters": Parameters,
    "error_information": ErrorInformation,
    "usage_object": Usage,
    "prompt_tokens_details": Details,
    "completion_tokens_details": Details,
    "cache_creation_token_details": WrittenDetails,
    "server_tool_use": ToolUse,
}
_TEXTS: Final = frozenset(
    field.name
    for shape in (Payload, *_WITHIN.values())
    for field in msgspec.structs.fields(shape)
    if field.type in (_Text, Any)
)


def read(sent: Sent) -> Payload | None:
    """Decode a row. Returns None for null, which LiteLLM sends for a call that it could not describe.

    Raises InvalidRequest for anything that is not a row.
    """
    try:
        if isinstance(sent, msgspec.Raw):
            return _PAYLOAD.decode(sent)
        return msgspec.convert(sent, Payload | None)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise InvalidRequest(Problem(path.strip(".`") or "row", message[0].lower() + message[1:])) from None
    except (msgspec.DecodeError, UnicodeEncodeError):
        return read(_mended(sent))


def _mended(sent: Sent) -> Any:
    """A row in which unpaired surrogates are replaced. JavaScript produces them where it cuts a text."""
    return json.loads(json.dumps(_value(sent), ensure_ascii=False).encode(errors="replace"))


def _value(sent: Sent) -> Any:
    return json.loads(bytes(sent)) if isinstance(sent, msgspec.Raw) else sent


def picked(sent: Sent) -> dict[str, Any]:
    """The part of a row that may be stored although it is no call: numbers and short texts in fields that are read."""
    row = _value(sent)
    return _picked(cast("Mapping[str, Any]", row), Payload) if isinstance(row, dict) else {"type": type(row).__name__}


def _picked(fields: Mapping[str, Any], shape: type[_Fields]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in shape.__struct_fields__:
        value = fields.get(name)
        if name in _WITHIN and isinstance(value, dict):
            kept[name] = _picked(cast("Mapping[str, Any]", value), _WITHIN[name])
        elif name == "request_tags" and isinstance(value, list):
            kept[name] = own_tags(value)
        elif isinstance(value, str) and name in _TEXTS:  # where a number should be, a text could be anything
            kept[name] = encodable(value[:_LONGEST_TEXT])
        elif isinstance(value, bool | int | float) and abs(value) < 2**63:
            kept[name] = value
    return kept


def own_tags(found: Any) -> list[str]:
    """The tags that the caller gave, without those that LiteLLM adds for the user agent."""
    texts = [tag for tag in cast("list[Any]", found) if isinstance(tag, str)] if isinstance(found, list) else []
    return [encodable(tag[:_LONGEST_TAG]) for tag in texts if not tag.startswith(_USER_AGENT)][:_MOST_TAGS]
