"""docs/security.md names tests that there are."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
FOOTNOTES = dict(re.findall(r"^\[\^(\d+)\]: ((?:.+\n)(?: +.+\n)*)", PAGE, re.MULTILINE))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_every_attack_has_its_tests(row: str) -> None:
    [number] = re.findall(r"\[\^(\d+)\]", row)
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", FOOTNOTES[number])
    assert named, "name a test"
    for path, name in named:
        nodes = ast.walk(ast.parse((ROOT / path).read_text()))
        assert name in {node.name for node in nodes if isinstance(node, ast.FunctionDef)}, f"{path} has no {name}"


def test_every_footnote_belongs_to_an_attack() -> None:
    assert FOOTNOTES.keys() == {number for row in ROWS for number in re.findall(r"\[\^(\d+)\]", row)}
