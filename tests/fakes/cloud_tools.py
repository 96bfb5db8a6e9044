"""What tests against the real embedded cloud share: its programs, small environments, boto3 clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from mlops_infra.config import load_environment
from mlops_infra.config.model import Environment
from mlops_infra.providers.connection import Connection
from mlops_infra.toolchain import ensure


def sandbox_programs(names: Sequence[str]) -> Mapping[str, Path]:
    """What operations pass to a Sandbox."""
    return {name: program.path for name, program in ensure(names).items()}


def small_environment(name: str, account: str) -> Environment:
    """The shipped dev environment under another name and account."""
    env = load_environment(Path(__file__).parents[2] / "stacks", "dev").environment
    return env.model_copy(update={"environment": name, "aws": env.aws.model_copy(update={"account": account})})


def boto_client(connection: Connection, service: str, **settings: Any) -> Any:
    aws = connection.aws
    return boto3.client(
        service,
        region_name=settings.pop("region_name", aws.region),
        endpoint_url=aws.endpoint,
        aws_access_key_id=settings.pop("aws_access_key_id", aws.access_key_id),
        aws_secret_access_key=settings.pop("aws_secret_access_key", aws.secret_access_key),
        config=Config(retries={"total_max_attempts": 1}),
        **settings,
    )
