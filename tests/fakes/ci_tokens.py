"""Tokens of CI jobs, and the issuer that signs them, in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from ssh_keys import rsa_key

ISSUER = "https://ci.example"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OURS, THEIRS, WEAK = rsa_key().private, rsa_key(2056).private, rsa_key(1024).private
CURVE = ec.generate_private_key(ec.SECP256R1())
KEYS = {
    "keys": [
        {**json.loads(RSAAlgorithm.to_jwk(OURS.public_key())), "kid": "one", "use": "sig"},
        {**json.loads(ECAlgorithm.to_jwk(CURVE.public_key())), "kid": "two"},
        {**json.loads(RSAAlgorithm.to_jwk(OURS.public_key())), "kid": "three", "use": "enc"},
        {**json.loads(RSAAlgorithm.to_jwk(WEAK.public_key())), "kid": "four"},
    ]
}
DISCOVERY = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}


def fetch(address: str) -> Mapping[str, Any]:
    return {f"{ISSUER}/.well-known/openid-configuration": DISCOVERY, f"{ISSUER}/keys": KEYS}[address]


def token(key: Any = OURS, algorithm: str = "RS256", kid: str | None = "one", **claims: Any) -> str:
    whole = {
        "iss": ISSUER,
        "sub": "repo:meridian/ml-platform:environment:staging",
        "aud": "mlops-infra",
        "iat": int(NOW.timestamp()) - 60,
        "exp": int(NOW.timestamp()) + 240,
        **claims,
    }
    kept = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(kept, key, algorithm, headers={"kid": kid} if kid else {})
