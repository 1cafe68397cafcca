"""The API's document says what the handlers say, for every route that asks for credentials."""

import json
import re
import runpy
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.unit.test_template import FUNCTIONS, OPEN_ROUTES, ROOT, events
from tools.build.openapi import document

DOCUMENT = document.document()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


@pytest.mark.parametrize("path", document.files(), ids=lambda path: path.name)
def test_what_is_checked_in_is_what_the_handlers_say(path: Any) -> None:
    assert path.read_text() == document.files()[path], "run `make openapi`"


def test_every_route_of_the_template_is_described() -> None:
    routes = {
        f"{event['Method']} {event['Path']}" for function in FUNCTIONS for _, event in events(function, "HttpApi")
    }
    assert {route for route, _ in OPERATIONS} == routes - OPEN_ROUTES, "a handler's path is that of the template"


@pytest.mark.parametrize(("route", "operation"), OPERATIONS, ids=[route for route, _ in OPERATIONS])
def test_every_operation_can_be_used_by_its_description_alone(route: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert "Open to:" in operation["description"]
    assert {"400", "401", "403", "429", "500", "503"} <= operation["responses"].keys()
    assert any(status.startswith("2") for status in operation["responses"])
    assert set(re.findall(r"{(\w+)}", route)) == {
        parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"
    }
    if route.split(" ")[0] in {"POST", "PUT", "PATCH"}:
        assert "requestBody" in operation, "Annotated[…, Body()], or @body_type where a handler reads the body itself"
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and "$ref" not in parameter["schema"] and "enum" not in parameter["schema"]:
            assert parameter.get("description"), f"a docstring below the field of {parameter['name']}"


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(DOCUMENT)
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names <= DOCUMENT["components"]["schemas"].keys()


def test_the_page_has_no_script_and_its_links_lead_somewhere() -> None:
    served = runpy.run_path(str(ROOT / "functions/get_api_document/app.py"))["handler"]({"routeKey": "GET /docs"}, None)
    policy = served["headers"]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy

    class Page(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.tags: list[tuple[str, dict[str, str | None]]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.append((tag, dict(attrs)))

    page = Page()
    page.feed(served["body"])
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert "script" not in {tag for tag, _ in page.tags}
    assert {link[1:] for link in links if link and link.startswith("#")} <= ids
