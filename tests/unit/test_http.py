"""The body of a request, as API Gateway hands it over."""

import base64
import gzip
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.core.errors import InvalidRequest, LedgerError, TooLarge
from ledger.http.errors import ERROR_RESPONSES
from ledger.http.request_body import LARGEST_BODY, read_body


def event(body: bytes, **headers: str) -> dict[str, Any]:
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True, "headers": headers}


GZIP = {"content-encoding": "gzip"}


@given(st.binary(max_size=2_000))
def test_bytes_come_as_they_were_sent(body: bytes) -> None:
    assume(not body.startswith(b"\x1f\x8b"))  # as gzip does, and neither JSON nor protobuf
    assert read_body(event(body)) == body
    assert read_body(event(gzip.compress(body), **GZIP)) == body


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_text_comes_as_it_was_sent(body: str) -> None:
    assume(not body.startswith(("\x1f", "H4sI")))  # as gzip does, in base64 too, and no JSON
    assert read_body({"body": body, "headers": {}}) == body.encode()


@given(st.binary(min_size=1, max_size=500), st.data())
def test_gzip_that_was_cut_or_changed_is_never_taken_for_whole(body: bytes, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(body, mtime=0))
    cut = data.draw(st.integers(1, len(packed) - 2))  # so that it still begins as gzip does
    with pytest.raises(InvalidRequest):
        read_body(event(bytes(packed[:-cut]), **GZIP))
    packed[data.draw(st.integers(10, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        unpacked = read_body(event(bytes(packed), **GZIP))
    except InvalidRequest:
        return
    assert unpacked == body  # a bit that says nothing


def test_nothing_is_an_empty_body() -> None:
    assert read_body({"body": None, "headers": {}}) == read_body({"headers": {}}) == b""


@pytest.mark.parametrize("packed", [False, True])
def test_the_largest_body_is_taken_and_one_byte_more_is_not(packed: bool) -> None:
    pack, headers = (gzip.compress, GZIP) if packed else (bytes, {})
    assert len(read_body(event(pack(b" " * LARGEST_BODY), **headers))) == LARGEST_BODY
    with pytest.raises(TooLarge):
        read_body(event(pack(b" " * (LARGEST_BODY + 1)), **headers))


def test_every_kind_of_error_has_a_code_of_its_own() -> None:
    kinds = [error for error in ERROR_RESPONSES if error.__base__ is LedgerError]
    assert len({ERROR_RESPONSES[kind].code for kind in kinds}) == len(kinds)
    for error, response in ERROR_RESPONSES.items():
        assert response == next(ERROR_RESPONSES[kind] for kind in kinds if issubclass(error, kind))
    assert all(400 <= status < 600 for status, _, _ in ERROR_RESPONSES.values())
