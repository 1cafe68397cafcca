"""The dashboard's page as its function serves it."""

import base64
import gzip
import re
from typing import Any

import pytest

from tests.integration.harness import Api, payload
from tests.unit.test_template import events
from tools.build.page import SOURCES

FIRST_VIEW = 90_000
"""Bytes that the first view may take, compressed."""


def ask(api: Api, name: str | None = None, **headers: str) -> dict[str, Any]:
    event = payload("serve_dashboard")
    event["headers"].pop("accept-encoding")
    event["headers"] |= {header.replace("_", "-"): value for header, value in headers.items()}
    if name is not None:
        event |= {"pathParameters": {"name": name}, "rawPath": f"/assets/{name}", "routeKey": "GET /assets/{name}"}
    return api.handle("serve_dashboard", event)


def content(answer: dict[str, Any]) -> bytes:
    assert answer["isBase64Encoded"]
    return base64.b64decode(answer["body"])


def assets(api: Api) -> list[str]:
    """What the page loads."""
    return re.findall(r'"/assets/([^"]+)"', content(ask(api)).decode())


def test_the_page_loads_what_is_there_and_nothing_else(shared_api: Api) -> None:
    page = content(ask(shared_api)).decode()
    kinds = {name.rpartition(".")[2]: ask(shared_api, name)["headers"]["Content-Type"] for name in assets(shared_api)}
    assert kinds == {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    }
    assert "://" not in page
    assert not re.search(r"<style|style=|<script(?![^>]* src=)|\son\w+=", page)


def test_each_place_of_the_page_is_a_path_and_no_other_path_is(shared_api: Api) -> None:
    places = re.findall(r'^  "(/\w*)": ', (SOURCES / "src/places.ts").read_text(), re.MULTILINE)
    routes = [str(event["Path"]) for _, event in events("ServeDashboardFunction", "HttpApi")]
    assert [path for path in routes if path != "/assets/{name}"] == places
    for path in places:
        event = payload("serve_dashboard") | {"rawPath": path, "routeKey": f"GET {path}"}
        assert content(shared_api.handle("serve_dashboard", event)) == content(ask(shared_api, accept_encoding="br"))


def test_the_first_view_is_small(shared_api: Api) -> None:
    answers = [ask(shared_api, name, accept_encoding="gzip, br") for name in (None, *assets(shared_api))]
    assert sum(len(content(answer)) for answer in answers) < FIRST_VIEW


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, br;q=0", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("deflate", None),
        ("identity", None),
        ("br;q=0, gzip;q=0.0", None),
    ],
)
def test_it_is_compressed_as_the_browser_accepts(shared_api: Api, accepted: str, encoding: str | None) -> None:
    answer = ask(shared_api, accept_encoding=accepted)
    assert answer["headers"].get("Content-Encoding") == encoding
    assert answer["headers"]["Vary"] == "Accept-Encoding"
    if encoding == "gzip":
        assert gzip.decompress(content(answer)) == content(ask(shared_api))


def test_what_the_browser_has_is_not_sent_again(shared_api: Api) -> None:
    """Each encoding is a file of its own. Only the page itself is asked for again before it is shown."""
    for name in (None, *assets(shared_api)):
        first = ask(shared_api, name, accept_encoding="br")
        tag = first["headers"]["ETag"]
        for condition in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = ask(shared_api, name, accept_encoding="br", if_none_match=condition)
            assert again["statusCode"] == 304
            assert not again.get("body")
            assert again["headers"]["ETag"] == tag
        assert ask(shared_api, name, accept_encoding="gzip", if_none_match=tag)["statusCode"] == 200
        lifetime = "no-cache" if name is None else "public, max-age=31536000, immutable"
        assert first["headers"]["Cache-Control"] == lifetime


@pytest.mark.parametrize("name", ["nothing.js", "../app.py", "index.html/..", "manifest.json", "index.html.br", ""])
def test_nothing_else_is_served(shared_api: Api, name: str) -> None:
    assert ask(shared_api, name)["statusCode"] == 404


def test_the_page_may_talk_to_its_ledger_only_and_run_its_own_script_only(shared_api: Api) -> None:
    for name in (None, *assets(shared_api), "nothing"):
        headers = ask(shared_api, name)["headers"]
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert {policy[kind] for kind in ("script-src", "style-src", "connect-src", "img-src")} == {"'self'"}
        assert {policy[kind] for kind in ("base-uri", "form-action", "frame-ancestors")} == {"'none'"}
        assert policy["require-trusted-types-for"] == "'script'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
