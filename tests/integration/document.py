"""The API's document, which says of every answer what it may be."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from jsonschema_rs import Draft202012Validator

from tools.build.openapi.document import DOCUMENT


def _closed(schema: Any) -> Any:
    """A schema in which no object may have a property that is not declared, unless the object allows others."""
    if isinstance(schema, list):
        return [_closed(part) for part in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in cast("dict[str, Any]", schema).items()}
    return {"additionalProperties": False, **closed} if isinstance(closed.get("properties"), dict) else closed


_DOCUMENT = json.loads(DOCUMENT.read_text())
PATHS: dict[str, Any] = _DOCUMENT["paths"]
COMPONENTS = {"schemas": {name: _closed(schema) for name, schema in _DOCUMENT["components"]["schemas"].items()}}


def check(method: str, route: str, status: int, headers: Mapping[str, str], body: str | bytes) -> None:
    """Raises AssertionError for an answer that the document does not have. `route` is the template's."""
    if route not in PATHS:
        return  # open to everybody, as the dashboard's page is
    responses = PATHS[route][method.lower()]["responses"]
    assert str(status) in responses, f"{method} {route} answered {status}, which its document does not say"
    content = responses[str(status)].get("content", {})
    if not content:
        assert not body
        assert "Content-Type" not in headers
        return
    media_type = headers["Content-Type"].partition(";")[0]
    assert media_type in content
    if "schema" in content[media_type]:
        for error in _validator(method.lower(), route, status, media_type).iter_errors(json.loads(body)):
            raise AssertionError(f"{method} {route}, {status}: {error}")


@cache
def _validator(method: str, route: str, status: int, media_type: str) -> Draft202012Validator:
    schema: dict[str, Any] = PATHS[route][method]["responses"][str(status)]["content"][media_type]["schema"]
    return Draft202012Validator({**_closed(schema), "components": COMPONENTS})
