"""Scopes: whose calls are counted together."""

from typing import Literal, NamedTuple, Self

type ScopeKind = Literal["all", "user", "app", "users", "apps"]


class Scope(NamedTuple):
    """Everybody, one user or one app; or a board, which tells all users or all apps apart.

    Items and answers hold it as text: "all", "user#" or "app#" followed by the did, "users", "apps".
    """

    kind: ScopeKind
    did: str = ""
    """Of the user or app; empty for every other kind."""

    @classmethod
    def of_user(cls, did: str) -> Self:
        return cls("user", did)

    @classmethod
    def of_app(cls, did: str) -> Self:
        return cls("app", did)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The scope of a text. Raises ValueError for a text that is none."""
        kind, separator, did = text.partition("#")
        match kind, separator:
            case ("all" | "users" | "apps", "") | ("user" | "app", "#"):
                return cls(kind, did)
            case _:
                raise ValueError(f"not a scope: {text}")

    def __str__(self) -> str:
        return f"{self.kind}#{self.did}" if self.kind in ("user", "app") else self.kind

    @property
    def is_board(self) -> bool:
        return self.kind in ("users", "apps")


EVERYBODY = Scope("all")
USERS = Scope("users")
APPS = Scope("apps")
