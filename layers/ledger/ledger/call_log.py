"""The call log: the calls that some filters leave, newest first, page by page."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, islice
from typing import Any, TypedDict

from ledger import cursors, exact_json, keys
from ledger.calls import Calls
from ledger.errors import InvalidRequest, NotFound, Problem
from ledger.identity import ADMINISTRATORS, Identity
from ledger.model_call import ModelCall
from ledger.providers import provider
from ledger.queries import LATEST, CallsQuery, SearchField
from ledger.registry import Directory, Registry

COUNTING = 8.0
"""Seconds after which the count is left at what it is."""
SEEKING = 16.0
"""Seconds after which a page that lies too deep is given up."""
_LOOKED_UP_TOGETHER = 100


class Paging(TypedDict):
    page: int
    pageSize: int


class CallsPage(TypedDict):
    """`count` is a lower bound where `countIsExact` is false. `nextToken` is null on the last page."""

    count: int
    countIsExact: bool
    list: "list[dict[str, Any]]"
    paging: Paging
    nextToken: str | None


@dataclass(frozen=True)
class CallLog:
    calls: Calls
    registry: Registry

    def page(self, identity: Identity, query: CallsQuery, cursor_secret: str) -> CallsPage:
        """One page of the asker's own calls, or with allUsers of everybody's.

        Raises Forbidden for allUsers without the role, InvalidRequest for a token of another list.
        """
        if query.all_users:
            identity.require(ADMINISTRATORS)
        context = _context(identity, query)
        before, skipped = None, (query.page - 1) * query.page_size
        if query.next_token:
            before, skipped = cursors.unseal(query.next_token, context, cursor_secret), 0
        rows = _rows(self._matching(identity, query, before), skipped, query.page_size + 1)
        count, is_exact = _count(self._matching(identity, query))
        shown = rows[: query.page_size]
        more = len(rows) > query.page_size
        return {
            "count": count,
            "countIsExact": is_exact,
            "list": self._shown(shown),
            "paging": {"page": query.page, "pageSize": query.page_size},
            "nextToken": cursors.seal(shown[-1].call_time_id, context, cursor_secret) if more else None,
        }

    def call(self, identity: Identity, call_id: str) -> dict[str, Any]:
        """One call, its user's own or any for an administrator. Raises NotFound for any other."""
        call = self.calls.get(call_id, int(time.time()))
        if call is None or not (identity.is_administrator or call.user_did == identity.did):
            raise NotFound("no such call")
        return self._shown([call])[0]

    def _matching(self, identity: Identity, query: CallsQuery, before: str | None = None) -> Iterator[ModelCall]:
        """The calls that the filters leave, newest first; only those after the position `before`, if given."""
        start = max(query.start_time or 0, self.calls.expired(int(time.time())) + 1)
        first = keys.from_second(start)
        last = keys.through_second(LATEST if query.end_time is None else query.end_time)
        if before is not None:
            last = min(last, before)
        if first > last:
            return iter(())
        calls = (
            self.calls.of_everybody(first, last) if query.all_users else self.calls.of_user(identity.did, first, last)
        )
        matching = (call for call in calls if call.call_time_id != before and _matches(call, query))
        return self._found(matching, query) if query.search else matching

    def _found(self, calls: Iterable[ModelCall], query: CallsQuery) -> Iterator[ModelCall]:
        """The calls in which the searched text occurs, in any case."""
        text = (query.search or "").casefold()
        by_name = {"userName", "appName"} & set(query.search_fields)
        for some in batched(calls, _LOOKED_UP_TOGETHER):
            directory = self._directory(some) if by_name else Directory({})
            for call in some:
                texts = _texts(call, directory)
                if any(text in texts[field].casefold() for field in query.search_fields):
                    yield call

    def _shown(self, calls: Sequence[ModelCall]) -> list[dict[str, Any]]:
        directory = self._directory(calls)
        return [
            {
                **call.to_json(),
                "provider": _provider(call.provider_id),
                "appInfo": directory.app(call.app_did) if call.app_did else None,
                "userInfo": directory.user(call.user_did),
            }
            for call in calls
        ]

    def _directory(self, calls: Sequence[ModelCall]) -> Directory:
        return self.registry.look_up(
            (call.user_did for call in calls), (call.app_did for call in calls if call.app_did)
        )


def _matches(call: ModelCall, query: CallsQuery) -> bool:
    return (
        query.status in ("all", call.status)
        and query.model in (None, call.model)
        and query.provider_id in (None, call.provider_id)
        and query.type in (None, call.type)
        and query.app_did in (None, call.app_did)
        and (query.min_duration_seconds is None or (call.duration or 0) >= query.min_duration_seconds)
    )


def _texts(call: ModelCall, directory: Directory) -> dict[SearchField, str]:
    return {
        "model": call.model,
        "appDid": call.app_did or "",
        "userDid": call.user_did,
        "traceId": call.trace_id or "",
        "id": call.id,
        "userName": directory.user(call.user_did)["fullName"],
        "appName": directory.app(call.app_did)["appName"] if call.app_did else "",
    }


def _rows(calls: Iterator[ModelCall], skipped: int, wanted: int) -> list[ModelCall]:
    give_up = time.monotonic() + SEEKING
    for number, _ in enumerate(islice(calls, skipped)):
        if not number % 256 and time.monotonic() > give_up:
            raise InvalidRequest(Problem("page", "a page nearer to the newest call, or a narrower range"))
    return list(islice(calls, wanted))


def _count(calls: Iterator[ModelCall]) -> tuple[int, bool]:
    """How many there are, and whether that is all of them."""
    stop = time.monotonic() + COUNTING
    count = 0
    for count, _ in enumerate(calls, 1):
        if not count % 256 and time.monotonic() > stop:
            return count, False
    return count, True


def _provider(provider_id: str) -> dict[str, Any]:
    known = provider(provider_id)
    return {
        "id": known.id,
        "name": known.name,
        "displayName": known.display_name,
        "baseUrl": known.base_url,
        "region": known.region,
        "enabled": known.enabled,
    }


def _context(identity: Identity, query: CallsQuery) -> bytes:
    """What a nextToken is bound to: who asks, and every filter."""
    filters = query.model_dump(mode="json", exclude={"page", "page_size", "next_token"})
    return exact_json.dumps([identity.did, filters])
