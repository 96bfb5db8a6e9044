"""The JSON document of `whoami`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mlops_infra.cli.documents import Document, Part

if TYPE_CHECKING:
    from mlops_infra.operations.whoami import Standing


class PermissionPart(Part):
    environment: str
    target: str = Field(description="`sandbox` or `aws`.")
    roles: list[str] = Field(description="The roles that hold there.")
    may: list[str] = Field(description="The actions that are allowed there.")


class WhoamiDocument(Document):
    """`whoami`."""

    name: str | None = Field(description="The actor's name in `stacks/access.yaml`; null for the user of this machine.")
    how: Literal["ssh", "oidc", "local"] = Field(
        description="How that was found out: an SSH key, a CI job's token, or not at all."
    )
    verified: bool = Field(description="Whether it was proved.")
    fingerprint: str | None = Field(description="The SSH key's fingerprint.")
    environments: list[PermissionPart]


def whoami_document(found: Sequence[Standing]) -> WhoamiDocument:
    """Who somebody is; all standings are of one identity."""
    identity = found[0].identity
    return WhoamiDocument(
        name=identity.name,
        how=identity.how,
        verified=identity.verified,
        fingerprint=identity.fingerprint,
        environments=[
            PermissionPart(environment=item.environment, target=item.target, roles=list(item.roles), may=list(item.may))
            for item in found
        ],
    )
