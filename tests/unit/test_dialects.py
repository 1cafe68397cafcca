"""The dialects: each is chosen by what made a span, and documented as it is."""

import pytest

from ledger.gateways.dialects.dialect import FACTS, Dialect
from ledger.gateways.dialects.dialects import DIALECTS, dialect_of
from tools.build.dialect_names import PAGE, with_names


def test_the_page_has_the_names_of_every_dialect_as_they_are() -> None:
    assert with_names(PAGE.read_text()) == PAGE.read_text(), "make dialects"


def test_a_page_without_a_place_for_the_names_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        with_names("# Gateways")


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.title)
def test_a_dialect_is_chosen_by_its_scopes_and_its_marks(dialect: Dialect) -> None:
    for scope in dialect.scopes:
        assert dialect_of(scope, ()) is dialect
    for mark in dialect.marks:
        assert dialect_of("my-own", {mark}) is dialect


@pytest.mark.parametrize("scope", ["", "airflow", "aiohttp", "gen_ai_of_mine", "literal", "my.openlit"])
def test_what_only_looks_like_a_dialect_is_none(scope: str) -> None:
    assert not dialect_of(scope, ()).scopes


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.title)
def test_no_name_stands_for_a_fact_twice(dialect: Dialect) -> None:
    for fact in FACTS:
        names = getattr(dialect.own, fact)
        assert len(set(names)) == len(names)
