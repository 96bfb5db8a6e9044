"""Answers of data sources (Pulumi *invokes*) that follow from the connection and the arguments."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from mlops_infra.errors import UsageError
from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.aws.template import FILTERS
from mlops_infra.providers.connection import AwsConnection

_ZONE_LETTERS: Final = "abc"
"""Zones that every region with EKS has at least, as the emulator and most regions name them."""


def answer(token: str, args: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:
    """The result of data source `token`; arguments that are unknown give an empty answer.

    Raises UsageError for a data source that is not answered here.
    """
    function = ANSWERS.get(token)
    if function is None:
        raise UsageError(
            f"the built-in AWS provider does not answer the data source {token}",
            hint=f"set `providers: official` in the stack file, or use one of {', '.join(sorted(ANSWERS))}",
        )
    return function(args, aws)


def _region_of(args: Mapping[str, Any], aws: AwsConnection) -> str:
    return str(args.get("region") or args.get("name") or args.get("id") or aws.region)


def caller_identity(args: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:  # noqa: ARG001
    """``aws.get_caller_identity``; who we are beyond the account is known to a live STS only."""
    return {"accountId": aws.account, "id": aws.account}


def region(args: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:
    """``aws.get_region``."""
    name = _region_of(args, aws)
    return {
        "id": name,
        "name": name,
        "region": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
        "description": _descriptions().get(name, name),
    }


@cache
def _descriptions() -> dict[str, str]:
    from botocore.loaders import Loader  # noqa: PLC0415 - only this one answer needs it

    partitions = Loader().load_data("endpoints")["partitions"]
    return {name: item["description"] for partition in partitions for name, item in partition["regions"].items()}


def partition(args: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:  # noqa: ARG001
    """``aws.get_partition``."""
    suffix = "amazonaws.com.cn" if aws.partition == "aws-cn" else "amazonaws.com"
    return {
        "id": aws.partition,
        "partition": aws.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def availability_zones(args: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:
    """``aws.get_availability_zones``: the first three zones of the region, in order."""
    name = _region_of(args, aws)
    excluded = set(args.get("excludeNames") or ())
    names = [zone for zone in (f"{name}{letter}" for letter in _ZONE_LETTERS) if zone not in excluded]
    return {"id": name, "names": names, "region": name, "state": args.get("state") or "available"}


def policy_document(args: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:  # noqa: ARG001
    """``aws.iam.get_policy_document``: the JSON that the Terraform provider's data source makes, byte for byte.

    Source: hashicorp/terraform-provider-aws ``internal/service/iam/policy_model.go``: one-element lists are texts; actions,
    resources and principals are sorted backwards; Go's encoder escapes ``<``, ``>`` and ``&``.
    """
    for name in ("overrideJson", "overridePolicyDocuments", "sourceJson", "sourcePolicyDocuments"):
        if args.get(name):
            raise UsageError(
                f"the built-in AWS provider does not merge policy documents ({name})",
                where="aws:iam/getPolicyDocument:getPolicyDocument",
                hint="write the statements in one document, or set `providers: official` in the stack file",
            )
    if _has_unknown(args):
        return {}
    document: dict[str, Any] = {"Version": args.get("version") or "2012-10-17"}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = [_statement(statement) for statement in args.get("statements") or []]
    text = _go_json(document, indent=2)
    return {
        **args,
        "id": FILTERS["crc32"](text),
        "json": text,
        "minifiedJson": _go_json(document, indent=None),
    }


def _go_json(document: Any, indent: int | None) -> str:
    text = json.dumps(document, indent=indent, separators=None if indent else (",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if statement.get("sid"):
        made["Sid"] = statement["sid"]
    made["Effect"] = statement.get("effect") or "Allow"
    for key, name in (
        ("Action", "actions"),
        ("NotAction", "notActions"),
        ("Resource", "resources"),
        ("NotResource", "notResources"),
    ):
        if statement.get(name):
            made[key] = _texts(statement[name])
    for key, name in (("Principal", "principals"), ("NotPrincipal", "notPrincipals")):
        if statement.get(name):
            made[key] = _principals(statement[name])
    if statement.get("conditions"):
        made["Condition"] = _conditions(statement["conditions"])
    return made


def _texts(values: Sequence[str]) -> str | list[str]:
    texts = [_variables(value) for value in values]
    return texts[0] if len(texts) == 1 else sorted(texts, reverse=True)


def _variables(value: str) -> str:
    """``&{…}`` stands for IAM's ``${…}``, which Terraform would interpolate."""
    return value.replace("&{", "${")


def _principals(principals: Sequence[Mapping[str, Any]]) -> Any:
    if len(principals) == 1 and principals[0]["type"] == "*" and list(principals[0]["identifiers"]) == ["*"]:
        return "*"
    made: dict[str, list[str]] = {}
    for principal in principals:
        made.setdefault(principal["type"], []).extend(sorted(map(_variables, principal["identifiers"]), reverse=True))
    return {kind: names[0] if len(names) == 1 else names for kind, names in sorted(made.items())}


def _conditions(conditions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    made: dict[str, dict[str, list[str]]] = {}
    for condition in conditions:
        values = made.setdefault(condition["test"], {}).setdefault(condition["variable"], [])
        values.extend(map(_variables, condition["values"]))
    return {
        test: {name: values[0] if len(values) == 1 else values for name, values in sorted(variables.items())}
        for test, variables in sorted(made.items())
    }


def _has_unknown(value: Any) -> bool:
    if value is UNKNOWN:
        return True
    if isinstance(value, Secret):
        return _has_unknown(value.value)
    if isinstance(value, Mapping):
        return any(_has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_has_unknown(item) for item in value)
    return False


ANSWERS: Final[Mapping[str, Callable[[Mapping[str, Any], AwsConnection], dict[str, Any]]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
    "aws:index/getRegion:getRegion": region,
    "aws:index/getPartition:getPartition": partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": availability_zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": policy_document,
}
"""The data sources that the attached provider answers."""
