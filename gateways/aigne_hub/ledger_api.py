"""The ledger's POST /api/model-calls."""

import json
from http.client import HTTPException
from typing import Any, Final, NamedTuple, Protocol
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TIMEOUT: Final = 60.0
"""Seconds for an answer."""


class Busy(Exception):
    """The ledger can't take calls now. It may say after how many seconds to ask again."""

    def __init__(self, reason: str, retry_after: float = 0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Ledger(Protocol):
    """Where calls are sent."""

    def record(self, body: str) -> dict[str, Any]:
        """What became of an array of calls: {"recorded", "rejected"}. Raises Busy."""
        ...


class LedgerApi(NamedTuple):
    """A ledger by its URL, with an API key of the role `recorder`."""

    url: str
    key: str

    def record(self, body: str) -> dict[str, Any]:
        """As Ledger's. Raises RuntimeError for an answer that another try would not change."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = Request(f"{self.url.rstrip('/')}/api/model-calls", body.encode(), headers)  # noqa: S310
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            text = error.read().decode(errors="replace")
            if error.code == 429 or error.code >= 500:
                seconds = error.headers.get("Retry-After", "")
                raise Busy(f"it answered {error.code}", float(seconds) if seconds.isdecimal() else 0) from None
            if error.code == 400 and '"rejected"' in text:
                return json.loads(text)
            raise RuntimeError(f"the ledger answered {error.code}: {text[:500]}") from None
        except (OSError, HTTPException) as error:
            raise Busy(str(error)) from None
