"""The errors that a caller can act on. `ledger.http.api` maps each to an HTTP status."""

from dataclasses import dataclass


class LedgerError(Exception):
    """A request that fails. The text may be shown to the caller."""


@dataclass(frozen=True)
class Problem:
    """An invalid field of a request, by the name the caller used, with the values that it may have."""

    field: str
    message: str


class InvalidRequest(LedgerError):
    """The request is invalid. Nothing was changed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems


class RangeTooLong(InvalidRequest):
    """The calls of the range are too many to be read for one answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(Problem("endTime", f"a shorter range: {reason}"))


class Unauthenticated(LedgerError):
    """The credentials are missing or invalid."""


class Forbidden(LedgerError):
    """The credentials are valid, but do not allow this request."""


class NotFound(LedgerError):
    """The object does not exist, or belongs to somebody else. Callers can't see which of the two."""


class TooLarge(LedgerError):
    """The request is larger than the limit."""


class UnknownEncoding(LedgerError):
    """The request's Content-Encoding or Content-Type is not supported."""


class TooManyRequests(LedgerError):
    """The credential has sent as many requests as it may for now."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many requests with these credentials: send the same request again later")
        self.retry_after = retry_after
        """Seconds after which the request may be sent again."""


class TryAgain(LedgerError):
    """The ledger is short of capacity. The same request may be sent again unchanged."""
