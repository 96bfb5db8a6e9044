"""A CI job's token (OpenID Connect Core 1.0, section 3.1.3.7): is it genuine, for us, still valid, and about whom?

The issuer must stand in ``stacks/access.yaml``; its keys come from its own discovery document over HTTPS. Only asymmetric signatures are
taken, so that nobody can sign with a public key as if it were a password (RFC 8725 section 3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from mlops_infra.errors import GateError

VARIABLE: Final = "MLOPS_INFRA_ID_TOKEN"
"""The environment variable that holds the token of a CI job."""
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS: Final = 30
"""How far the clocks of issuer and machine may be apart."""
MAX_AGE_SECONDS: Final = 24 * 3600
"""The longest time between a token's `iat` and `exp` that is taken; jobs get tokens for minutes."""
MAX_BYTES: Final = 16 * 1024
_FETCH_SECONDS: Final = 10.0

TokenCode: TypeAlias = Literal[
    "malformed", "unknown-issuer", "no-keys", "bad-signature", "wrong-audience", "expired", "not-yet"
]
Fetch: TypeAlias = Callable[[str], Mapping[str, Any]]
"""Gets the JSON document at an HTTPS address; raises OSError or ValueError."""


class TokenRefused(GateError):  # noqa: N818 - it is an answer, not a mistake
    """A token that proves nothing. `code` is stable; the token itself is never shown."""

    def __init__(self, code: TokenCode, what: str, *, hint: str | None = None) -> None:
        super().__init__(what, where=VARIABLE, hint=hint)
        self.code: TokenCode = code


@dataclass(frozen=True)
class Claims:
    """Whom a genuine token is about."""

    issuer: str
    subject: str
    audience: str


def verify(token: str, issuers: Mapping[str, frozenset[str]], now: datetime, fetch: Fetch | None = None) -> Claims:
    """What a token proves at the moment `now`.

    Arguments: `issuers`: the allowed issuers, each with its audiences (`AccessFile.issuers`); `fetch`: how documents are had, HTTPS by
    default. Raises TokenRefused with the first reason.
    """
    import jwt  # noqa: PLC0415 - brings cryptography

    issuer = _issuer(token)
    if issuer not in issuers:
        raise TokenRefused(
            "unknown-issuer",
            "no actor has a token of this issuer",
            hint="stacks/access.yaml names issuer, subject and audience of each job (docs/access.md)",
        )
    key, algorithm = _key(token, issuer, fetch or fetch_json)
    try:
        claims = jwt.PyJWT({"enforce_minimum_key_length": True}).decode(
            token,
            key,
            algorithms=[algorithm],
            audience=sorted(issuers[issuer]),
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            # Moments are compared below, with the caller's clock.
            options={
                "require": ["iss", "sub", "aud", "exp", "iat"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidAudienceError:
        raise TokenRefused(
            "wrong-audience", "the token was made for somebody else", hint=f"ask for one of {sorted(issuers[issuer])}"
        ) from None
    except jwt.InvalidSignatureError:
        raise TokenRefused("bad-signature", "the token's issuer did not sign it") from None
    except jwt.InvalidKeyError:
        raise TokenRefused("bad-signature", "the issuer's key is too weak") from None
    except (jwt.PyJWTError, TypeError, ValueError):  # A key of another type than the algorithm's is a TypeError.
        raise TokenRefused("malformed", "the token is no ID token with iss, sub, aud, exp and iat") from None
    _check_moments(claims, now)
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if len(audiences) != 1:
        raise TokenRefused("wrong-audience", "the token is for several audiences", hint="ask for one audience")
    return Claims(issuer, str(claims["sub"]), str(audiences[0]))


def fetch_json(address: str) -> Mapping[str, Any]:
    """The JSON document at an HTTPS address; redirects are not followed."""
    import httpx  # noqa: PLC0415

    try:
        answer = httpx.get(address, timeout=_FETCH_SECONDS, follow_redirects=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise OSError(type(error).__name__) from None
    document = answer.json()
    if not isinstance(document, dict):
        raise ValueError("no JSON object")
    return document


def _issuer(token: str) -> str:
    """The issuer that a token names, still unproved."""
    import jwt  # noqa: PLC0415

    if len(token) > MAX_BYTES:
        raise TokenRefused("malformed", "this is no token: it is too long")
    try:
        return str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
    except jwt.PyJWTError:
        raise TokenRefused("malformed", "this is no token (JSON Web Token)") from None


def _key(token: str, issuer: str, fetch: Fetch) -> tuple[Any, str]:
    """The issuer's key that the token names, and the algorithm: both must be told, and must fit together."""
    import jwt  # noqa: PLC0415

    header = jwt.get_unverified_header(token)
    algorithm = str(header.get("alg", ""))
    if algorithm not in ALGORITHMS:
        raise TokenRefused("bad-signature", "the token is not signed with a public-key algorithm")
    try:
        configuration = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        address = str(configuration.get("jwks_uri", ""))
        if configuration.get("issuer") != issuer or not address.startswith("https://"):
            raise ValueError("another issuer's document")
        keys = jwt.PyJWKSet.from_dict(dict(fetch(address)))
    except (OSError, ValueError, jwt.PyJWTError) as error:
        raise TokenRefused(
            "no-keys", f"the keys of the token's issuer cannot be had ({type(error).__name__})", hint="run again"
        ) from None
    for key in keys.keys:
        if key.key_id is not None and key.key_id == header.get("kid") and key.public_key_use in (None, "sig"):
            return key.key, algorithm
    raise TokenRefused("bad-signature", "the token is signed with a key that its issuer does not have")


def _check_moments(claims: Mapping[str, Any], now: datetime) -> None:
    moments = [claims["iat"], claims["exp"], claims.get("nbf", claims["iat"])]
    if not all(isinstance(moment, int | float) and not isinstance(moment, bool) for moment in moments):
        raise TokenRefused("malformed", "the token's moments are no numbers")
    issued, expires, starts = moments
    present = now.timestamp()
    if present >= expires + LEEWAY_SECONDS:
        raise TokenRefused("expired", "the token has expired", hint="tokens live for minutes; ask for a new one")
    if present < max(issued, starts) - LEEWAY_SECONDS:
        raise TokenRefused("not-yet", "the token is not valid yet", hint="compare this machine's clock")
    if expires - issued > MAX_AGE_SECONDS:
        raise TokenRefused("malformed", "the token is valid for more than a day")
