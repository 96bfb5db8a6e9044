"""Constrained types that several stack-file sections share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints


class Section(BaseModel):
    """A mapping of a stack file: unknown keys are refused, values are not coerced, instances do not change."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, validate_default=True, use_attribute_docstrings=True
    )


Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$")]
"""A lower-case name of 1 to 30 characters that is fit for Kubernetes (RFC 1123 label), S3 and IAM once prefixed."""

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", max_length=254)]
Duration = Annotated[str, StringConstraints(pattern=r"^P((\d+[YMWD])+(T(\d+[HMS])+)?|T(\d+[HMS])+)$")]
"""An ISO 8601 duration: ``P6Y``, ``P30D``, ``PT5M``."""

Quantity = Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$")]
"""A Kubernetes resource quantity: ``500m``, ``16Gi``, ``8``."""

Cidr = Annotated[str, StringConstraints(pattern=r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-gov)?-[a-z]+-\d$")]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
ImageRef = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9./:_-]*@sha256:[0-9a-f]{64}$")]
"""An image by digest: ``registry/path@sha256:…``; tags alone are refused."""

Classification = Literal["public", "internal", "pii", "phi"]
Access = Literal["read", "write"]
RoleName = Literal["platform-admin", "ml-engineer", "data-scientist", "auditor", "ci-deployer"]
