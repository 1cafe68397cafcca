"""JSON Web Tokens: which prove an identity, and which don't."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from moto import mock_aws

from ledger.access import json_web_tokens
from ledger.aws.settings import Settings
from ledger.core.errors import Unauthenticated
from ledger.core.identity import LEEWAY, Identity, Role

SECRET = "a-signing-secret-of-more-than-32-bytes"
ISSUER, AUDIENCE = "https://id.example.com", "usage-ledger"
RSA_KEY, OTHER_RSA_KEY = (rsa.generate_private_key(public_exponent=65_537, key_size=2_048) for _ in range(2))
EC_KEY = ec.generate_private_key(ec.SECP256R1())
NOW = int(time.time())


class Provider(ThreadingHTTPServer):
    """An identity provider that shows its public keys."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [
            RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True) | {"kid": "rsa", "use": "sig"},
            ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True) | {"kid": "ec", "use": "sig"},
        ]
        self.asked = 0
        self.content: bytes | None = None
        """What it answers instead of its keys."""
        super().__init__(("127.0.0.1", 0), _ShowKeys)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/jwks.json"


class _ShowKeys(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Provider)
        self.server.asked += 1
        self.send_response(200)
        self.end_headers()
        keys = json.dumps({"keys": self.server.keys}).encode()
        self.wfile.write(keys if self.server.content is None else self.server.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        pass


@contextmanager
def serving() -> Generator[Provider]:
    with Provider() as provider:
        thread = Thread(target=provider.serve_forever)
        thread.start()
        yield provider
        provider.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def jwks_url() -> Iterator[str]:
    with serving() as provider:
        yield provider.url


@pytest.fixture(scope="module")
def secret_arn() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with mock_aws():
            yield boto3.client("secretsmanager").create_secret(Name="jwt", SecretString=SECRET)["ARN"]


def settings(secret_arn: str, **others: str) -> Settings:
    return Settings(**dict.fromkeys(Settings.__dataclass_fields__, "") | {"jwt_secret_arn": secret_arn} | others)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def own(secret_arn: str) -> Settings:
    """A stack that trusts nobody but itself."""
    return settings(secret_arn)


@pytest.fixture
def trusting(secret_arn: str, jwks_url: str) -> Settings:
    """A stack that also trusts an identity provider."""
    return settings(secret_arn, **provider_settings(jwks_url))


def provider_settings(jwks_url: str, **others: str) -> dict[str, str]:
    usual = {"jwks_url": jwks_url, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_did_claim": "sub"}
    return usual | others


def claims(**others: Any) -> dict[str, Any]:
    usual = {"sub": "alice", "exp": NOW + 600, "iss": ISSUER, "aud": AUDIENCE}
    return {name: value for name, value in (usual | others).items() if value is not None}


def signed(**others: Any) -> str:
    return jwt.encode(claims(aud=None, **others), SECRET, "HS256")


def by_provider(algorithm: str = "RS256", key: Any = RSA_KEY, kid: str | None = "rsa", **others: Any) -> str:
    return jwt.encode(claims(**others), key, algorithm, headers={"kid": kid} if kid else None)


def by_hand(header: Mapping[str, Any], payload: Mapping[str, Any], key: bytes | None = None) -> str:
    """A token that no library would make."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload)]
    signature = hmac.digest(key, b".".join(parts), hashlib.sha256) if key is not None else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def seconds_pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """For the module under test, and not for the sockets of the provider."""
    later = time.monotonic() + seconds
    monkeypatch.setattr(json_web_tokens, "time", SimpleNamespace(time=time.time, monotonic=lambda: later))


def refused(token: str, stack: Settings, why: str | None = None) -> None:
    with pytest.raises(Unauthenticated, match=why) as refusal:
        json_web_tokens.verify(token, stack)
    assert token not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


class TestOwnTokens:
    @pytest.mark.parametrize("role", Role)
    def test_a_token_that_the_stack_minted_is_good(self, own: Settings, role: Role) -> None:
        identity = json_web_tokens.verify(json_web_tokens.mint(SECRET, "alice", role, lifetime=600), own)
        assert (identity.did, identity.role) == ("alice", role)
        assert NOW + 600 <= identity.expires_at <= time.time() + 600

    @pytest.mark.parametrize("role", [None, ""])
    def test_without_a_role_it_is_a_users(self, own: Settings, role: str | None) -> None:
        assert json_web_tokens.verify(signed(role=role), own) == Identity("alice", Role.USER, NOW + 600)

    def test_did_comes_before_sub(self, own: Settings) -> None:
        assert json_web_tokens.verify(signed(did="did:abt:z1"), own).did == "did:abt:z1"
        assert json_web_tokens.verify(signed(did="did:abt:z1", sub=None), own).did == "did:abt:z1"
        assert json_web_tokens.verify(signed(did=""), own).did == "alice"

    def test_an_end_with_a_fraction_of_a_second_is_taken(self, own: Settings) -> None:
        identity = json_web_tokens.verify(signed(exp=NOW + 600.5), own)
        assert Identity.from_event({"requestContext": {"authorizer": {"lambda": identity.to_context()}}}) == identity

    @pytest.mark.parametrize("past", [0, 1, 10**9])
    def test_one_that_has_expired_is_refused(self, own: Settings, past: int) -> None:
        refused(signed(exp=NOW - LEEWAY - past), own, "expired")

    @pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
    def test_clocks_may_differ_by_a_minute(self, own: Settings, trusting: Settings, claim: str) -> None:
        ahead = -50 if claim == "exp" else 50
        others: dict[str, Any] = {claim: int(time.time()) + ahead}
        assert json_web_tokens.verify(signed(**others), own).did == "alice"
        assert json_web_tokens.verify(by_provider(**others), trusting).did == "alice"

    def test_one_without_an_end_is_refused(self, own: Settings) -> None:
        refused(signed(exp=None), own)

    def test_one_that_is_not_good_yet_is_refused(self, own: Settings) -> None:
        refused(signed(nbf=NOW + 600), own)

    @pytest.mark.parametrize("key", ["another-signing-secret-of-more-than-32-bytes", SECRET[:-1] + "S" * 32])
    def test_one_signed_by_another_secret_is_refused(self, own: Settings, key: str) -> None:
        refused(jwt.encode(claims(aud=None), key, "HS256"), own)

    @pytest.mark.parametrize(
        "nobody", [{"sub": None}, {"sub": ""}, {"sub": 5}, {"sub": None, "did": ["alice"]}], ids=str
    )
    def test_one_that_names_no_user_is_refused(self, own: Settings, nobody: dict[str, Any]) -> None:
        refused(by_hand({"alg": "HS256"}, claims(aud=None, **nobody), SECRET.encode()), own)

    @pytest.mark.parametrize("role", ["root", "Admin", "admin ", ["admin"], {"admin": True}, 5, True], ids=str)
    def test_one_with_an_unknown_role_is_refused(self, own: Settings, role: Any) -> None:
        refused(signed(role=role), own, "role")

    @pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
    def test_another_algorithm_with_the_right_secret_is_refused(self, own: Settings, algorithm: str) -> None:
        refused(jwt.encode(claims(aud=None), SECRET * 2, algorithm), own, "algorithm")


class TestUnsigned:
    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None])
    def test_a_token_that_asks_not_to_be_checked_is_refused(self, trusting: Settings, algorithm: str | None) -> None:
        refused(by_hand({"alg": algorithm, "kid": "rsa"}, claims(role="owner")), trusting)

    def test_a_token_whose_signature_was_cut_off_is_refused(self, own: Settings) -> None:
        refused(signed().rpartition(".")[0] + ".", own)

    def test_a_token_with_other_claims_than_were_signed_is_refused(self, own: Settings) -> None:
        header, _, signature = signed().split(".")
        payload = base64.urlsafe_b64encode(json.dumps(claims(role="owner")).encode()).decode().rstrip("=")
        refused(f"{header}.{payload}.{signature}", own)

    @pytest.mark.parametrize(
        "text", ["", "x", "..", "a.b.c", "🦜", "a.b.c.d.e", "eyJhbGciOiJIUzI1NiJ9", "e30.e30.e30", "\0"]
    )
    def test_what_is_no_token_is_refused(self, trusting: Settings, text: str) -> None:
        with pytest.raises(Unauthenticated):
            json_web_tokens.verify(text, trusting)


class TestIdentityProvider:
    @pytest.mark.parametrize(("algorithm", "key", "kid"), [("RS256", RSA_KEY, "rsa"), ("ES256", EC_KEY, "ec")])
    def test_a_token_signed_by_its_key_is_good(self, trusting: Settings, algorithm: str, key: Any, kid: str) -> None:
        token = by_provider(algorithm, key, kid)
        assert json_web_tokens.verify(token, trusting) == Identity("alice", Role.USER, NOW + 600)

    def test_a_token_for_several_audiences_is_good_for_each(self, trusting: Settings) -> None:
        assert json_web_tokens.verify(by_provider(aud=["other", AUDIENCE]), trusting).did == "alice"

    @pytest.mark.parametrize(
        "others",
        [
            {"iss": "https://evil.example.com"},
            {"iss": None},
            {"iss": ISSUER + "/"},
            {"aud": "another-api"},
            {"aud": None},
            {"aud": []},
            {"exp": NOW - LEEWAY - 1},
            {"exp": None},
            {"sub": None},
            {"key": OTHER_RSA_KEY},
            {"kid": "unknown"},
            {"kid": None},
            {"algorithm": "RS512"},
            {"algorithm": "PS256"},
        ],
        ids=lambda others: ", ".join(others),
    )
    def test_a_token_that_is_wrong_in_one_thing_is_refused(self, trusting: Settings, others: dict[str, Any]) -> None:
        refused(by_provider(**others), trusting)

    @pytest.mark.parametrize(("algorithm", "kid"), [("ES256", "rsa"), ("RS256", "ec")])
    def test_a_token_whose_algorithm_is_not_its_keys_is_refused(
        self, trusting: Settings, algorithm: str, kid: str
    ) -> None:
        key: Any = {"RS256": RSA_KEY, "ES256": EC_KEY}[algorithm]
        refused(by_provider(algorithm, key, kid), trusting)

    @pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
    def test_the_public_key_is_no_shared_secret(self, trusting: Settings, encoding: Encoding) -> None:
        public = RSA_KEY.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        for algorithm in ("HS256", "RS256"):
            refused(by_hand({"alg": algorithm, "kid": "rsa"}, claims(role="owner"), public), trusting)

    def test_a_stack_that_trusts_no_provider_takes_no_token_of_one(self, own: Settings) -> None:
        refused(by_provider(), own, "algorithm")

    @pytest.mark.parametrize("missing", ["jwt_issuer", "jwt_audience"])
    def test_without_an_expected_issuer_and_audience_none_is_taken(
        self, secret_arn: str, jwks_url: str, missing: str
    ) -> None:
        """The template refuses such a stack; a function that was set by hand does too."""
        stack = settings(secret_arn, **provider_settings(jwks_url, **{missing: ""}))
        refused(by_provider(), stack)

    def test_own_tokens_are_good_beside_a_provider(self, trusting: Settings) -> None:
        assert json_web_tokens.verify(signed(iss=None), trusting).did == "alice"

    def test_a_key_that_the_provider_has_added_since_is_found(self, secret_arn: str) -> None:
        with serving() as provider:
            stack = settings(secret_arn, **provider_settings(provider.url))
            assert json_web_tokens.verify(by_provider(), stack).did == "alice"
            new_key = RSAAlgorithm.to_jwk(OTHER_RSA_KEY.public_key(), as_dict=True)
            provider.keys.append(new_key | {"kid": "new", "use": "sig"})
            assert json_web_tokens.verify(by_provider(key=OTHER_RSA_KEY, kid="new"), stack).did == "alice"

    def test_its_keys_are_used_for_an_hour_while_it_does_not_answer(
        self, secret_arn: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serving() as provider:
            stack = settings(secret_arn, **provider_settings(provider.url))
            assert json_web_tokens.verify(by_provider(), stack).did == "alice"
        seconds_pass(monkeypatch, json_web_tokens.KEPT - 5)
        assert json_web_tokens.verify(by_provider(), stack).did == "alice"
        seconds_pass(monkeypatch, json_web_tokens.KEPT + 61)
        with pytest.raises(jwt.PyJWKClientConnectionError):
            json_web_tokens.verify(by_provider(), stack)

    def test_a_key_that_it_has_withdrawn_is_good_for_ten_minutes_at_most(
        self, secret_arn: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serving() as provider:
            stack = settings(secret_arn, **provider_settings(provider.url))
            assert json_web_tokens.verify(by_provider(), stack).did == "alice"
            del provider.keys[0]
            seconds_pass(monkeypatch, json_web_tokens.FRESH + 1)
            refused(by_provider(), stack, "not known")

    def test_unknown_keys_have_the_provider_asked_once_more_and_not_for_each(self, secret_arn: str) -> None:
        with serving() as provider:
            stack = settings(secret_arn, **provider_settings(provider.url))
            for number in range(5):
                refused(by_provider(kid=f"unknown-{number}"), stack, "not known")
            assert provider.asked == 2

    @pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"keys": []}', b""], ids=str)
    def test_a_provider_that_shows_no_keys_refuses_nobody(self, secret_arn: str, content: bytes) -> None:
        """API Gateway would cache a refusal for a minute."""
        with serving() as provider:
            provider.content = content
            stack = settings(secret_arn, **provider_settings(provider.url))
            with pytest.raises(jwt.PyJWKClientConnectionError):
                json_web_tokens.verify(by_provider(), stack)
            provider.content = None
            assert json_web_tokens.verify(by_provider(), stack).did == "alice"

    def test_where_the_keys_cant_be_had_nobody_is_refused_for_it(self, secret_arn: str) -> None:
        with serving() as provider:
            stack = settings(secret_arn, **provider_settings(provider.url))
        with pytest.raises(jwt.PyJWKClientConnectionError):
            json_web_tokens.verify(by_provider(), stack)


class TestProviderRoles:
    """Which claim says a role, and which role a value gives, is for the operator to say."""

    MAPPING = "ledger-admins=admin,finance=viewer,CN=gateways=recorder,everybody=user"

    @pytest.mark.parametrize("role", ["owner", "admin", "recorder", ["admin"]], ids=str)
    def test_a_claim_that_the_operator_did_not_name_gives_no_role(self, trusting: Settings, role: object) -> None:
        assert json_web_tokens.verify(by_provider(role=role, roles=role), trusting).role is Role.USER

    @pytest.mark.parametrize(
        ("groups", "role"),
        [
            (["finance"], Role.VIEWER),
            ("finance", Role.VIEWER),
            (["other", "everybody", "finance", "ledger-admins"], Role.ADMIN),
            (["CN=gateways"], Role.RECORDER),
            (["everybody"], Role.USER),
            (["admin", "owner"], Role.USER),
            ([], Role.USER),
            (None, Role.USER),
            ([["ledger-admins"], 5, None], Role.USER),
            ({"ledger-admins": True}, Role.USER),
            ("ledger-admins finance", Role.USER),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("claim", ["cognito:groups", "https://example.com/roles", "realm_access.roles"])
    def test_groups_give_the_highest_role_that_they_are_mapped_to(
        self, secret_arn: str, jwks_url: str, claim: str, groups: object, role: Role
    ) -> None:
        stack = settings(secret_arn, **provider_settings(jwks_url, jwt_role_claim=claim, jwt_roles=self.MAPPING))
        held: dict[str, Any] = {"realm_access": {"roles": groups}} if claim == "realm_access.roles" else {claim: groups}
        assert json_web_tokens.verify(by_provider(**held), stack) == Identity("alice", role, NOW + 600)

    def test_no_provider_makes_an_owner(self, secret_arn: str, jwks_url: str) -> None:
        stack = settings(secret_arn, **provider_settings(jwks_url, jwt_role_claim="role", jwt_roles="boss=owner"))
        with pytest.raises(ValueError, match="owner"):
            json_web_tokens.verify(by_provider(role="boss"), stack)

    def test_the_user_is_whom_the_named_claim_says_and_no_other(self, secret_arn: str, jwks_url: str) -> None:
        stack = settings(secret_arn, **provider_settings(jwks_url, jwt_did_claim="did"))
        assert json_web_tokens.verify(by_provider(did="did:abt:z1"), stack).did == "did:abt:z1"
        refused(by_provider(), stack, "no user")

    def test_a_did_claim_is_not_believed_where_the_subject_names_users(self, trusting: Settings) -> None:
        assert json_web_tokens.verify(by_provider(did="bob"), trusting).did == "alice"
