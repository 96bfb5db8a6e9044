"""The smallest project on the session's cloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cloud_tools import boto_client
from lab import Lab

from mlops_infra.providers.connection import Connection


@pytest.fixture(scope="session")
def lab(cloud: Connection, cloud_root: Path) -> Iterator[Lab]:
    """The project. What it made stays: the session's cloud goes away anyhow."""
    clients: dict[str, Any] = {}

    def boto(service: str) -> Any:
        return clients.setdefault(service, boto_client(cloud, service))

    made = Lab.make(cloud_root, cloud, boto)
    yield made
    for client in clients.values():
        client.close()
