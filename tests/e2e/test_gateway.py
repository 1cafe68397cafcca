"""The local API treats requests and functions as API Gateway and Lambda do."""

import gzip
import json

import httpx
import pytest

from tests.e2e.probes import add_function, add_route
from tools.operate.stack import Stack

PROBE = """
import importlib.util


def handler(event, context):
    what = event["rawPath"].rpartition("/")[2]
    if what == "fail":
        raise RuntimeError("a secret")
    if what == "overflow":
        return {"statusCode": 200, "body": "x" * 6_500_000}
    if what == "library":
        return {"statusCode": 200, "body": str(importlib.util.find_spec("ministack"))}
    if what == "redirect":
        return {"statusCode": 303, "headers": {"Location": "https://example.com/?a=%20"}, "body": "{}"}
    return {name: event.get(name) for name in ("rawPath", "rawQueryString", "isBase64Encoded")}
"""


@pytest.fixture(scope="module")
def probe(stack: Stack) -> httpx.Client:
    add_route(stack, "/probe/{what}", add_function(stack, "gateway-probe", PROBE, like="GetUsageStatsFunction"))
    return httpx.Client(base_url=f"{stack.api_url}/probe", timeout=60)


def test_a_functions_exception_does_not_leave(probe: httpx.Client) -> None:
    response = probe.get("/fail")
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})


def test_an_answer_too_large_for_lambda_fails(probe: httpx.Client) -> None:
    assert probe.get("/overflow").status_code == 500


def test_a_redirect_comes_out_as_it_is(probe: httpx.Client) -> None:
    response = probe.get("/redirect")
    assert (response.status_code, response.headers["Location"]) == (303, "https://example.com/?a=%20")


def test_functions_have_only_the_libraries_of_the_layer(probe: httpx.Client) -> None:
    assert probe.get("/library").text == "None"


def test_paths_and_queries_reach_a_function_as_on_aws(probe: httpx.Client) -> None:
    event = probe.get("/caf%C3%A9%20x?a=1&a=2&b=%2B%20").json()
    assert event["rawPath"] == "/probe/café x"
    assert event["rawQueryString"] == "a=1&a=2&b=%2B%20"


def test_a_compressed_body_reaches_a_function_in_base64(probe: httpx.Client) -> None:
    body = gzip.compress(json.dumps({"calls": []}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert probe.post("/body", content=body, headers=headers).json()["isBase64Encoded"] is True
