"""A running embedded cloud, one for the whole session: a small environment called `unit` in an account of its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cloud_tools import boto_client, sandbox_programs, small_environment
from kubernetes import client, config
from kubernetes.dynamic import DynamicClient

from mlops_infra.config.model import Environment
from mlops_infra.providers.connection import Connection
from mlops_infra.sandbox import Sandbox

ACCOUNT = "111100000099"


@pytest.fixture(scope="session")
def cloud_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``.mlops-infra`` folder of the session's cloud."""
    return tmp_path_factory.mktemp("project") / ".mlops-infra"


@pytest.fixture(scope="session")
def cloud_environment() -> Environment:
    """What the session's cloud was started for."""
    return small_environment("unit", ACCOUNT)


@pytest.fixture(scope="session")
def cloud(cloud_root: Path, cloud_environment: Environment) -> Iterator[Connection]:
    """Both planes of a small environment, running."""
    sandbox = Sandbox(cloud_root, sandbox_programs)
    try:
        yield sandbox.start(cloud_environment)
    finally:
        sandbox.stop()


@pytest.fixture(scope="session")
def kube(cloud: Connection) -> Iterator[DynamicClient]:
    """A dynamic client of the session's cluster."""
    with config.new_client_from_config(str(cloud.kubeconfig)) as api:
        yield DynamicClient(api)


@pytest.fixture
def namespace(cloud: Connection) -> Iterator[str]:
    """A fresh namespace, deleted (but not waited for) afterwards."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    with config.new_client_from_config(str(cloud.kubeconfig)) as api:
        core = client.CoreV1Api(api)
        core.create_namespace({"metadata": {"name": name}})
        yield name
        core.delete_namespace(name)


@pytest.fixture
def boto(cloud: Connection) -> Iterator[Callable[..., Any]]:
    """Makes boto3 clients of the session's account: ``boto("s3")``; closed afterwards."""
    made: list[Any] = []

    def make(service: str, **settings: Any) -> Any:
        made.append(boto_client(cloud, service, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()
