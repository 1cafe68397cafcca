"""Spans as real instrumentations sent them to a loopback provider of known usage, without content.

Each file is one client. The provider answered each call with 100 input tokens, of which 40 were read from a cache (30
read and 10 written for Anthropic's API), and 20 output tokens, of which OpenAI's 5 were reasoning. An embedding had 8.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.gateways.otlp import Span

CLIENTS: Final = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.json")))


@dataclass(frozen=True)
class Recording:
    client: str
    spans: tuple[Span, ...]


def recorded(client: str) -> Recording:
    found = json.loads((Path(__file__).parent / f"{client}.json").read_text())
    return Recording(found["client"], tuple(_spans(found["spans"])))


def _spans(found: list[dict[str, Any]]) -> Iterator[Span]:
    for span in found:
        yield Span(
            trace_id=span["traceId"],
            span_id=span["spanId"],
            parent_id=span["parentId"],
            scope=span["scope"],
            version=span["version"],
            start=span["start"],
            end=span["end"],
            is_error=span["isError"],
            message=span["message"],
            attributes=span["attributes"],
            resource=span["resource"],
        )
