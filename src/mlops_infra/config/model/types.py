"""Constrained types that several stack-file sections share, and what they allow in words (`FORMS`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Section(BaseModel):
    """A mapping of a stack file: unknown keys are refused, values are not coerced, instances do not change."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, validate_default=True, use_attribute_docstrings=True
    )


NAME_PATTERN = r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$"
NAME_OR_ALL_PATTERN = r"^([a-z]([a-z0-9-]{0,28}[a-z0-9])?|\*)$"
_EMAIL = r"^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}$"
_DATE = (
    r"[0-9]{1,4}Y([0-9]{1,4}M)?([0-9]{1,4}W)?([0-9]{1,5}D)?|[0-9]{1,4}M([0-9]{1,4}W)?([0-9]{1,5}D)?"
    r"|[0-9]{1,4}W([0-9]{1,5}D)?|[0-9]{1,5}D"
)
_TIME = r"[0-9]{1,5}H([0-9]{1,5}M)?([0-9]{1,5}S)?|[0-9]{1,5}M([0-9]{1,5}S)?|[0-9]{1,6}S"
_DURATION = rf"^P(({_DATE})(T({_TIME}))?|T({_TIME}))$"
_QUANTITY = r"^[0-9]{1,12}(\.[0-9]{1,3})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"
_CIDR = r"^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}$"
_ACCOUNT = r"^[0-9]{12}$"
_REGION = r"^[a-z]{2,4}(-[a-z]{2,3})?-[a-z]+-[0-9]$"
_ZONE = r"^[a-z]{2,4}(-[a-z]{2,3})?-[a-z]+-[0-9][a-z]$"
_ARN = r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|aws)?:[A-Za-z0-9_+=,.@:/-]+$"
_DIGEST = r"^sha256:[0-9a-f]{64}$"
_COMMIT = r"^([0-9a-f]{40}|[0-9a-f]{64})$"
_IMAGE = r"^[a-z0-9][a-z0-9./:_-]{0,254}@sha256:[0-9a-f]{64}$"
_IMAGE_PLACE = (
    r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[0-9]{2,5})?(/[a-z0-9][a-z0-9._-]*)*$"
)
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_CARD = r"^(https://[A-Za-z0-9.-]{1,253}(:[0-9]{2,5})?)?/?[A-Za-z0-9][A-Za-z0-9._~%/+@-]{0,1000}$"
_GROUP = r"^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$"
_TEXT = r"^[^\x00-\x1f\x7f]{1,512}$"
_TAG_KEY = r"^[A-Za-z0-9+_.:/@-][A-Za-z0-9+_.:/=@ -]{0,127}$"
_TAG_VALUE = r"^[A-Za-z0-9+_.:/=@ -]{0,256}$"
_LABEL_KEY = r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$"
_LABEL_VALUE = r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$"
_KUBERNETES = r"^1\.[0-9]{2}$"
_ADDON = r"^v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+$"
_INSTANCE = r"^[a-z][a-z0-9-]{1,15}\.([a-z0-9-]{2,16})$"
_DATABASE = r"^db\.[a-z][a-z0-9-]{1,15}\.[a-z0-9]{2,16}$"
_POSTGRES = r"^1[4-9]\.[0-9]{1,2}$"
_SERVICE = r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$"
_S3 = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()/-]*)?(\?[a-z0-9=&_-]+)?$"
_KMS = r"^awskms://[A-Za-z0-9:/_-]+(\?[A-Za-z0-9=&_-]+)?$"
_ISSUER = r"^https://[A-Za-z0-9./_-]{1,255}$"
_ADDRESS = r"^(https://[A-Za-z0-9.-]{1,253}|http://(127\.0\.0\.1|localhost|\[::1\]))(:[0-9]{1,5})?(/[A-Za-z0-9._~-]{1,100}){0,10}/?$"
_VARIABLE = r"^[A-Z_][A-Z0-9_]{0,127}$"
_PATH = r"^(/|~/)[A-Za-z0-9._/@+-]{1,500}$"
_VERSION = r"^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_FLOW = rf"^({_LABEL}/{_LABEL}|([0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}/[0-9]{{1,2}})$"

FORMS: dict[str, str] = {
    NAME_PATTERN: "1 to 30 lower-case letters, digits and hyphens, starting with a letter",
    NAME_OR_ALL_PATTERN: 'a name, or "*" in quotes for all',
    _EMAIL: "an e-mail address",
    _DURATION: "an ISO 8601 duration such as P6Y, P30D or PT5M",
    _QUANTITY: "a Kubernetes quantity such as 500m, 8 or 16Gi",
    _CIDR: "an IPv4 block such as 10.0.0.0/16",
    _ACCOUNT: "twelve digits in quotes",
    _REGION: "an AWS region such as eu-central-1",
    _ZONE: "an availability zone such as eu-central-1a",
    _ARN: "an ARN such as arn:aws:iam::123456789012:saml-provider/idp",
    _DIGEST: "sha256: and 64 hexadecimal digits",
    _COMMIT: "a git commit's whole id: 40 or 64 hexadecimal digits",
    _IMAGE: "an image by digest: registry/path@sha256: and 64 hexadecimal digits",
    _IMAGE_PLACE: "a registry's host, with a path if it needs one: registry.example.org/team",
    _DAY: "a day, YYYY-MM-DD, in quotes",
    _CARD: "an https address, or a path",
    _GROUP: "a group's name: letters, digits and . _ : @ / -",
    _TEXT: "one line of 1 to 512 characters",
    _TAG_KEY: "1 to 128 letters, digits, spaces and + - = . _ : / @",
    _TAG_VALUE: "up to 256 letters, digits, spaces and + - = . _ : / @",
    _LABEL_KEY: "a Kubernetes label key such as workload or example.org/workload",
    _LABEL_VALUE: "a Kubernetes label value: up to 63 letters, digits and . _ -",
    _KUBERNETES: 'a Kubernetes minor version in quotes such as "1.35"',
    _ADDON: "an EKS add-on version such as v1.12.4-eksbuild.1",
    _INSTANCE: "an EC2 instance type such as m7i.4xlarge",
    _DATABASE: "an RDS instance class such as db.t4g.medium",
    _POSTGRES: 'a PostgreSQL version 14 to 19 in quotes such as "16.4"',
    _SERVICE: "a service's suffix such as ecr.api",
    _S3: "s3://bucket/prefix",
    _KMS: "awskms:// and a key's id, alias or ARN",
    _ISSUER: "an https address",
    _ADDRESS: "an https address (http on loopback) without a user, a question mark or a secret",
    _VARIABLE: "the name of an environment variable: capitals, digits and _",
    _PATH: "a file's whole path, starting with / or ~/",
    _VERSION: "1 to 64 letters, digits and . + _ -",
    _FLOW: "namespace/app, or an IPv4 block",
}
"""What each pattern allows, in the words of error messages and of the reference."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A lower-case name of 1 to 30 characters that is fit for Kubernetes (RFC 1123 label), S3 and IAM once prefixed."""

Email = Annotated[str, StringConstraints(pattern=_EMAIL, max_length=254)]
Duration = Annotated[str, StringConstraints(pattern=_DURATION)]
"""An ISO 8601 duration: ``P6Y``, ``P30D``, ``PT5M``."""

Quantity = Annotated[str, StringConstraints(pattern=_QUANTITY)]
"""A Kubernetes resource quantity: ``500m``, ``16Gi``, ``8``."""

Cidr = Annotated[str, StringConstraints(pattern=_CIDR)]
AccountId = Annotated[str, StringConstraints(pattern=_ACCOUNT)]
Region = Annotated[str, StringConstraints(pattern=_REGION)]
Zone = Annotated[str, StringConstraints(pattern=_ZONE)]
Arn = Annotated[str, StringConstraints(pattern=_ARN, max_length=2048)]
Digest = Annotated[str, StringConstraints(pattern=_DIGEST)]
Commit = Annotated[str, StringConstraints(pattern=_COMMIT)]
"""A git commit's whole id (SHA-1 or SHA-256); short ones become ambiguous."""

ImageRef = Annotated[str, StringConstraints(pattern=_IMAGE)]
"""An image by digest: ``registry/path@sha256:…``; tags alone are refused."""

ImagePlace = Annotated[str, StringConstraints(pattern=_IMAGE_PLACE, max_length=255)]
"""A registry's host, or a path on it: images below it are meant."""

Date = Annotated[str, StringConstraints(pattern=_DAY)]
Address = Annotated[str, StringConstraints(pattern=_ADDRESS)]
"""An address that a secret may be sent to: https, or http that does not leave the machine."""

Variable = Annotated[str, StringConstraints(pattern=_VARIABLE)]
FilePath = Annotated[str, StringConstraints(pattern=_PATH)]
CardPlace = Annotated[str, StringConstraints(pattern=_CARD)]
Group = Annotated[str, StringConstraints(pattern=_GROUP)]
"""A group of the identity provider."""

Line = Annotated[str, StringConstraints(pattern=_TEXT)]
"""One line of text."""

TagKey = Annotated[str, StringConstraints(pattern=_TAG_KEY)]
"""An AWS tag's key (AWS tagging rules: 128 characters)."""

TagValue = Annotated[str, StringConstraints(pattern=_TAG_VALUE)]
"""An AWS tag's value (AWS tagging rules: 256 characters)."""

LabelKey = Annotated[str, StringConstraints(pattern=_LABEL_KEY)]
LabelValue = Annotated[str, StringConstraints(pattern=_LABEL_VALUE)]
KubernetesVersion = Annotated[str, StringConstraints(pattern=_KUBERNETES)]
AddonVersion = Annotated[str, StringConstraints(pattern=_ADDON)]
InstanceType = Annotated[str, StringConstraints(pattern=_INSTANCE)]
DatabaseClass = Annotated[str, StringConstraints(pattern=_DATABASE)]
PostgresVersion = Annotated[str, StringConstraints(pattern=_POSTGRES)]
ServiceSuffix = Annotated[str, StringConstraints(pattern=_SERVICE)]
StateBackend = Annotated[str, StringConstraints(pattern=_S3)]
SecretsProvider = Annotated[str, StringConstraints(pattern=_KMS)]
IssuerUrl = Annotated[str, StringConstraints(pattern=_ISSUER)]
Version = Annotated[str, StringConstraints(pattern=_VERSION)]
FlowTarget = Annotated[str, StringConstraints(pattern=_FLOW)]
Port = Annotated[int, Field(ge=1, le=65535)]
Gpus = Annotated[int, Field(ge=0, le=64)]

Classification = Literal["public", "internal", "pii", "phi"]
Access = Literal["read", "write"]
RoleName = Literal["platform-admin", "ml-engineer", "data-scientist", "auditor", "ci-deployer"]
