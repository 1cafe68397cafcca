"""Whoever is on call finds every alarm and every queue of dead letters in docs/runbook.md, and the lines it quotes."""

import re

import pytest

from tests.unit.test_template import DEAD_LETTERS, ROOT, TELLING, anchors

RUNBOOK = ROOT / "docs/runbook.md"


def section(heading: str) -> str:
    return RUNBOOK.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("alarm", TELLING)
def test_every_alarm_is_in_the_table_of_alarms(alarm: str) -> None:
    row = re.search(rf"^\| {alarm} \|.*\(#([\w-]+)\) \|$", section("Alarms"), re.MULTILINE)
    assert row, "a row with its name, its meaning and a link to its section"
    assert row[1] in set(anchors(RUNBOOK))


@pytest.mark.parametrize("queue", DEAD_LETTERS)
def test_every_queue_of_dead_letters_has_a_way_back(queue: str) -> None:
    assert f"| {queue} |" in section("Dead letters")


def test_every_line_of_a_log_that_is_quoted_is_written_by_a_function() -> None:
    quoted = re.findall(r"`([A-Z][\w']* [\w' ]+)`", RUNBOOK.read_text())
    code = [path.read_text() for folder in ("functions", "layers") for path in (ROOT / folder).rglob("*.py")]
    assert quoted
    assert not [line for line in quoted if not any(f'("{line}"' in text for text in code)]
