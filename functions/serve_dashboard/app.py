"""GET / and the other places of the dashboard, each of which is its page, and GET /assets/{name}: its files."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "page"
MANIFEST: dict[str, str] = json.loads((PAGE / "manifest.json").read_text())
"""The content type of each file, by its name."""
POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
))  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
REFUSED = ("q=0", "q=0.0", "q=0.00", "q=0.000")
ENCODINGS = {"br": ".br", "gzip": ".gz"}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    parameters: dict[str, str] = event.get("pathParameters") or {}
    name = parameters.get("name", "index.html")
    if name not in MANIFEST:
        return {"statusCode": 404, "headers": {**HEADERS, "Content-Type": "text/plain"}, "body": "Not Found"}
    encoding = _encoding(event["headers"].get("accept-encoding", ""))
    body, etag = _file(name + ENCODINGS.get(encoding, ""))
    # The name of every other file changes with its content, so it can be cached for ever.
    lifetime = "no-cache" if name == "index.html" else "public, max-age=31536000, immutable"
    headers = {**HEADERS, "Cache-Control": lifetime, "ETag": etag}
    cached = event["headers"].get("if-none-match", "").split(",")
    if {tag.strip().removeprefix("W/") for tag in cached} & {etag, "*"}:
        return {"statusCode": 304, "headers": headers}
    headers["Content-Type"] = MANIFEST[name]
    if encoding:
        headers["Content-Encoding"] = encoding
    return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": True}


def _encoding(accepted: str) -> str:
    """Returns the best encoding that the client accepts; empty for none."""
    offers: dict[str, str] = {}
    for offer in accepted.lower().split(","):
        name, _, weight = offer.partition(";")
        offers[name.strip()] = weight.replace(" ", "")
    return next((encoding for encoding in ENCODINGS if offers.get(encoding, "q=0") not in REFUSED), "")


@cache
def _file(name: str) -> tuple[str, str]:
    """Returns a file in base64, and its ETag."""
    content = (PAGE / name).read_bytes()
    return base64.b64encode(content).decode(), f'"{hashlib.sha256(content).hexdigest()[:32]}"'
