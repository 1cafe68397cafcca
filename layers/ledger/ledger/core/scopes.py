"""Scopes: whose calls are counted together."""

from typing import Literal, NamedTuple, Self

type ScopeKind = Literal["all", "user", "app"]


class Scope(NamedTuple):
    """Everybody, one user or one app.

    Items and answers hold it as text: "all", or "user#" or "app#" followed by the did.
    """

    kind: ScopeKind
    did: str = ""
    """Of the user or app; empty for everybody."""

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
            case ("all", "") | ("user" | "app", "#"):
                return cls(kind, did)
            case _:
                raise ValueError(f"not a scope: {text}")

    def __str__(self) -> str:
        return self.kind if self.kind == "all" else f"{self.kind}#{self.did}"


EVERYBODY = Scope("all")
