"""Who stands behind an operation: an `Identity`, proved by an SSH key or a token, or merely the user of this machine.

A key proves its owner by signing a fresh challenge, which is then verified as if it came from anywhere else. A proof that was offered and
fails is an error, never a reason to go on as somebody else.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from mlops_infra.errors import GateError

if TYPE_CHECKING:
    from mlops_infra.identity.access_file import ActorEntry
    from mlops_infra.identity.oidc import Fetch

How: TypeAlias = Literal["ssh", "oidc", "local"]

KEY_VARIABLE: Final = "MLOPS_INFRA_SSH_KEY"
"""The environment variable that names an SSH key: a private key's file, or a public one whose private half the agent holds."""
CHALLENGE_NAMESPACE: Final = "mlops-infra-identity@v1"
"""What the signature of a challenge is for; a signature for anything else proves nothing here, and the other way round."""
LOCAL_ROLE: Final = "platform-admin"
"""What the user of this machine is on ``target: sandbox``, so that trying the tool needs no key."""


class IdentityRefused(GateError):  # noqa: N818 - it is an answer, not a mistake
    """Somebody proved who they are, and ``stacks/access.yaml`` does not know them."""


@dataclass(frozen=True)
class Role:
    """A role and the environments in which it holds (``*``: all)."""

    role: str
    environments: tuple[str, ...]

    def holds_in(self, environment: str) -> bool:
        """Whether it holds in an environment."""
        return "*" in self.environments or environment in self.environments


@dataclass(frozen=True)
class Identity:
    """Who acts. `name` is the actor's name in ``access.yaml``, None for the user of this machine; `fingerprint` is the SSH key's."""

    name: str | None
    roles: tuple[Role, ...]
    how: How
    verified: bool
    fingerprint: str | None = None

    def roles_in(self, environment: str) -> tuple[str, ...]:
        """The roles that hold in an environment."""
        return tuple(role.role for role in self.roles if role.holds_in(environment))


@dataclass(frozen=True)
class Proof:
    """What is offered as a proof: an SSH key, or a token. `key` wins where there are both."""

    key: Path | None = None
    token: str | None = None

    @classmethod
    def of(cls, variables: Mapping[str, str], key: Path | None = None) -> Proof:
        """What the environment variables offer; `key` (``--identity``) stands above them."""
        from mlops_infra.identity.oidc import VARIABLE  # noqa: PLC0415 - brings nothing heavy by itself

        named = variables.get(KEY_VARIABLE)
        return cls(key or (Path(named).expanduser() if named else None), variables.get(VARIABLE) or None)


def identify(
    stacks: Path,
    environment: str,
    target: str,
    operation: str,
    proof: Proof,
    now: datetime,
    fetch: Fetch | None = None,
) -> Identity:
    """Who asks for `operation` on an environment whose target is `target`.

    Without a proof it is the user of this machine: platform-admin on ``sandbox``, without any role elsewhere, never verified.
    Raises SignatureRefused, TokenRefused or IdentityRefused (all GateError) for a proof that fails, ConfigError and UsageError for files
    that cannot be read.
    """
    if proof.key is not None:
        return _by_key(stacks, environment, operation, proof.key, now)
    if proof.token is not None:
        return _by_token(stacks, proof.token, now, fetch)
    roles = (Role(LOCAL_ROLE, (environment,)),) if target == "sandbox" else ()
    return Identity(None, roles, "local", verified=False)


def identity_of(entry: ActorEntry, how: How, fingerprint: str | None = None) -> Identity:
    """The verified identity of an actor."""
    roles = tuple(Role(grant.role, tuple(grant.environments)) for grant in entry.roles)
    return Identity(entry.name, roles, how, verified=True, fingerprint=fingerprint)


def _by_key(stacks: Path, environment: str, operation: str, key: Path, now: datetime) -> Identity:
    from mlops_infra.identity.access_file import load_access  # noqa: PLC0415
    from mlops_infra.identity.signatures import sign, verify  # noqa: PLC0415 - brings cryptography
    from mlops_infra.identity.signers import load_signers  # noqa: PLC0415

    challenge = _challenge(environment, operation, now)
    signature = sign(challenge, key, CHALLENGE_NAMESPACE)
    signer = verify(challenge, signature, CHALLENGE_NAMESPACE, load_signers(stacks), now)
    entry = load_access(stacks).by_key(signer.principal, signer.fingerprint)
    if entry is None:
        raise IdentityRefused(
            f"no actor has the key of {signer.principal}",
            where=f"{stacks.name}/access.yaml",
            hint="name the principal or the key's fingerprint under an actor's `ssh` (docs/access.md)",
        )
    return identity_of(entry, "ssh", signer.fingerprint)


def _by_token(stacks: Path, token: str, now: datetime, fetch: Fetch | None) -> Identity:
    from mlops_infra.identity.access_file import load_access  # noqa: PLC0415
    from mlops_infra.identity.oidc import verify  # noqa: PLC0415

    access = load_access(stacks)
    claims = verify(token, access.issuers(), now, fetch)
    entry = access.by_token(claims.issuer, claims.subject, claims.audience)
    if entry is None:
        raise IdentityRefused(
            f"no actor has the token of {claims.subject}",
            where=f"{stacks.name}/access.yaml",
            hint="name issuer, subject and audience under an actor's `oidc` (docs/access.md)",
        )
    return identity_of(entry, "oidc")


def _challenge(environment: str, operation: str, now: datetime) -> bytes:
    asked = {
        "environment": environment,
        "operation": operation,
        "time": now.astimezone(UTC).isoformat(),
        "nonce": secrets.token_hex(32),
    }
    return json.dumps(asked, sort_keys=True).encode()
