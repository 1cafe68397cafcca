"""The page that shows the OpenAPI document to people: plain HTML without a script."""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --line: color-mix(in srgb, currentColor 15%, transparent);
  --accent: light-dark(#0b5cad, #7db8f5);
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; }
body { display: grid; grid-template-columns: 17rem minmax(0, 52rem); gap: 3rem; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem; }
nav { border-right: 1px solid var(--line); font-size: .875rem; }
nav ol { list-style: none; margin: 0 0 1rem; padding: 0; }
nav li { padding: .125rem 0; }
main { padding: 1.5rem 1.5rem 6rem 0; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .15em; }
h1, h2, h3 { line-height: 1.25; }
h2 { margin: 3rem 0 0; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
section { margin-top: 2.5rem; scroll-margin-top: 1rem; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .375rem; }
.route { margin: .25rem 0; overflow-wrap: anywhere; }
.method { font-weight: 700; color: var(--accent); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .375rem 1rem .375rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; white-space: nowrap; }
thead > tr > * { border-top: 0; font-size: .875rem; }
.note { opacity: .75; font-size: .875rem; font-weight: 400; }
@media (max-width: 60rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1.5rem; }
}
"""


def page(document: Mapping[str, Any]) -> str:
    """The document as a page of its own."""
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    contents: list[str] = []
    sections: list[str] = []
    for tag in document["tags"]:
        tagged = [one for one in operations if tag["name"] in one[2]["tags"]]
        contents += [
            f"<strong>{escape(tag['name'])}</strong>",
            _links((o["operationId"], o["summary"]) for *_, o in tagged),
        ]
        sections.append(f"<h2>{escape(tag['name'])}</h2>{_prose(tag['description'])}")
        sections += [_operation(*one) for one in tagged]
    contents += ["<strong>Schemas</strong>", _links((f"schema-{name}", name) for name in schemas)]
    sections.append("<h2>Schemas</h2>")
    sections += [_schema(name, schema) for name, schema in schemas.items()]
    info, bearer = document["info"], document["components"]["securitySchemes"]["bearer"]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(info["title"])}: the API</title>
<style>{STYLE}</style>
</head>
<body>
<nav aria-label="Contents">{"".join(contents)}</nav>
<main>
<h1>{escape(info["title"])} <span class="note">{escape(info["version"])}</span></h1>
{_prose(info["description"])}
<p>For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI {escape(document["openapi"])}).
Credentials: <code>Authorization: Bearer …</code>, {_inline(bearer["description"])}</p>
{"".join(sections)}
</main>
</body>
</html>
"""


def _links(entries: Iterator[tuple[str, str]]) -> str:
    return f"<ol>{''.join(f'<li><a href="#{escape(to)}">{escape(text)}</a></li>' for to, text in entries)}</ol>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parts = [
        f'<section id="{escape(operation["operationId"])}"><h3>{escape(operation["summary"])}</h3>',
        f'<p class="route"><code><span class="method">{method}</span> {escape(path)}</code></p>',
        _prose(operation["description"]),
    ]
    if "parameters" in operation:
        rows = (
            (_name(one["name"], one["required"]), _type(one["schema"]), _inline(one.get("description", "")))
            for one in operation["parameters"]
        )
        parts.append(_table(("Parameter", "", ""), rows))
    if "requestBody" in operation:
        rows = (
            (f"<code>{escape(kind)}</code>", _type(body.get("schema", {})), "")
            for kind, body in operation["requestBody"]["content"].items()
        )
        parts.append(_table(("Body", "", ""), rows))
    rows = (
        (
            status,
            ", ".join(_type(body.get("schema", {})) for body in response.get("content", {}).values()),
            _inline(response["description"]),
        )
        for status, response in operation["responses"].items()
    )
    parts.append(_table(("Response", "", ""), rows))
    return "".join(parts) + "</section>"


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    parts = [f'<section id="schema-{escape(name)}"><h3>{escape(name)}</h3>', _prose(schema.get("description", ""))]
    if "properties" in schema:
        required = schema.get("required", [])
        rows = (
            (_name(field, field in required), _type(kind), _inline(kind.get("description", "")))
            for field, kind in schema["properties"].items()
        )
        parts.append(_table(("Field", "", ""), rows))
    else:
        parts.append(f"<p>{_type(schema)}</p>")
    return "".join(parts) + "</section>"


def _name(name: str, required: bool) -> str:
    return f"<code>{escape(name)}</code>" + ("" if required else ' <span class="note">optional</span>')


def _type(schema: Mapping[str, Any]) -> str:
    """A type in a few words, with its bounds."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(str(kind)) + "".join(_bounds(schema))


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    names = {
        "minimum": "from",
        "exclusiveMinimum": "above",
        "maximum": "to",
        "exclusiveMaximum": "below",
        "default": "else",
    }
    bounds = [f"{word} {json.dumps(schema[name])}" for name, word in names.items() if name in schema]
    if "maxLength" in schema:
        bounds.append(f"up to {schema['maxLength']} characters")
    if bounds:
        yield f' <span class="note">{escape(", ".join(bounds))}</span>'


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    titles = "".join(f'<th scope="col">{title}</th>' if title else "<td></td>" for title in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>' for first, *rest in rows
    )
    return f'<div class="table"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _prose(text: str) -> str:
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph)


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
