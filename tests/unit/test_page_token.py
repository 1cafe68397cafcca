"""nextToken: good for going on from one place in one list, and for nothing else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.errors import InvalidRequest
from ledger.http.page_token import sign, verify

SECRET = "a-cursor-secret"
CONTEXT = b'["alice",{}]'
positions = st.text(st.characters(codec="utf-8"), max_size=60)


def refused(token: str, context: bytes = CONTEXT, secret: str = SECRET) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        verify(token, context, secret)
    assert [problem.field for problem in refusal.value.problems] == ["nextToken"]


@given(positions)
def test_a_token_gives_its_place_back(position: str) -> None:
    assert verify(sign(position, CONTEXT, SECRET), CONTEXT, SECRET) == position


@given(positions)
def test_a_token_can_stand_in_a_query_as_it_is(position: str) -> None:
    assert sign(position, CONTEXT, SECRET).replace("-", "").replace("_", "").isalnum()


@given(positions, st.integers(min_value=0), st.integers(1, 255))
def test_a_token_with_any_byte_changed_is_refused(position: str, place: int, change: int) -> None:
    signed = bytearray(base64.urlsafe_b64decode(sign(position, CONTEXT, SECRET) + "=="))
    signed[place % len(signed)] ^= change
    refused(base64.urlsafe_b64encode(signed).decode().rstrip("="))


@given(positions, st.binary(min_size=1, max_size=20))
def test_a_token_made_longer_or_shorter_is_refused(position: str, more: bytes) -> None:
    signed = base64.urlsafe_b64decode(sign(position, CONTEXT, SECRET) + "==")
    refused(base64.urlsafe_b64encode(signed + more).decode().rstrip("="))
    refused(base64.urlsafe_b64encode(signed[: -len(more)]).decode().rstrip("="))


@given(st.text(max_size=60))
def test_what_was_never_a_token_is_refused(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("context", [b'["bob",{}]', b'["alice",{"status":"failed"}]', b""])
def test_a_token_of_another_user_or_other_filters_is_refused(context: bytes) -> None:
    refused(sign("1795368000#a", CONTEXT, SECRET), context)


def test_a_token_sealed_by_another_secret_is_refused() -> None:
    refused(sign("1795368000#a", CONTEXT, "another-secret"))


def test_what_is_said_of_the_list_cannot_be_moved_into_the_place() -> None:
    refused(sign("b" + "c", b"a", SECRET), b"ab")
