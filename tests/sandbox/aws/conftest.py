"""The sandbox's AWS plane alone (no Kubernetes is needed here), and what the tried resources need around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from aws_round_trip import ACCOUNT, World

from mlops_infra.providers.connection import AwsConnection, Connection
from mlops_infra.sandbox.aws_plane.plane import AwsPlane


@pytest.fixture(scope="session")
def aws_connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """An AWS plane of its own, running."""
    plane = AwsPlane(tmp_path_factory.mktemp("aws-plane"))
    plane.begin()
    try:
        plane.await_health()
        aws = AwsConnection(
            ACCOUNT, "eu-central-1", endpoint=plane.endpoint, access_key_id=ACCOUNT, secret_access_key="unused"
        )
        yield Connection("unit", aws, None)
    finally:
        plane.stop()


@pytest.fixture(scope="session")
def aws_world(aws_connection: Connection) -> Iterator[World]:
    """A VPC, roles, keys: made when a test first asks for them."""
    aws = aws_connection.aws
    made: dict[str, Any] = {}

    def boto(service: str) -> Any:
        if service not in made:
            made[service] = boto3.client(
                service,
                region_name=aws.region,
                endpoint_url=aws.endpoint,
                aws_access_key_id=aws.access_key_id,
                aws_secret_access_key=aws.secret_access_key,
            )
        return made[service]

    yield World(aws_connection, boto)
    for client in made.values():
        client.close()
