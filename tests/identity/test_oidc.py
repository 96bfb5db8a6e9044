"""A CI job's token: genuine or not, with the issuer's keys in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from ci_tokens import CURVE, DISCOVERY, ISSUER, NOW, OURS, THEIRS, WEAK, fetch, token

from mlops_infra.identity.oidc import Claims, TokenRefused, verify

ALLOWED = {ISSUER: frozenset({"mlops-infra"})}


def refusal(text: str, get: Callable[[str], Mapping[str, Any]] = fetch) -> str:
    with pytest.raises(TokenRefused) as caught:
        verify(text, ALLOWED, NOW, get)
    assert len(text) < 20 or text not in f"{caught.value} {caught.value.hint}"
    return caught.value.code


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"), [(OURS, "RS256", "one"), (OURS, "PS512", "one"), (CURVE, "ES256", "two")]
)
def test_a_genuine_token(key: Any, algorithm: str, kid: str) -> None:
    found = verify(token(key, algorithm, kid), ALLOWED, NOW, fetch)
    assert found == Claims(ISSUER, "repo:meridian/ml-platform:environment:staging", "mlops-infra")
    assert verify(token(key, algorithm, kid, aud=["mlops-infra"]), ALLOWED, NOW, fetch) == found


def at(seconds: int) -> int:
    return int((NOW + timedelta(seconds=seconds)).timestamp())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://elsewhere.example"}, "unknown-issuer"),
        ({"iss": None}, "unknown-issuer"),
        ({"aud": "sigstore"}, "wrong-audience"),
        ({"aud": ["mlops-infra", "sigstore"]}, "wrong-audience"),
        ({"aud": None}, "malformed"),
        ({"sub": None}, "malformed"),
        ({"exp": None}, "malformed"),
        ({"iat": None}, "malformed"),
        ({"exp": at(-31)}, "expired"),
        ({"iat": at(31)}, "not-yet"),
        ({"nbf": at(31)}, "not-yet"),
        ({"exp": at(2 * 24 * 3600)}, "malformed"),
        pytest.param({"key": THEIRS}, "bad-signature", id="another's key"),
        ({"kid": "unknown"}, "bad-signature"),
        ({"kid": None}, "bad-signature"),
        ({"kid": "three"}, "bad-signature"),
        ({"kid": "two"}, "malformed"),
    ],
    ids=str,
)
def test_what_proves_nothing(changes: dict[str, Any], code: str) -> None:
    assert refusal(token(**changes)) == code


def test_clocks_may_be_a_little_apart() -> None:
    assert verify(token(exp=at(-20)), ALLOWED, NOW, fetch)
    assert verify(token(iat=at(20)), ALLOWED, NOW, fetch)


def test_no_token_at_all() -> None:
    assert refusal("hello") == "malformed"
    assert refusal("a.b.c") == "malformed"
    assert refusal("x" * 20_000) == "malformed"


def test_a_changed_token() -> None:
    head, body, signature = token().split(".")
    other = token(sub="repo:evil/fork:environment:prod").split(".")[1]
    assert refusal(f"{head}.{other}.{signature}") == "bad-signature"
    assert refusal(f"{head}.{body}.") == "bad-signature"


def test_an_unsigned_token_and_one_signed_with_the_public_key() -> None:
    assert refusal(jwt.encode({"iss": ISSUER}, None, "none")) == "bad-signature"
    secret = token("x" * 64, "HS256")
    assert refusal(secret) == "bad-signature"


def test_a_weak_key_of_the_issuer() -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        weak = token(WEAK, kid="four")
    assert refusal(weak) == "bad-signature"


def unreachable(address: str) -> Mapping[str, Any]:
    raise OSError("no route")


@pytest.mark.parametrize(
    "get",
    [
        unreachable,
        lambda address: {},
        lambda address: {**DISCOVERY, "issuer": "https://evil.example"},
        lambda address: {**DISCOVERY, "jwks_uri": "http://ci.example/keys"},
        lambda address: {**DISCOVERY, "keys": []} if "well-known" in address else {"keys": []},
    ],
    ids=["unreachable", "empty", "another's", "without TLS", "no keys"],
)
def test_without_the_issuers_keys_nothing_is_believed(get: Callable[[str], Mapping[str, Any]]) -> None:
    assert refusal(token(), get) == "no-keys"
