"""What must exist in an AWS account before the first `up`: the state's bucket, its key, and the role of CI.

Every step looks first and makes only what is missing, so that running it again mends a half-made bootstrap and changes nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mlops_infra.config.state_folders import LASTING, LOCKS, REMOVABLE
from mlops_infra.errors import UsageError
from mlops_infra.providers.account import check_account
from mlops_infra.providers.aws.clients import CallError, Clients
from mlops_infra.providers.connection import AwsConnection

DEFAULT_LOCATION: Final = "us-east-1"
"""The region that S3 takes where a bucket names none, and refuses as a LocationConstraint (S3 API, CreateBucket)."""


@dataclass(frozen=True)
class Trust:
    """Who may assume the CI role: workloads of an OpenID Connect issuer."""

    issuer: str
    audience: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """What to make. `backend` (``s3://bucket/prefix``) and `secrets_provider` (``awskms://alias/name``) are the stack file's;
    `deployer` is the ARN of the role that CI may assume for the work itself. `ci` None makes no role."""

    backend: str
    secrets_provider: str
    role: str
    deployer: str
    tags: Mapping[str, str] = field(default_factory=dict)
    ci: Trust | None = None

    @property
    def bucket(self) -> str:
        return self.backend.removeprefix("s3://").partition("?")[0].partition("/")[0]

    @property
    def prefix(self) -> str:
        """The keys' prefix inside the bucket, empty or ending with a slash."""
        path = self.backend.removeprefix("s3://").partition("?")[0].partition("/")[2].strip("/")
        return f"{path}/" if path else ""

    @property
    def alias(self) -> str:
        """The key's alias. Raises UsageError where the stack file names a key in another way: we could not make that one."""
        name = self.secrets_provider.removeprefix("awskms://").partition("?")[0]
        if not name.startswith("alias/"):
            raise UsageError(
                "bootstrap makes a key under an alias, and the stack file names the key in another way",
                where="state.secrets_provider",
                hint="write awskms://alias/NAME?region=REGION, or make the key yourself",
            )
        return name


@dataclass(frozen=True)
class Bootstrapped:
    """What is there now; `made` and `found` tell in sentences which of it is new."""

    bucket: str
    key: str
    alias: str
    role: str | None
    made: tuple[str, ...]
    found: tuple[str, ...]


class Bootstrap:
    """Makes what is missing, with the credentials at hand: first `place`, then `rest`. `say` hears each sentence as it becomes true."""

    def __init__(self, aws: AwsConnection, wanted: Wanted, say: Callable[[str], None] = lambda _: None) -> None:
        self._clients = Clients(aws)
        self._aws = aws
        self._wanted = wanted
        self._say = say
        self._made: list[str] = []
        self._found: list[str] = []

    @property
    def made(self) -> tuple[str, ...]:
        """What was made so far."""
        return tuple(self._made)

    def place(self) -> str:
        """The bucket of the state and its key, whose ARN is returned: where the state, the ledger and the lock will lie.

        Raises OperationError where the credentials belong to another account or AWS refuses a call, UsageError for a key without an alias.
        """
        alias = self._wanted.alias
        check_account(self._aws, self._clients)
        key = self._key(alias)
        self._bucket(key)
        return key

    def rest(self, key: str) -> Bootstrapped:
        """The role of CI, if there is to be one; returns all that is there now. Raises OperationError where AWS refuses a call."""
        role = self._role(key, self._wanted.ci) if self._wanted.ci else None
        return Bootstrapped(self._wanted.bucket, key, self._wanted.alias, role, self.made, tuple(self._found))

    def _key(self, alias: str) -> str:
        aliases = self._call("kms", "list_aliases", {}, paginate=True).get("Aliases", [])
        known = next((item for item in aliases if item["AliasName"] == alias), None)
        if known is not None:
            key = str(self._call("kms", "describe_key", {"KeyId": known["TargetKeyId"]})["KeyMetadata"]["Arn"])
            self._note(False, f"key {alias}")
        else:
            tags = [{"TagKey": key, "TagValue": value} for key, value in self._wanted.tags.items()]
            made = self._call("kms", "create_key", {"Description": "Secrets in Pulumi's state", "Tags": tags})
            key = str(made["KeyMetadata"]["Arn"])
            self._call("kms", "create_alias", {"AliasName": alias, "TargetKeyId": key})
            self._note(True, f"key {alias}")
        self._call("kms", "enable_key_rotation", {"KeyId": key})
        return key

    def _bucket(self, key: str) -> None:
        name = self._wanted.bucket
        if self._exists("s3", "head_bucket", {"Bucket": name}):
            self._note(False, f"bucket {name}")
        else:
            place = {} if self._aws.region == DEFAULT_LOCATION else {"LocationConstraint": self._aws.region}
            self._call(
                "s3", "create_bucket", {"Bucket": name, **({"CreateBucketConfiguration": place} if place else {})}
            )
            self._note(True, f"bucket {name}")
        for operation, params in _bucket_settings(self._aws.partition, self._wanted, key):
            self._call("s3", operation, {"Bucket": name, **params})

    def _role(self, key: str, ci: Trust) -> str:
        provider = self._issuer(ci)
        trust = json.dumps(_trust(provider, ci))
        name = self._wanted.role
        if self._exists("iam", "get_role", {"RoleName": name}):
            self._call("iam", "update_assume_role_policy", {"RoleName": name, "PolicyDocument": trust})
            self._note(False, f"role {name}")
        else:
            tags = [{"Key": key_, "Value": value} for key_, value in self._wanted.tags.items()]
            described = {"Description": "CI: the state, and the right to become ci-deployer", "Tags": tags}
            self._call("iam", "create_role", {"RoleName": name, "AssumeRolePolicyDocument": trust, **described})
            self._note(True, f"role {name}")
        policy = json.dumps(_role_policy(self._aws.partition, self._wanted, key))
        self._call("iam", "put_role_policy", {"RoleName": name, "PolicyName": "state", "PolicyDocument": policy})
        return str(self._call("iam", "get_role", {"RoleName": name})["Role"]["Arn"])

    def _issuer(self, ci: Trust) -> str:
        host = ci.issuer.removeprefix("https://")
        arn = f"arn:{self._aws.partition}:iam::{self._aws.account}:oidc-provider/{host}"
        if self._exists("iam", "get_open_id_connect_provider", {"OpenIDConnectProviderArn": arn}):
            self._note(False, f"identity provider {host}")
        else:
            self._call("iam", "create_open_id_connect_provider", {"Url": ci.issuer, "ClientIDList": [ci.audience]})
            self._note(True, f"identity provider {host}")
        return arn

    def _exists(self, service: str, operation: str, params: Mapping[str, Any]) -> bool:
        try:
            self._call(service, operation, params)
        except CallError as error:
            if error.code in ("404", "NoSuchBucket", "NoSuchEntity"):
                return False
            raise
        return True

    def _call(self, service: str, operation: str, params: Mapping[str, Any], *, paginate: bool = False) -> Any:
        return self._clients.call(service, self._aws.region, operation, params, paginate=paginate)

    def _note(self, made: bool, what: str) -> None:
        (self._made if made else self._found).append(what)
        self._say(f"{'made' if made else 'found'} {what}")


def _bucket_settings(partition: str, wanted: Wanted, key: str) -> list[tuple[str, Mapping[str, Any]]]:
    """What holds for the state's bucket: private, versioned, encrypted with its key, TLS only; ledger and evidence in it are only added to.

    Of a lock that was given back, which names a person, no old version stays for longer than a day, the least that S3 knows.
    """
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    given_back = {
        "ID": "locks",
        "Status": "Enabled",
        "Filter": {"Prefix": f"{wanted.prefix}{LOCKS}/"},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    }
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return [
        (
            "put_bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        ),
        ("put_public_access_block", {"PublicAccessBlockConfiguration": dict.fromkeys(closed, True)}),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}),
        ("put_bucket_policy", {"Policy": json.dumps(_bucket_policy(partition, wanted))}),
        ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": [given_back]}}),
        ("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": k, "Value": v} for k, v in wanted.tags.items()]}}),
    ]


def _bucket_policy(partition: str, wanted: Wanted) -> dict[str, Any]:
    """Nobody deletes or replaces what is to last, whatever their own rights are (S3 User Guide, "Enforce conditional writes")."""
    arn = f"arn:{partition}:s3:::{wanted.bucket}"
    lasting = [f"{arn}/{wanted.prefix}{folder}/*" for folder in LASTING]
    deletes = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _denied("OnlyTls", "s3:*", [arn, f"{arn}/*"], {"Bool": {"aws:SecureTransport": "false"}}),
            _denied("RecordsStay", deletes, lasting),
            _denied("RecordsAreAddedTo", "s3:PutObject", lasting, {"Null": {"s3:if-none-match": "true"}}),
        ],
    }


def _denied(
    sid: str, actions: str | list[str], resources: list[str], condition: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resources}
    return {**statement, **({"Condition": condition} if condition else {})}


def _trust(provider: str, ci: Trust) -> dict[str, Any]:
    host = ci.issuer.removeprefix("https://")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{host}:aud": ci.audience, f"{host}:sub": list(ci.subjects)}},
            }
        ],
    }


def _role_policy(partition: str, wanted: Wanted, key: str) -> dict[str, Any]:
    bucket = f"arn:{partition}:s3:::{wanted.bucket}"

    def inside(folders: Iterable[str]) -> list[str]:
        return [f"{bucket}/{wanted.prefix}{folder}/*" for folder in folders]

    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
            {
                "Sid": "State",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": inside((*REMOVABLE, *LASTING)),
            },
            {"Sid": "StateEnds", "Effect": "Allow", "Action": "s3:DeleteObject", "Resource": inside(REMOVABLE)},
            {
                "Sid": "Secrets",
                "Effect": "Allow",
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                "Resource": key,
            },
            {"Sid": "Deploy", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": wanted.deployer},
        ],
    }
