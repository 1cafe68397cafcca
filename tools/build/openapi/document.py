"""The OpenAPI document of the API: made from the handlers' own types, and from the docstrings beside them.

The schemas come from the types of a handler's parameters and of its return. The first line of its docstring is the
summary of the operation, and a docstring below a field is the field's description.
"""

import inspect
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from types import NoneType
from typing import Any, Final, cast

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import BaseModel, TypeAdapter

from ledger.core.identity import Role
from ledger.http.errors import Error
from tools.build.openapi import page
from tools.build.openapi.operations import FUNCTIONS, TAGS, Operation, operations
from tools.build.openapi.schemas import Schemas, joined, rename_bounds
from tools.project import ROOT

DOCUMENT: Final = FUNCTIONS / "get_api_document/openapi.json"
PAGE: Final = FUNCTIONS / "get_api_document/page.html"
DESCRIPTION: Final = """\
Usage and cost analytics for AI model calls. A gateway records every call it makes to a model provider; users and
administrators ask what was used, what it cost and when. Every total equals the sum of its calls.

Times are Unix seconds, both ends of a range inclusive. Parameters that are empty count as absent, unknown ones are
ignored. Amounts are JSON numbers with all their digits: read them with a decimal type where cents matter.

Credentials are checked again after 60 seconds: a revoked key works for so long. After a 429 or a 503, send the same
request again when the seconds of `Retry-After` are over: that is safe, whatever the first one did."""
TRACES: Final[Mapping[str, Any]] = {
    "operationId": "ingest_traces",
    "tags": ["Recording"],
    "summary": "Record the model calls among OpenTelemetry spans",
    "description": (
        "OTLP/HTTP as the OpenTelemetry protocol defines it: an ExportTraceServiceRequest in protobuf or JSON, which "
        "may be compressed with gzip; the response has the same type. Spans that are no model calls are ignored."
        "\n\nOpen to: `admin`, `owner`, `recorder`."
    ),
    "requestBody": {"required": True, "content": {"application/json": {}, "application/x-protobuf": {}}},
    "responses": {
        status: {"description": description, "content": {"application/json": {}, "application/x-protobuf": {}}}
        for status, description in {
            "200": "An ExportTraceServiceResponse; `partialSuccess` says how many spans were rejected",
            "400": "A Status: the body can't be understood",
            "401": "A Status: there are no credentials, or they are not valid",
            "403": "A Status: the role does not permit this",
            "413": "A Status: the body is too large",
            "415": "A Status: the body is neither protobuf nor JSON",
            "429": "A Status, or API Gateway's own answer: send the same again later",
            "500": "A defect",
            "503": "A Status: send the same again later",
        }.items()
    },
}
"""The operation of the route whose bodies OpenTelemetry defines."""


def unread(signal: str) -> dict[str, Any]:
    """Returns the operation of a route for what instrumentations send along with spans."""
    return {
        **TRACES,
        "operationId": f"ingest_{signal}",
        "summary": f"Accept OpenTelemetry {signal}, which are not read",
        "description": (
            f"Some instrumentations send {signal} to where their spans go, and report an error unless they are taken."
            "\n\nOpen to: `admin`, `owner`, `recorder`."
        ),
        "responses": {
            **TRACES["responses"],
            "200": {**TRACES["responses"]["200"], "description": "The message of OTLP that says that all is well"},
        },
    }


GATEWAY_ERROR: Final = {
    "title": "GatewayError",
    "description": "An error of API Gateway itself, which no function has seen.",
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}
ERRORS: Final = {
    HTTPStatus.BAD_REQUEST: "A parameter or the body is not valid; nothing was changed",
    HTTPStatus.UNAUTHORIZED: "There are no credentials, or they are not valid",
    HTTPStatus.FORBIDDEN: "The role does not permit this",
    HTTPStatus.NOT_FOUND: "It does not exist, or belongs to somebody else",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    HTTPStatus.TOO_MANY_REQUESTS: "There are too many requests: send it again later",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A defect",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database is busy: send the same request again after `Retry-After` seconds",
}


def document() -> dict[str, Any]:
    """Returns the OpenAPI document of every route that needs credentials."""
    found = list(operations())
    adapters: list[tuple[Any, Any, TypeAdapter[Any]]] = [("error", "serialization", TypeAdapter(Error))]
    for operation in found:
        adapters.append((operation.handler, "serialization", TypeAdapter(operation.content)))
        if (body := _body(operation)) is not None:
            adapters.append((operation.handler, "validation", TypeAdapter(body[0])))
    schemas, definitions = TypeAdapter.json_schemas(
        cast("Any", adapters), ref_template="#/components/schemas/{model}", schema_generator=Schemas
    )
    components: dict[str, Any] = {**definitions["$defs"], "GatewayError": GATEWAY_ERROR}
    paths: dict[str, dict[str, Any]] = {}
    for operation in found:
        described = _operation(operation, cast("Mapping[Any, Any]", schemas), components)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    paths["/v1/traces"] = {"post": TRACES}
    paths |= {f"/v1/{signal}": {"post": unread(signal)} for signal in ("logs", "metrics")}
    rename_bounds([paths, components])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Usage Ledger", "version": project["version"], "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A JSON Web Token, or an API key (`ul_<id>_<secret>`).",
                }
            },
            "schemas": dict(sorted(components.items())),
        },
    }


def files() -> dict[Path, str]:
    """Returns the files that are checked in and served: the document, and the page that shows it."""
    described = document()
    return {DOCUMENT: json.dumps(described, indent=1, ensure_ascii=False) + "\n", PAGE: page.page(described)}


def _operation(operation: Operation, schemas: Mapping[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(operation.handler.__doc__ or "").partition("\n\n")
    if not summary:
        raise TypeError(f"{operation.handler.__name__} needs a docstring that says what it does")
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "tags": [operation.tag],
        "summary": joined(summary),
        "description": f"{joined(description)}\n\nOpen to: {_roles(operation.roles)}.".strip(),
    }
    if parameters := [*_path_parameters(operation), *_query_parameters(operation, components)]:
        described["parameters"] = parameters
    if (body := _body(operation)) is not None:
        schema = schemas[operation.handler, "validation"]
        described["requestBody"] = {"required": True, "content": {kind: {"schema": schema} for kind in body[1]}}
    described["responses"] = _responses(operation, schemas)
    return described


def _responses(operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    schema = schemas[operation.handler, "serialization"]
    kinds: dict[str, Any] = {"application/json": {"schema": schema}} | (
        {"text/csv": {}} if operation.may_be_csv else {}
    )
    content = {} if operation.content is NoneType else {"content": kinds}
    declared = operation.responses or {HTTPStatus.OK: _summary(operation.content)}
    responses: dict[int, Any] = {
        int(status): {"description": description, **content} for status, description in declared.items()
    }
    if operation.redirects_with_file:
        responses[HTTPStatus.SEE_OTHER]["content"] = kinds | {"text/csv": {}}
    error, gateway = schemas["error", "serialization"], {"$ref": "#/components/schemas/GatewayError"}
    for status, description in ERRORS.items():
        of_body = status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        of_path = status is HTTPStatus.NOT_FOUND
        if (of_body and _body(operation) is None) or (of_path and "{" not in operation.path):
            continue
        bodies = [error] if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN) else [error, gateway]
        throttled_by_gateway = status is HTTPStatus.TOO_MANY_REQUESTS and not operation.has_quota
        if throttled_by_gateway or status is HTTPStatus.INTERNAL_SERVER_ERROR:
            bodies = [gateway]
        if status in responses:
            bodies = [schema, *bodies]
            description = responses[status]["description"]
        body = {"schema": bodies[0] if len(bodies) == 1 else {"anyOf": bodies}}
        responses[status] = {"description": description, "content": {"application/json": body}}
    return {str(status): responses[status] for status in sorted(responses)}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": 256}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


def _query_parameters(operation: Operation, components: dict[str, Any]) -> Iterator[dict[str, Any]]:
    model: type[BaseModel] | None = operation.parameter(Query)
    if model is None:
        return
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}", schema_generator=Schemas)
    components.update(schema.get("$defs", {}))
    for name, given in schema["properties"].items():
        # A parameter is absent rather than null, and all of them are text on their way.
        kinds = [kind for kind in given.pop("anyOf", []) if kind != {"type": "null"}]
        number = next((kind for kind in kinds if kind.get("type") == "number"), None)
        described: dict[str, Any] = {**given, **(number or (kinds[0] if kinds else {}))}
        parameter: dict[str, Any] = {"name": name, "in": "query", "required": name in schema.get("required", [])}
        if "description" in described:
            parameter["description"] = described.pop("description")
        if described.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        yield {**parameter, "schema": described}


def _body(operation: Operation) -> tuple[Any, tuple[str, ...]] | None:
    """Returns the type of a request's body, and its media types; None for an operation without a body."""
    if (read_by_handler := getattr(operation.handler, "body_type", None)) is not None:
        return read_by_handler
    declared = operation.parameter(Body)
    return None if declared is None else (declared, ("application/json",))


def _summary(kind: Any) -> str:
    own = kind.__doc__ if isinstance(kind, type) and kind.__module__.startswith("ledger") else None
    return joined(inspect.cleandoc(own).partition("\n\n")[0]) if own else "Done"


def _roles(roles: frozenset[Role]) -> str:
    return ", ".join(f"`{role}`" for role in Role if role in roles)


def main() -> None:
    """Write the files."""
    for path, content in files().items():
        path.write_text(content)


if __name__ == "__main__":
    main()
