"""README.md and docs/ lead to files and sections that exist, in lines that can be read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.test_template import ROOT, anchors

LAYER = ROOT / "layers/ledger"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LONGEST_LINE = 120
BUILT = {"functions/serve_dashboard/page"}
"""Paths that `make build` writes."""
FILE = re.compile(r"((?:layers|functions|tools|tests|docs|bench|dashboard|gateways|ledger)/[\w./-]+)(?:::\w+)?")


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def prose(document: Path) -> Iterator[str]:
    """The lines of a document outside its blocks of code."""
    in_code = False
    for line in document.read_text().splitlines():
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code:
            yield line


def links(document: Path) -> list[str]:
    """The targets within the repository that a document links to."""
    text = "\n".join(prose(document))
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'<img src="([^"]+)"', text)
    return [target for target in targets if "://" not in target]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_leads_to_a_file_and_a_section(document: Path) -> None:
    for target in links(document):
        file, _, anchor = target.partition("#")
        linked = document.parent / file if file else document
        assert linked.exists(), target
        assert not anchor or anchor in set(anchors(linked)), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    """Paths are relative to the repository. Those of the layer's packages begin with `ledger/`."""
    for code in re.findall(r"`([^`\n]+)`", "\n".join(prose(document))):
        if path := FILE.fullmatch(code):
            base = LAYER if path[1].startswith("ledger/") else ROOT
            assert (base / path[1]).exists() or path[1] in BUILT, code


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_no_line_is_too_long_to_read(document: Path) -> None:
    long = [line for line in prose(document) if len(line) > LONGEST_LINE and not line.startswith("|")]
    assert not long


def test_every_page_can_be_reached_from_the_front_page() -> None:
    reached = {ROOT / "README.md"}
    ahead = list(reached)
    while ahead:
        document = ahead.pop()
        found = {(document.parent / target.partition("#")[0]).resolve() for target in links(document)}
        new = {path for path in found if path.suffix == ".md" and path.is_file()} - reached
        reached |= new
        ahead += new
    assert not set(DOCUMENTS) - reached
