"""Scopes and their text, which is a key of aggregates and stands in answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.scopes import EVERYBODY, Scope

scopes = st.just(EVERYBODY) | st.text().map(Scope.of_user) | st.text(alphabet="#a").map(Scope.of_app)


@given(scopes)
def test_the_text_of_a_scope_says_which_it_is(scope: Scope) -> None:
    assert Scope.parse(str(scope)) == scope


@given(scopes, scopes)
def test_no_two_scopes_have_the_same_text(one: Scope, other: Scope) -> None:
    assert (str(one) == str(other)) == (one == other)


@pytest.mark.parametrize("text", ("", "everybody", "user", "users", "all#", "team#a", "User#a"))
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a scope"):
        Scope.parse(text)
