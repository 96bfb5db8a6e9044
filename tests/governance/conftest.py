from __future__ import annotations

from pathlib import Path

import pytest
from fake_policies import make_policies

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.graph import UNKNOWN, Graph, Resource, Secret
from mlops_infra.resources import data_dir


@pytest.fixture(scope="session")
def staging() -> LoadedEnvironment:
    """The shipped staging environment."""
    return load_environment(data_dir("stacks"), "staging")


@pytest.fixture(scope="session")
def prod() -> LoadedEnvironment:
    """The shipped production environment."""
    return load_environment(data_dir("stacks"), "prod")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A folder with three rules."""
    return make_policies(tmp_path / "policies")


@pytest.fixture(scope="session")
def small() -> Graph:
    """Two resources: a dataset's bucket, and its policy with an unknown and a secret."""
    bucket = Resource(
        "urn:a", "aws:s3/bucket:Bucket", "claims", "foundation", {"bucket": "claims", "days": 30.0},
        config_path=("datasets", "claims-history"),
    )  # fmt: skip
    policy = Resource(
        "urn:b", "aws:s3/bucketPolicy:BucketPolicy", "claims", "foundation",
        {
            "bucket": UNKNOWN,
            "policy": '{"Statement": [{"Effect": "Allow"}]}',
            "note": "{not json",
            "masterPassword": Secret("hunter2"),
        },
        property_dependencies={"bucket": ("urn:a",)},
        config_path=("datasets", "claims-history"),
    )  # fmt: skip
    return Graph.of("staging", [bucket, policy])
