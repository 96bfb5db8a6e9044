"""Outputs that follow from inputs alone, for synth and for the providers' previews: one answer for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_infra.providers.connection import AwsConnection


def predict(token: str, name: str, inputs: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:
    """What is known of a resource's outputs before it exists (ARNs, domain names, ``id`` where it equals a name).

    Outputs that only the cloud can give are left out. `name` is the resource's name in the program.
    """
    if not token.startswith("aws:"):
        return {}
    from mlops_infra.providers.aws.predict import predict as predict_aws  # noqa: PLC0415 - loads botocore's models

    return predict_aws(token, name, inputs, aws)


def predict_invoke(token: str, arguments: Mapping[str, Any], aws: AwsConnection) -> dict[str, Any]:
    """The answer to a data source where it follows from the connection and the arguments."""
    from mlops_infra.providers.aws.predict import predict_invoke as predict_aws  # noqa: PLC0415

    return predict_aws(token, arguments, aws)


def recorded_only_types(aws: AwsConnection) -> frozenset[str]:
    """Types that the emulator lacks: they exist in the state only. Empty on the real cloud."""
    from mlops_infra.providers.aws import recorded_only  # noqa: PLC0415

    return recorded_only(aws.endpoint is not None)
