"""``stacks/access.yaml``: the people and machines that act on environments, and their roles.

Actors are told apart by what they can prove: an SSH key of ``stacks/access/allowed_signers``, or the claims of a CI job's token. Nothing in
the file is secret. A file that says two things about one key is refused, because nobody would know whose signature it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import Field

from mlops_infra.config.model.types import NAME_OR_ALL_PATTERN, Section
from mlops_infra.config.side_file import Mistake, read_side_file

FILE: Final = "access.yaml"

RoleName: TypeAlias = Literal[
    "platform-admin",
    "ci-deployer",
    "ml-engineer",
    "data-scientist",
    "release-approver",
    "compliance-officer",
    "auditor",
]
ROLES: Final[tuple[RoleName, ...]] = get_args(RoleName)
"""Every role; ``policies/decisions/actors`` says what each may do."""

ActorName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,62}$")]
_Principal = Annotated[str, Field(pattern=r"^(SHA256:[A-Za-z0-9+/]{43}|[A-Za-z0-9._%+@-]{1,128})$")]
_Issuer = Annotated[str, Field(pattern=r"^https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._/-]{0,200})?$")]
_Claim = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/@+=-]{1,255}$")]
_Environment = Annotated[str, Field(pattern=NAME_OR_ALL_PATTERN)]


class RoleGrant(Section):
    """A role, and where it holds."""

    role: RoleName = Field(examples=["platform-admin"])
    """The role; [Access](../access.md) says what each may do."""
    environments: Annotated[list[_Environment], Field(min_length=1)] = Field(examples=[["dev", "staging"]])
    """Environments in which it holds; `"*"` for all."""


class OidcSubject(Section):
    """The claims by which a CI job's token is known. All three must be equal."""

    issuer: _Issuer = Field(examples=["https://token.actions.githubusercontent.com"])
    """Who signed the token (claim `iss`)."""
    subject: _Claim = Field(examples=["repo:meridian/ml-platform:environment:staging"])
    """Whom it is about (claim `sub`), exactly; no wildcards."""
    audience: _Claim = Field(examples=["mlops-infra"])
    """For whom it was made (claim `aud`)."""


class ActorEntry(Section):
    """One person or machine."""

    name: ActorName = Field(examples=["ada"])
    """What the ledger calls them."""
    ssh: list[_Principal] = Field(default=[], examples=[["ada@meridian-health.example"]])
    """Principals of `access/allowed_signers`, or fingerprints (`SHA256:…`) of single keys in it."""
    oidc: OidcSubject | None = Field(
        default=None,
        examples=[
            {
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": "repo:meridian/ml-platform:environment:staging",
                "audience": "mlops-infra",
            }
        ],
    )
    """The token of a CI job that acts under this name."""
    roles: Annotated[list[RoleGrant], Field(min_length=1)] = Field(
        examples=[[{"role": "platform-admin", "environments": ["dev", "staging"]}]]
    )
    """The roles."""


class Quorum(Section):
    """How many people must agree."""

    changes: Annotated[int, Field(ge=1, le=20)] = Field(default=1, examples=[2])
    """Signatures that a change of the trust files (`access.yaml`, `access/`, `pipeline.yaml`) needs."""


class LedgerOptions(Section):
    """How people appear in the ledger."""

    pseudonyms: bool = Field(default=False, examples=[True])
    """Record pseudonyms in place of names. Who is who stays in `.mlops-infra/pseudonyms.json`, where `audit forget` erases a person."""


class AccessFile(Section):
    """``stacks/access.yaml``."""

    version: Literal[1] = Field(examples=[1])
    """Format of the file."""
    actors: list[ActorEntry] = Field(default=[], examples=[[]])
    """The people and machines."""
    quorum: Quorum = Field(default=Quorum(), examples=[{"changes": 2}])
    """How many people must agree."""
    ledger: LedgerOptions = Field(default=LedgerOptions(), examples=[{"pseudonyms": True}])
    """How people appear in the ledger."""

    def by_key(self, principal: str, fingerprint: str) -> ActorEntry | None:
        """The actor whose key it is, by the key itself or by its principal in ``allowed_signers``; None where it is nobody's or two's."""
        found = [actor for actor in self.actors if fingerprint in actor.ssh or principal in actor.ssh]
        return found[0] if len(found) == 1 else None

    def by_token(self, issuer: str, subject: str, audience: str) -> ActorEntry | None:
        """The actor whom a verified token is about."""
        wanted = OidcSubject(issuer=issuer, subject=subject, audience=audience)
        return next((actor for actor in self.actors if actor.oidc == wanted), None)

    def issuers(self) -> Mapping[str, frozenset[str]]:
        """The issuers that tokens may come from, each with its audiences."""
        found: dict[str, frozenset[str]] = {}
        for actor in self.actors:
            if actor.oidc is not None:
                found[actor.oidc.issuer] = found.get(actor.oidc.issuer, frozenset()) | {actor.oidc.audience}
        return found


def load_access(stacks: Path) -> AccessFile:
    """The access file of a folder of stack files; one without actors where there is none, so that nobody but the sandbox's user acts.

    Raises ConfigError with file and line of every mistake.
    """
    return read_side_file(stacks, FILE, AccessFile, "docs/access.md", _contradictions) or AccessFile(version=1)


def _contradictions(read: AccessFile) -> Iterator[Mistake]:
    """What the model cannot say: names, keys and tokens that belong to two."""
    names: dict[str, str] = {}
    proofs: dict[str, str] = {}
    for number, actor in enumerate(read.actors):
        if actor.name.casefold() in names:
            yield Mistake(("actors", number, "name"), f"there are two actors of the name {actor.name}")
        names[actor.name.casefold()] = actor.name
        if not actor.ssh and actor.oidc is None:
            yield Mistake(("actors", number), f"{actor.name} has neither an SSH key nor a token, so nobody can be them")
        for place, key in enumerate(actor.ssh):
            if proofs.setdefault(key, actor.name) != actor.name:
                yield Mistake(("actors", number, "ssh", place), f"{proofs[key]} has this key already")
        if actor.oidc is not None:
            token = f"{actor.oidc.issuer} {actor.oidc.subject} {actor.oidc.audience}"
            if proofs.setdefault(token, actor.name) != actor.name:
                yield Mistake(("actors", number, "oidc"), f"{proofs[token]} has this token already")
