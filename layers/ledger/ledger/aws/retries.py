"""Which failed requests to AWS may be repeated, how often, and after which pauses."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004
from botocore.parsers import ResponseParserError

_THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}


class CapacityExceeded(Exception):
    """DynamoDB refused a request, or part of a batch, at every attempt."""


class TornRead(Exception):
    """Some of the items that were read are from before a change, and some from after it."""


REQUEST_ERRORS = (BotoCoreError, ClientError, ResponseParserError, CapacityExceeded, TornRead)
"""Everything that a request to AWS may raise. `is_retryable` tells which of these may be repeated."""


def is_retryable(error: Exception) -> bool:
    """Returns whether the same request may succeed later: it was throttled, or the service or the network failed."""
    if isinstance(error, ClientError):
        answer: Any = error.response
        return answer["Error"]["Code"] in _THROTTLED or answer["ResponseMetadata"]["HTTPStatusCode"] >= 500
    return isinstance(error, HTTPClientError | ConnectionError | ResponseParserError | CapacityExceeded | TornRead)


def is_conflict(error: Exception) -> bool:
    """Returns whether a request was refused because a transaction of somebody else had an item in use."""
    if not isinstance(error, ClientError):
        return False
    answer: Any = error.response
    return answer["Error"]["Code"] == "TransactionConflictException"


@dataclass(frozen=True)
class Backoff:
    """A number of attempts with random pauses between them, whose bound doubles each time (full jitter)."""

    attempts: int
    first_pause: float
    """The most seconds before the second attempt."""
    longest_pause: float
    """The most seconds before any attempt."""

    def __iter__(self) -> Iterator[int]:
        """Yields the number of each attempt, from 0, when it is time for it."""
        for attempt in range(self.attempts):
            if attempt:
                bound = min(self.longest_pause, self.first_pause * 2 ** (attempt - 1))
                time.sleep(random.uniform(0, bound))  # noqa: S311 - jitter, not a secret
            yield attempt
