"""The schemas of the types of requests and responses, with descriptions from the docstrings below their fields."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

BOUNDS: Final = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


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


def rename_bounds(value: Any) -> None:
    """Bounds behind a function of ours have pydantic's names in its schema; here they get JSON Schema's."""
    if isinstance(value, list):
        for part in cast("list[Any]", value):
            rename_bounds(part)
    if isinstance(value, dict):
        schema = cast("dict[str, Any]", value)
        for part in schema.values():
            rename_bounds(part)
        for name, bound in BOUNDS.items():
            if isinstance(schema.get(name), int | float):
                schema[bound] = schema.pop(name)
        schema.pop("decimal_places", None)


def joined(text: str) -> str:
    """The text with its paragraphs as lines of their own."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _described(schema: JsonSchemaValue, kind: type) -> JsonSchemaValue:
    docstrings = _field_docstrings(kind)
    fields: Mapping[str, Any] = getattr(kind, "model_fields", {})
    aliases = {field.alias or name: name for name, field in fields.items()}
    for name, described in schema.get("properties", {}).items():
        if note := docstrings.get(aliases.get(name, name)):
            described["description"] = note
    if "description" in schema:
        schema["description"] = joined(schema["description"])
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
                found[cast("ast.Name", field.target).id] = joined(inspect.cleandoc(str(note.value.value)))
    return found
