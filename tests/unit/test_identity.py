"""Who is asking, as it comes from the authorizer."""

import time
from collections.abc import Mapping

import pytest

from ledger.core.errors import Forbidden, Unauthenticated
from ledger.core.identity import ADMINISTRATORS, LEEWAY, READERS, VIEWERS, WRITERS, Identity, Role


def event(context: Mapping[str, str] | None) -> dict[str, object]:
    return {"requestContext": {"authorizer": {"lambda": context}}}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("lifetime", [None, 60])
def test_an_identity_reaches_the_function_as_the_authorizer_found_it(role: Role, lifetime: int | None) -> None:
    identity = Identity("did:abt:z1", role, int(time.time()) + lifetime if lifetime else 0)
    assert Identity.from_event(event(identity.to_context())) == identity


def test_api_gateway_takes_the_identity_as_texts() -> None:
    assert all(isinstance(value, str) for value in Identity("alice", Role.USER, 5).to_context().values())


@pytest.mark.parametrize("past", [0, 1, 3_600])
def test_credentials_that_ended_since_the_authorizer_answered_are_refused(past: int) -> None:
    for leeway in (0, LEEWAY):
        context = Identity("alice", Role.USER, int(time.time()) - leeway - past, leeway).to_context()
        with pytest.raises(Unauthenticated, match="expired"):
            Identity.from_event(event(context))


def test_a_token_is_accepted_for_as_long_as_clocks_may_differ() -> None:
    identity = Identity("alice", Role.USER, int(time.time()) - LEEWAY + 5, LEEWAY)
    assert Identity.from_event(event(identity.to_context())) == identity


def test_a_refusal_of_the_authorizer_is_told() -> None:
    with pytest.raises(Unauthenticated, match="the token has expired"):
        Identity.from_event(event({"refusal": "the token has expired"}))


@pytest.mark.parametrize("request_context", [{}, {"authorizer": {}}, {"authorizer": {"lambda": None}}], ids=str)
def test_a_request_that_no_authorizer_saw_is_refused(request_context: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated):
        Identity.from_event({"requestContext": request_context})


@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        (ADMINISTRATORS, {Role.ADMIN, Role.OWNER}),
        (WRITERS, {Role.ADMIN, Role.OWNER, Role.RECORDER}),
        (VIEWERS, {Role.ADMIN, Role.OWNER, Role.VIEWER}),
        (READERS, {Role.ADMIN, Role.OWNER, Role.VIEWER, Role.USER}),
    ],
)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_its_own_things_only(roles: frozenset[Role], allowed: set[Role], role: Role) -> None:
    identity = Identity("alice", role)
    if role in allowed:
        assert identity.require(roles) is identity
    else:
        with pytest.raises(Forbidden):
            identity.require(roles)


@pytest.mark.parametrize("role", Role)
def test_admins_owners_and_viewers_may_read_what_is_anybodys(role: Role) -> None:
    assert Identity("alice", role).may_read_all == (role in {Role.ADMIN, Role.OWNER, Role.VIEWER})
