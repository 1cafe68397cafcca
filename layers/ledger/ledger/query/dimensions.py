"""Dimensions: what calls are told apart and filtered by. Each gives a call one text, or null where it has none."""

from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, StringConstraints

from ledger.calls import metadata_condition

_COLUMNS: Final = {
    "user": "user_did",
    "app": "app_did",
    "provider": "provider_id",
    "model": "model",
    "responseModel": "response_model",
    "type": "type",
    "status": "status",
    "credential": "credential_id",
    "costSource": "cost_source",
    "serviceTier": "service_tier",
}
METADATA: Final = "metadata."


class Expression(NamedTuple):
    """An expression of SQL on the columns of the archive. Values stand for its question marks."""

    sql: str
    values: tuple[str, ...]


def _known(name: str) -> str:
    if name not in _COLUMNS and (not name.startswith(METADATA) or name == METADATA):
        raise ValueError(f"one of {', '.join(_COLUMNS)}, or {METADATA} and a path")
    return name


Dimension = Annotated[str, StringConstraints(max_length=256), AfterValidator(_known)]
"""`metadata.team.name` is the member `name` of the member `team`, `metadata.tags.0` the first element of a list, and
`metadata.session\\.id` a member whose name has a dot."""


def text(dimension: str) -> Expression:
    """The text that a call has in a dimension. Of metadata a text is itself, and anything else is its JSON."""
    if column := _COLUMNS.get(dimension):
        return Expression(column, ())
    return Expression("json_extract_string(metadata, ?)", (pointer(dimension),))


def pointer(dimension: str) -> str:
    """Where a dimension is in metadata, as an RFC 6901 pointer."""
    names = metadata_condition.path(dimension.removeprefix(METADATA))
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in names)
