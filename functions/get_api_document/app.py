"""GET /openapi.json and /docs: the API's document for programs and for people, open to everybody."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PAGE = (FOLDER / "page.html").read_text()
STYLE = re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)[0]
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
RESPONSES = {
    "GET /openapi.json": {
        "statusCode": 200,
        "headers": {**HEADERS, "Content-Type": "application/json", "Access-Control-Allow-Origin": "*"},
        "body": (FOLDER / "openapi.json").read_text(),
    },
    "GET /docs": {
        "statusCode": 200,
        "headers": {**HEADERS, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY},
        "body": PAGE,
    },
}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return RESPONSES[event["routeKey"]]
