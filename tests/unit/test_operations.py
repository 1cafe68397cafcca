"""Whoever is on call finds every alarm, every queue and every section that is pointed at."""

import re

import pytest

from tests.unit.test_template import DEAD_LETTERS, ROOT, anchors, of_type

TEXT = (ROOT / "docs/operations.md").read_text()


def section(heading: str) -> str:
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm"))
def test_every_alarm_is_in_the_table_of_alarms(alarm: str) -> None:
    assert re.search(rf"\b{alarm}\b", section("Alarms"))


@pytest.mark.parametrize("queue", DEAD_LETTERS)
def test_every_queue_of_dead_letters_has_a_way_back(queue: str) -> None:
    assert f"| {queue} |" in section("Dead letters")


@pytest.mark.parametrize("document", ["operations", "scaling", "cost", "api"])
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / f"docs/{document}.md"
    for target in re.findall(r"\]\(([^)\s:]+)\)", path.read_text()):
        file, _, anchor = target.partition("#")
        linked = path.parent / file if file else path
        assert linked.exists(), target
        assert not anchor or anchor in set(anchors(linked)), target
