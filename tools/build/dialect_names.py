"""Writes the names of attributes that the dialects have into docs/gateways.md (`make dialects`)."""

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ledger.gateways.dialects.dialect import FACTS, Dialect
from ledger.gateways.dialects.dialects import DIALECTS
from tools.project import ROOT

PAGE: Final = ROOT / "docs/gateways.md"
BEGIN: Final = "<!-- Written by `make dialects`: change the dialects instead. -->\n"
END: Final = "<!-- End of what is written. -->\n"
_WIDTH: Final = 118


def described() -> str:
    """Returns what the page says of every dialect, the one that others build on first."""
    dialects = sorted(DIALECTS, key=lambda dialect: bool(dialect.scopes))
    return "\n".join("\n".join(_dialect(dialect)) + "\n" for dialect in dialects)


def with_names(page: str) -> str:
    """Returns a page with the names as they are now. Raises ValueError where it has no place for them."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError("the page has no place for the names")
    return f"{before}{BEGIN}\n{described()}\n{END}{after}"


def _dialect(dialect: Dialect) -> Iterator[str]:
    yield f"#### {dialect.title}"
    yield ""
    if dialect.scopes:
        yield from _item("known by scopes that begin with", dialect.scopes)
    if dialect.marks:
        yield from _item("or by the attribute", dialect.marks)
    for fact in FACTS:
        if names := getattr(dialect.own, fact):
            yield from _item(fact.replace("_", " "), names)
    if dialect.first_chunk_events:
        yield from _item("first chunk events", dialect.first_chunk_events)
    if dialect.types:
        yield from _item("calls are the operations", sorted(dialect.types))
    if dialect.others:
        yield from _item("no calls are the operations", sorted(dialect.others))
    if dialect.frameworks:
        yield from _item("is no provider", sorted(dialect.frameworks))
    if dialect.unread:
        yield from _item("means something else here", sorted(dialect.unread))
    yield f"- cached tokens are {dialect.cached_tokens}"


def _item(title: str, names: Iterable[str]) -> list[str]:
    text = f"{title}: " + ", ".join(f"`{name}`" for name in names)
    return textwrap.wrap(
        text, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def write(page: Path = PAGE) -> None:
    page.write_text(with_names(page.read_text()))


if __name__ == "__main__":
    write()
