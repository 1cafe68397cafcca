"""The errors a caller can act on. `ledger.http.api` maps each to its answer; everything else is a bug and raises."""

from dataclasses import dataclass


class LedgerError(Exception):
    """An answer other than success, with a text that may be shown to whoever asked."""


@dataclass(frozen=True)
class Problem:
    """One field of a request, by the name the caller used, and what it may be."""

    field: str
    message: str


class InvalidRequest(LedgerError):
    """The request can't be understood as it is; nothing was changed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems


class Unauthenticated(LedgerError):
    """There are no credentials, or they are not good."""


class Forbidden(LedgerError):
    """The credentials are good, but not for this."""


class NotFound(LedgerError):
    """It does not exist, or belongs to somebody else: the two can't be told apart."""


class TooLarge(LedgerError):
    """The request is larger than what is taken at once."""


class UnknownEncoding(LedgerError):
    """The request is written in a way that is not understood here."""


class TryAgain(LedgerError):
    """The ledger is short of capacity; the same request may be repeated as it is."""
