"""What the ledger has of a client's calls, beside what their provider billed."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple, Self

import httpx

from ledger.core import exact_json
from tests.e2e.clients.billed import Billed
from tests.e2e.clients.table import Told
from tools.operate.stack import Stack

PATIENCE: Final = 15
"""Seconds for what has been answered to be in the call log."""
TITLES: Final = f"{'client':<26}{'sent':>5}{'arrived':>9}{'cost':>14}{'arrived':>14}  differs"


class Kind(NamedTuple):
    """What is compared of a call."""

    type: str
    is_success: bool
    input: int
    cache_read: int
    cache_write: int
    output: int

    @classmethod
    def of_billed(cls, call: Billed) -> Self:
        """That of a call that the provider billed."""
        tokens = call.tokens
        counted = (tokens.input, tokens.cache_read, tokens.cache_write, tokens.output)
        return cls(call.type, call.is_success, *counted)

    @classmethod
    def of_arrived(cls, call: dict[str, Any]) -> Self:
        """That of a row of the call log."""
        buckets = ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "outputTokens")
        counted = (int(call["usageMetrics"].get(bucket, 0)) for bucket in buckets)
        return cls(call["type"], call["status"] == "success", *counted)

    def __str__(self) -> str:
        return f"{self.type} {self[2:]}" if self.is_success else f"{self.type} failed"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the matrix."""

    client: str
    sent: int
    arrived: int
    cost_sent: Decimal
    cost_arrived: Decimal
    differs: tuple[str, ...]
    known: tuple[str, ...] = ()
    """What differs because the client does not send it."""

    @classmethod
    def of_failure(cls, client: str, reason: str) -> Self:
        """That of a client that did not run."""
        return cls(client, 0, 0, Decimal(), Decimal(), (f"did not run: {reason}",))

    @property
    def is_right(self) -> bool:
        """Whether the ledger has each call once, and all of it that its client sends."""
        return not self.differs

    def __str__(self) -> str:
        counts = f"{self.client:<26}{self.sent:>5}{self.arrived:>9}{self.cost_sent:>14.10f}{self.cost_arrived:>14.10f}"
        return "\n        ".join([f"{counts}  {'' if self.is_right else 'yes:'}", *self.differs, *self.known])


def eventually_arrived(stack: Stack, users: Iterable[str], expected: int) -> list[dict[str, Any]]:
    """The calls of these users, when there are as many as expected, or after a while."""
    give_up = time.monotonic() + PATIENCE
    while True:
        calls = [call for user in users for call in _calls_of(stack, user)]
        if len(calls) >= expected or time.monotonic() > give_up:
            return calls
        time.sleep(1)


def _calls_of(stack: Stack, user: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {stack.token(user)}"}
    answer = httpx.get(f"{stack.api_url}/api/user/model-calls?pageSize=100", headers=headers, timeout=60)
    return exact_json.loads(answer.raise_for_status().text)["list"]


def compare(
    name: str, client: Told, billed: list[Billed], arrived: list[dict[str, Any]], user: str, refused: Counter[str]
) -> Row:
    """What a client's row of the matrix says."""
    cached = [call for call in arrived if _said(call, "cacheHit")]
    sent = Counter(map(Kind.of_billed, billed))
    got = Counter(Kind.of_arrived(call) for call in arrived if call not in cached)
    costs = sum((call.cost for call in billed), Decimal()), sum((call["credits"] for call in arrived), Decimal())
    models = {call.model for call in billed}
    differs = [
        *(f"missing: {kind}" for kind in (sent - got).elements()),
        *(f"too much: {kind}" for kind in (got - sent).elements()),
        *(f"refused: {path} {count}×" for path, count in refused.items()),
    ]
    if costs[0] != costs[1]:
        differs.append(f"cost: {costs[1]} for {costs[0]}")
    if others := Counter(call["userDid"] for call in arrived if call["userDid"] != user):
        differs.append(f"under another user: {others.total()}")
    if len(cached) != client.cached:
        differs.append(f"answered by a cache: {len(cached)} of {client.cached}")
    whose = Counter(
        f"{call['appDid']}, {_said(call, 'keyAlias')}, {', '.join(_said(call, 'tags'))}" for call in arrived
    )
    if client.whose and whose != client.whose:
        differs.append(f"teams, keys and tags: {dict(whose)}")
    if odd := {call["model"] for call in arrived} - models:
        differs.append(f"models: {', '.join(sorted(odd))}")
    if strange := {call["providerId"] for call in arrived} - {"openai", "anthropic", "gemini"}:
        differs.append(f"providers: {', '.join(sorted(strange))}")
    streams = sum(call.is_stream and call.is_success for call in billed)
    told = [call["ttfb"] for call in arrived if call["ttfb"] is not None]
    if client.tells_ttfb and len(told) < streams:
        differs.append(f"time to the first token: {len(told)} of {streams}")
    if any(not 5 <= ttfb <= 5_000 for ttfb in told):
        differs.append(f"time to the first token: {', '.join(map(str, told))} ms")
    reasons = {each: reason for each in differs for start, reason in client.unsent.items() if each.startswith(start)}
    known = [f"{each}: {reason}" for each, reason in reasons.items()]
    wrong = [each for each in differs if each not in reasons]
    return Row(name, len(billed), len(arrived), *costs, tuple(wrong), tuple(known))


def _said(call: dict[str, Any], name: str) -> Any:
    """What the metadata of a row of the call log has under a name. Empty where it has nothing."""
    metadata: dict[str, Any] = call["metadata"] or {}
    return metadata.get(name, "")
