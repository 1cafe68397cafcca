"""Conditions on metadata: how a request writes them, and what they hold of."""

import pytest

from ledger.calls.metadata_condition import MOST, MetadataCondition, parse


@pytest.mark.parametrize(
    ("text", "conditions"),
    (
        ("team:red", [(("team",), "red")]),
        ("customer.name:ACME", [(("customer", "name"), "ACME")]),
        ("team:red,env:prod", [(("team",), "red"), (("env",), "prod")]),
        (r"session\.id:7", [(("session.id",), "7")]),
        (r"a\:b:c\,d", [(("a:b",), "c,d")]),
        (r"path:C\:\\temp", [(("path",), "C:\\temp")]),
        ("url:https://example.com/a.b", [(("url",), "https://example.com/a.b")]),
        ("team:", [(("team",), "")]),
        ("名:値 🦜", [(("名",), "値 🦜")]),
    ),
)
def test_a_path_and_a_text(text: str, conditions: list[tuple[tuple[str, ...], str]]) -> None:
    assert parse(text) == tuple(MetadataCondition(*condition) for condition in conditions)


@pytest.mark.parametrize(
    "text", ("team", "", ":red", "a..b:c", "*:red", "a.**:red", "team:red,", ",".join(["a:b"] * (MOST + 1)))
)
def test_what_names_no_member_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a path and a text|at most 10"):
        parse(text)


@pytest.mark.parametrize(
    ("condition", "metadata", "holds"),
    (
        ("team:red", '{"team":"red"}', True),
        ("team:red", '{"team":"Red"}', False),
        ("team:red", '{"team":["blue","red"]}', True),
        ("team:red", '{"team":{"red":"red"}}', False),
        ("team:red", '["team","red"]', False),
        ("team:red", None, False),
        ("team:null", '{"team":null}', False),
        ("seats:3", '{"seats":3}', True),
        ("seats:3", '{"seats":"3"}', True),
        ("seats:3", '{"seats":3.5}', False),
        ("share:0.50", '{"share":0.5}', True),
        ("paid:true", '{"paid":true}', True),
        ("a.b:c", '{"a":{"b":"c"}}', True),
        ("a.b:c", '{"a.b":"c"}', False),
        (r"a\.b:c", '{"a.b":"c"}', True),
    ),
)
def test_it_holds_where_the_member_is_the_text_or_has_it(condition: str, metadata: str | None, holds: bool) -> None:
    (parsed,) = parse(condition)
    assert parsed.holds(metadata) == holds
