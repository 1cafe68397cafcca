"""The OpenAPI document of the API: made from the handlers' own types, and from the docstrings beside them.

A handler's parameters say what it takes, its return type what it answers, the first line of its docstring is its
summary, and a docstring below a field describes the field.
"""

import ast
import importlib.util
import inspect
import json
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Any, Final, cast, get_args, get_origin

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from ledger.http import Answer, Api, Error
from ledger.identity import Role
from local import openapi_page
from local.emulator import ROOT

FUNCTIONS: Final = ROOT / "functions"
DOCUMENT: Final = FUNCTIONS / "get_api_document/openapi.json"
PAGE: Final = FUNCTIONS / "get_api_document/page.html"
DESCRIPTION: Final = """\
Usage and cost analytics for AI model calls. A gateway records every call it makes to a model provider; users and
administrators ask what was used, what it cost and when. Every total equals the sum of its calls.

Times are Unix seconds, both ends of a range inclusive. Parameters that are empty count as absent, unknown ones are
ignored. Amounts are JSON numbers with all their digits: read them with a decimal type where cents matter.

What is known about an `Authorization` header is kept for 60 seconds: a revoked key works for so long. A request that
was answered 429 or 503 may be repeated as it is, after `Retry-After`; nothing was half-done."""
TRACES: Final[Mapping[str, Any]] = {
    "operationId": "ingest_traces",
    "tags": ["Recording"],
    "summary": "Take the model calls among OpenTelemetry spans",
    "description": (
        "OTLP/HTTP as the OpenTelemetry protocol defines it: an ExportTraceServiceRequest in protobuf or JSON, which "
        "may be compressed with gzip; the answer is of the same type. Spans that are no model calls are passed over."
        "\n\nOpen to: `admin`, `owner`, `recorder`."
    ),
    "requestBody": {"required": True, "content": {"application/json": {}, "application/x-protobuf": {}}},
    "responses": {
        status: {"description": description, "content": {"application/json": {}, "application/x-protobuf": {}}}
        for status, description in {
            "200": "An ExportTraceServiceResponse; `partialSuccess` says how many spans were no good",
            "400": "A Status: the body can't be understood",
            "401": "A Status: no credentials, or bad ones",
            "403": "A Status: not for this role",
            "413": "A Status: more than is taken at once",
            "415": "A Status: neither protobuf nor JSON",
            "429": "Send the same again later",
            "500": "A defect",
            "503": "A Status: send the same again later",
        }.items()
    },
}
"""Of the one route whose bodies are OpenTelemetry's to define."""
TAGS: Final = {
    "Recording": "What gateways write.",
    "Usage": "What was used, what it cost and when.",
    "Call log": "The calls themselves.",
    "Administration": "Keys, names, and the state of the counters.",
}
GATEWAY_ERROR: Final = {
    "title": "GatewayError",
    "description": "What API Gateway answers by itself, before anything else has seen the request.",
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}
BOUNDS: Final = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
ERRORS: Final = {
    HTTPStatus.BAD_REQUEST: "A parameter or the body is not what it may be; nothing was changed",
    HTTPStatus.UNAUTHORIZED: "No credentials, or bad ones",
    HTTPStatus.FORBIDDEN: "Not for this role",
    HTTPStatus.NOT_FOUND: "It isn't there, or is somebody else's",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "More than is taken at once",
    HTTPStatus.TOO_MANY_REQUESTS: "More requests than this API takes: repeat it later",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A defect",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database is busy: repeat the same request after `Retry-After` seconds",
}


@dataclass(frozen=True)
class Operation:
    """A route of a function: `path` as API Gateway knows it."""

    method: str
    path: str
    handler: Callable[..., Any]
    roles: frozenset[Role]
    responses: Mapping[int, Any]

    @property
    def answer(self) -> Any:
        """The type of the body that it answers. Raises TypeError where its return type doesn't say that."""
        declared = inspect.signature(self.handler).return_annotation
        if get_origin(declared) is not Answer:
            raise TypeError(f"{self.handler.__name__} has to say what it answers: -> Answer[…], see ledger/http.py")
        return get_args(declared)[0]

    def parameter(self, kind: type) -> Any:
        """The type of the parameter that is annotated as a Query or a Body."""
        for parameter in inspect.signature(self.handler).parameters.values():
            metadata = getattr(parameter.annotation, "__metadata__", ())
            if any(isinstance(note, kind) for note in metadata):
                return get_args(parameter.annotation)[0]
        return None


class Schemas(GenerateJsonSchema):
    """Schemas as the API's JSON is: decimals are numbers, and fields are described by the docstrings below them."""

    def decimal_schema(self, schema: Any) -> JsonSchemaValue:
        del schema
        if self.mode == "serialization":
            return {"type": "number"}
        return {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}]}

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        return _described(super().model_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: Any) -> JsonSchemaValue:
        return _described(super().typed_dict_schema(schema), schema["cls"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        return {name: value for name, value in super().default_schema(schema).items() if value is not None}

    def get_title_from_name(self, name: str) -> str:
        return name

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def document() -> dict[str, Any]:
    """The OpenAPI document of every route that asks for credentials."""
    found = list(operations())
    adapters: list[tuple[Any, Any, TypeAdapter[Any]]] = [("error", "serialization", TypeAdapter(Error))]
    for operation in found:
        adapters.append((operation.handler, "serialization", TypeAdapter(operation.answer)))
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
    _rename_bounds([paths, components])
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
    """What is checked in and served: the document, and the page that shows it."""
    described = document()
    return {DOCUMENT: json.dumps(described, indent=1, ensure_ascii=False) + "\n", PAGE: openapi_page.page(described)}


def operations() -> Iterator[Operation]:
    """The routes of all functions, by path and method."""
    apis = [_load(path).api for path in sorted(FUNCTIONS.glob("*/app.py")) if "Api(" in path.read_text()]
    found = [
        Operation(route.method, route.openapi_path, cast("Any", route.func), api.roles, route.responses or {})
        for api in cast("list[Api]", apis)
        for route in [*api._static_routes, *api._dynamic_routes]  # pyright: ignore[reportPrivateUsage]
    ]
    tags = list(TAGS)
    return iter(sorted(found, key=lambda one: (tags.index(_tag(one)), one.path, one.method)))


def _operation(operation: Operation, schemas: Mapping[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(operation.handler.__doc__ or "").partition("\n\n")
    if not summary:
        raise TypeError(f"{operation.handler.__name__} has to say in its docstring what it is for")
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "tags": [_tag(operation)],
        "summary": _joined(summary),
        "description": f"{_joined(description)}\n\nOpen to: {_roles(operation.roles)}.".strip(),
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
    content = {} if operation.answer is NoneType else {"content": {"application/json": {"schema": schema}}}
    declared = operation.responses or {HTTPStatus.OK: {"description": _summary(operation.answer)}}
    responses: dict[int, Any] = {int(status): {**response, **content} for status, response in declared.items()}
    error, gateway = schemas["error", "serialization"], {"$ref": "#/components/schemas/GatewayError"}
    for status, description in ERRORS.items():
        of_body = status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        of_path = status is HTTPStatus.NOT_FOUND
        if (of_body and _body(operation) is None) or (of_path and "{" not in operation.path):
            continue
        kinds = [error] if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN) else [error, gateway]
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR):
            kinds = [gateway]
        if status in responses:
            kinds = [schema, *kinds]
            description = responses[status]["description"]
        body = {"schema": kinds[0] if len(kinds) == 1 else {"anyOf": kinds}}
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
    """The type of a request's body, and its media types."""
    noted = getattr(operation.handler, "takes", None)
    if noted is not None:
        return noted
    declared = operation.parameter(Body)
    return None if declared is None else (declared, ("application/json",))


def _described(schema: JsonSchemaValue, kind: type) -> JsonSchemaValue:
    docstrings = _field_docstrings(kind)
    fields: Mapping[str, Any] = getattr(kind, "model_fields", {})
    aliases = {field.alias or name: name for name, field in fields.items()}
    for name, described in schema.get("properties", {}).items():
        if note := docstrings.get(aliases.get(name, name)):
            described["description"] = note
    if "description" in schema:
        schema["description"] = _joined(schema["description"])
    return schema


def _field_docstrings(kind: type) -> dict[str, str]:
    """The docstrings below the fields of a class and of those it is made from."""
    found: dict[str, str] = {}
    for part in [*reversed(getattr(kind, "__orig_bases__", ())), *reversed(kind.__mro__)]:
        if getattr(part, "__module__", "").partition(".")[0] != "ledger":
            continue
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(part))).body
        statements = cast("ast.ClassDef", body).body
        for field, note in pairwise(statements):
            if isinstance(field, ast.AnnAssign) and isinstance(note, ast.Expr) and isinstance(note.value, ast.Constant):
                found[cast("ast.Name", field.target).id] = _joined(inspect.cleandoc(str(note.value.value)))
    return found


def _summary(kind: Any) -> str:
    own = kind.__doc__ if isinstance(kind, type) and kind.__module__.startswith("ledger") else None
    return _joined(inspect.cleandoc(own).partition("\n\n")[0]) if own else "Done"


def _joined(text: str) -> str:
    """The text with its paragraphs as lines of their own."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _roles(roles: frozenset[Role]) -> str:
    return ", ".join(f"`{role}`" for role in Role if role in roles)


def _rename_bounds(value: Any) -> None:
    """Bounds behind a function of ours have pydantic's names in its schema; here they get JSON Schema's."""
    if isinstance(value, list):
        for part in cast("list[Any]", value):
            _rename_bounds(part)
    if isinstance(value, dict):
        schema = cast("dict[str, Any]", value)
        for part in schema.values():
            _rename_bounds(part)
        for name, bound in BOUNDS.items():
            if isinstance(schema.get(name), int | float):
                schema[bound] = schema.pop(name)
        schema.pop("decimal_places", None)


def _tag(operation: Operation) -> str:
    if operation.path.startswith("/api/admin"):
        return "Administration"
    if operation.path.startswith(("/api/user/model-calls", "/api/user/exports")):
        return "Call log"
    return "Usage" if operation.method == "GET" else "Recording"


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_described", path)
    assert spec  # noqa: S101 - the file is there
    assert spec.loader  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Write the files."""
    for path, content in files().items():
        path.write_text(content)


if __name__ == "__main__":
    main()
