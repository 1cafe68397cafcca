"""The claims of an identity provider's tokens: which of them name the user and the role is for the operator to say."""

from collections.abc import Iterable
from typing import Any, cast

from ledger.aws.settings import Settings
from ledger.core.errors import Unauthenticated
from ledger.core.identity import LEEWAY, Identity, Role

_HIGHEST_FIRST = (Role.ADMIN, Role.VIEWER, Role.RECORDER, Role.USER)
"""Of several roles the first is given. A provider makes nobody an owner."""


def identity(claims: dict[str, Any], settings: Settings) -> Identity:
    """Returns whom verified claims name. Whoever has none of the mapped roles is a user.

    Raises Unauthenticated where no user is named.
    """
    did = _claim(claims, settings.jwt_did_claim)
    if not isinstance(did, str) or not did:
        raise Unauthenticated(f"the token has no user (`{settings.jwt_did_claim}`)")
    roles = role_mapping(settings.jwt_roles)
    held = {roles.get(value) for value in _texts(_claim(claims, settings.jwt_role_claim))}
    role = next((role for role in _HIGHEST_FIRST if role in held), Role.USER)
    return Identity(did, role, int(claims["exp"]), LEEWAY, f"token:{did}")


def role_mapping(text: str) -> dict[str, Role]:
    """Returns the roles by the values of the claim, from `value=role,value=role`.

    Raises ValueError for a role that a provider can't give. The template refuses such a parameter before.
    """
    pairs = (pair.rpartition("=") for pair in text.split(",") if pair)
    mapping = {value: Role(role) for value, _, role in pairs}
    if not set(_HIGHEST_FIRST).issuperset(mapping.values()):
        raise ValueError("no identity provider makes an owner")
    return mapping


def _claim(claims: dict[str, Any], name: str) -> object:
    """Returns a claim by its name or, as `realm_access.roles`, by its path. None where there is none, or no name."""
    if name in claims:
        return claims[name]
    first, _, rest = name.partition(".")
    inner: dict[str, Any] | None = claims.get(first)
    return _claim(inner, rest) if rest and isinstance(inner, dict) else None


def _texts(value: object) -> Iterable[str]:
    """Returns the texts of a claim that is a text or a list, such as `cognito:groups`."""
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
