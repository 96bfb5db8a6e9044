"""The AWS plane of the session's cloud, and what the tried resources need around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_round_trip import World
from mlops_infra.providers.connection import AwsConnection, Connection
from moto.server import ThreadedMotoServer
import boto3


@pytest.fixture(scope="session")
def cloud() -> Iterator[Connection]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Connection(
        "unit",
        AwsConnection(
            "111100000099",
            "eu-central-1",
            endpoint=f"http://{host}:{port}",
            access_key_id="111100000099",
            secret_access_key="x",
        ),
        None,
    )
    server.stop()


@pytest.fixture(scope="session")
def aws_boto(cloud: Connection) -> Iterator[Callable[..., Any]]:
    made: dict[str, Any] = {}

    def make(service: str) -> Any:
        if service not in made:
            a = cloud.aws
            made[service] = boto3.client(
                service,
                region_name=a.region,
                endpoint_url=a.endpoint,
                aws_access_key_id=a.access_key_id,
                aws_secret_access_key=a.secret_access_key,
            )
        return made[service]

    yield make
    for one in made.values():
        one.close()


@pytest.fixture(scope="session")
def aws_world(cloud: Connection, aws_boto: Callable[..., Any]) -> World:
    """A VPC, roles, keys: made when a test first asks for them."""
    return World(cloud, aws_boto)
