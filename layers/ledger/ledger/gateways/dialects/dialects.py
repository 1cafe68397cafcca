"""All dialects, and which of them a span speaks."""

from collections.abc import Container
from functools import lru_cache
from typing import Final

from ledger.gateways.dialects.agent_framework import AGENT_FRAMEWORK
from ledger.gateways.dialects.anthropic_sdk import ANTHROPIC_SDK
from ledger.gateways.dialects.dialect import Dialect
from ledger.gateways.dialects.litellm import LITELLM
from ledger.gateways.dialects.logfire import LOGFIRE
from ledger.gateways.dialects.openinference import OPENINFERENCE
from ledger.gateways.dialects.openlit import OPENLIT
from ledger.gateways.dialects.openllmetry import OPENLLMETRY
from ledger.gateways.dialects.opentelemetry import OPENTELEMETRY
from ledger.gateways.dialects.strands import STRANDS
from ledger.gateways.dialects.vercel import VERCEL_6, VERCEL_7

DIALECTS: Final = (
    OPENINFERENCE,
    VERCEL_6,
    VERCEL_7,
    LOGFIRE,
    OPENLIT,
    STRANDS,
    LITELLM,
    AGENT_FRAMEWORK,
    ANTHROPIC_SDK,
    OPENLLMETRY,
    OPENTELEMETRY,
)


def dialect_of(scope: str, attributes: Container[str]) -> Dialect:
    """Returns the dialect of a span: by the name of its scope, else by attributes that only one dialect has.

    Numbers decide nothing. What no dialect knows is read by OpenTelemetry's conventions.
    """
    if found := _of_scope(scope):
        return found
    for dialect in DIALECTS:
        if any(name in attributes for name in dialect.marks):
            return dialect
    return OPENTELEMETRY


@lru_cache(1_024)
def _of_scope(scope: str) -> Dialect | None:
    return next((each for each in DIALECTS if any(_is_of(scope, name) for name in each.scopes)), None)


def _is_of(scope: str, name: str) -> bool:
    """Whether a scope has this name, or begins with it where that ends in a separator, or goes on after one."""
    return scope == name or scope.startswith((name if name[-1] in "./" else f"{name}.", f"{name}/", f"{name}-"))
