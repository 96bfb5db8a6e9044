from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mlops_infra.config import load_environment
from mlops_infra.config.load import LoadedEnvironment
from mlops_infra.config.model import Environment
from mlops_infra.engine.synth import synthesize
from mlops_infra.graph import Graph, Resource

Find = Callable[..., Resource]


class View:
    """A graph as these tests read it."""

    def __init__(self, env: Environment, graph: Graph) -> None:
        self.env = env
        self.graph = graph

    def all(self, token: str) -> tuple[Resource, ...]:
        """Resources of a type, given without its package: ``s3/bucket:Bucket``."""
        return self.graph.by_type.get(f"aws:{token}", ())

    def one(self, token: str, name: str) -> Resource:
        (found,) = [resource for resource in self.all(token) if resource.name == name]
        return found

    def statements(self, token: str, name: str, prop: str = "policy") -> list[Mapping[str, Any]]:
        return policy_statements(self.one(token, name).inputs[prop])

    def role(self, name: str) -> list[Mapping[str, Any]]:
        """Every statement of ours that a role has: its own and those of the policies attached to it."""
        own = [
            statement
            for policy in self.all("iam/rolePolicy:RolePolicy")
            if policy.inputs["role"] == name
            for statement in policy_statements(policy.inputs["policy"])
        ]
        arns = {
            attachment.inputs["policyArn"]
            for attachment in self.all("iam/rolePolicyAttachment:RolePolicyAttachment")
            if attachment.inputs["role"] == name
        }
        attached = [
            statement
            for policy in self.all("iam/policy:Policy")
            if policy.outputs["arn"] in arns
            for statement in policy_statements(policy.inputs["policy"])
        ]
        return own + attached


def policy_statements(policy: Any) -> list[Mapping[str, Any]]:
    document = json.loads(policy) if isinstance(policy, str) else policy
    found: list[Mapping[str, Any]] = document["Statement"]
    return found


@pytest.fixture(scope="session")
def shipped_staging() -> LoadedEnvironment:
    return load_environment(Path(__file__).parents[3] / "stacks", "staging")


@pytest.fixture(scope="session")
def staging_view(shipped_staging: LoadedEnvironment) -> View:
    """What the shipped staging file asks for."""
    return View(shipped_staging.environment, synthesize(shipped_staging.environment, shipped_staging.origin))


@pytest.fixture(scope="session")
def varied_view(shipped_staging: LoadedEnvironment) -> View:
    """The same with a number of keys changed, each on its own ground."""
    data = shipped_staging.environment.model_dump()
    data["target"] = "aws"
    data["state"] = {"backend": "s3://meridian-state/pulumi", "secrets_provider": "awskms://alias/state"}
    data["aws"]["identity_provider"] = "arn:aws:iam::111100000032:saml-provider/meridian"
    data["aws"]["ci"] = {"issuer": "https://ci.example", "audience": "sts.amazonaws.com", "subjects": ["repo:a:main"]}
    data["network"]["nat_per_zone"] = False
    data["network"]["endpoints"] = ["sts"]
    data["network"]["flow_log_retention"] = "P30D"
    data["classes"]["pii"]["data_events"] = False
    data["storage"]["audit_retention"] = "P2Y"
    fraud, nlp, underwriting = data["teams"]
    fraud["grants"] = [{"dataset": "claims-history", "access": "write"}]
    fraud["budget"] = 123
    nlp["repositories"][0]["keep_images"] = 7
    underwriting["grants"] = [{"dataset": "members", "access": "read"}]
    data["models"] = [model for model in data["models"] if model["team"] != "underwriting"]
    data["cluster"]["node_pools"][0]["instance_type"] = "m7g.4xlarge"
    data["cluster"]["addons"] = [addon for addon in data["cluster"]["addons"] if addon["name"] != "vpc-cni"]
    data["registry"]["database"]["engine_version"] = "17.2"
    env = Environment.model_validate(data)
    return View(env, synthesize(env))
