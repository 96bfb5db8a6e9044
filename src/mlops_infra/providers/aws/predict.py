"""What follows from inputs alone: outputs of resources that do not exist yet, and the answers of data sources.

One answer for synth and for the attached provider's previews. Imports no botocore. Values may be `UNKNOWN` or `Secret`: what depends on an
unknown stays out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.aws.invokes import answer
from mlops_infra.providers.aws.row import MISSING, Kind, Row
from mlops_infra.providers.aws.table import ROWS
from mlops_infra.providers.aws.template import fill
from mlops_infra.providers.connection import AwsConnection

DNS_SUFFIXES: Final = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}
"""Domain of a partition's endpoints (botocore endpoints.json, ``dnsSuffix``)."""


def base_context(inputs: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:
    """What every template may use: account, region, partition, DNS suffix, and the inputs."""
    region = inputs.get("region") or aws.region
    return {
        "account": aws.account,
        "partition": aws.partition,
        "dns_suffix": DNS_SUFFIXES.get(aws.partition, "amazonaws.com"),
        **inputs,
        "region": region,
    }


def predict(token: str, name: str, inputs: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:  # noqa: ARG001
    """Outputs of a resource of type `token` that follow from `inputs`; ``id`` among them where it does. Unknown types: nothing.

    `name` is the resource's name in the program: generated names are random, so nothing follows from it.
    """
    row = ROWS.get(token)
    if row is None:
        return {}
    found = _defaults(row, inputs)
    context = base_context({**found, **inputs}, aws)
    resource_id = fill(row.id, context) if "{" in row.id else MISSING
    if known(resource_id):
        found["id"] = context["id"] = resource_id
    for out in row.outs:
        if out.predict is not None and out.name not in inputs:
            value = fill(out.predict, context)
            if known(value):
                found[out.name] = value
    for prop in row.props:
        given = inputs.get(prop.name)
        if prop.kind is Kind.JSON and isinstance(given, Mapping):
            # Programs may give documents as mappings; what comes back is text (pulumi-aws, TransformJSONDocument).
            found[prop.name] = json.dumps(given) if known(given) else UNKNOWN
    if row.tags is not None and "tagsAll" not in inputs:
        tags = inputs.get("tags", {})
        if tags is not UNKNOWN:
            found["tagsAll"] = tags if tags is not None else {}
    if row.regional and known(context["region"]):
        found.setdefault("region", context["region"])
    return found


def _defaults(row: Row, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        prop.name: prop.default for prop in row.props if prop.default is not MISSING and inputs.get(prop.name) is None
    }


def known(value: Any) -> bool:
    """Whether `value` is there and known to its last leaf."""
    if value is MISSING or value is UNKNOWN or value is None:
        return False
    if isinstance(value, Secret):
        return known(value.value)
    if isinstance(value, Mapping):
        return all(item is None or known(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(item is None or known(item) for item in value)
    return True


def predict_invoke(token: str, args: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:
    """The answer of the data source `token`. Raises UsageError where it is not one of those that follow from the connection."""
    return answer(token, args, aws)
