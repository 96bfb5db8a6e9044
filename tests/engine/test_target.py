"""What the engine and the official plugins are told of where an environment runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pulumi_aws
import pytest
import yaml

from mlops_infra.config import load_environment
from mlops_infra.config.model import Environment
from mlops_infra.engine.target import Target, remedy
from mlops_infra.engine.workspace import EngineFolder, backend_url
from mlops_infra.providers.connection import AwsConnection, Connection
from mlops_infra.resources import data_dir

ENDPOINT = "http://127.0.0.1:5000"
KEYS = {"access_key_id": "111100000031", "secret_access_key": "not-to-be-seen"}


@pytest.fixture(scope="module")
def shipped() -> Environment:
    return load_environment(data_dir("stacks"), "dev").environment


def sandboxed(env: Environment) -> Connection:
    aws = AwsConnection(env.aws.account, env.aws.region, endpoint=ENDPOINT, **KEYS)
    return Connection(env.environment, aws, Path("/there/kubeconfig"))


def official(env: Environment) -> Environment:
    return env.model_copy(update={"providers": "official"})


def test_attached_providers_need_the_region_only(shipped: Environment, tmp_path: Path) -> None:
    target = Target(shipped, sandboxed(shipped), EngineFolder.of(tmp_path))
    assert target.config() == {"aws:region": shipped.aws.region}
    assert target.plugin_variables() == target.state_variables() == {}


def test_official_plugins_find_the_sandbox_at_one_endpoint(shipped: Environment, tmp_path: Path) -> None:
    target = Target(official(shipped), sandboxed(shipped), EngineFolder.of(tmp_path))
    config = target.config()
    (endpoints,) = json.loads(config["aws:endpoints"])
    assert set(endpoints.values()) == {ENDPOINT}
    assert {"s3", "kms", "iam", "sts", "eks", "ec2"} <= set(endpoints)
    assert set(endpoints) <= set(dir(pulumi_aws.ProviderEndpointArgs))
    assert json.loads(config["aws:allowedAccountIds"]) == [shipped.aws.account]
    assert config["aws:s3UsePathStyle"] == config["aws:skipMetadataApiCheck"] == "true"
    known = {key.removeprefix("aws:") for key in config} - {"region"}
    names = {"allowedAccountIds", "endpoints", "s3UsePathStyle", "skipCredentialsValidation", "skipMetadataApiCheck"}
    assert known == names


def test_keys_go_by_variables_and_never_by_settings(shipped: Environment, tmp_path: Path) -> None:
    target = Target(official(shipped), sandboxed(shipped), EngineFolder.of(tmp_path))
    assert KEYS["secret_access_key"] not in json.dumps(target.config())
    variables = target.plugin_variables()
    assert variables["AWS_SECRET_ACCESS_KEY"] == KEYS["secret_access_key"]
    assert variables["AWS_ENDPOINT_URL"] == ENDPOINT
    assert variables["KUBECONFIG"] == "/there/kubeconfig"


def test_on_the_real_cloud_credentials_are_the_users_own(shipped: Environment, tmp_path: Path) -> None:
    connection = Connection("dev", AwsConnection(shipped.aws.account, shipped.aws.region), None)
    target = Target(official(shipped), connection, EngineFolder.of(tmp_path))
    assert set(target.config()) == {"aws:region", "aws:allowedAccountIds"}
    assert set(target.plugin_variables()) == {"AWS_REGION", "AWS_DEFAULT_REGION", "KUBECONFIG"}


def test_without_a_cluster_the_kubeconfig_leads_nowhere_rather_than_home(shipped: Environment, tmp_path: Path) -> None:
    connection = replace(sandboxed(shipped), kubeconfig=None)
    path = Path(Target(official(shipped), connection, EngineFolder.of(tmp_path)).plugin_variables()["KUBECONFIG"])
    assert path.stat().st_mode & 0o077 == 0
    assert yaml.safe_load(path.read_text())["clusters"] == []


def test_state_in_a_bucket_is_reached_with_the_same_variables(shipped: Environment, tmp_path: Path) -> None:
    state = shipped.state.model_copy(update={"backend": "s3://unit-state/pulumi"})
    env = shipped.model_copy(update={"state": state, "target": "aws"})
    variables = Target(env, sandboxed(env), EngineFolder.of(tmp_path)).state_variables()
    assert (variables["AWS_ENDPOINT_URL"], variables["AWS_REGION"]) == (ENDPOINT, env.aws.region)
    in_sandbox = env.model_copy(update={"target": "sandbox"})
    assert Target(in_sandbox, sandboxed(env), EngineFolder.of(tmp_path)).state_variables() == {}
    assert backend_url(in_sandbox, EngineFolder.of(tmp_path)).startswith("file://")


def test_a_plugin_that_cannot_be_had_has_a_remedy() -> None:
    told = (
        "error: Could not automatically download and install resource plugin 'pulumi-resource-aws' at version v7.51.1, "
        "install the plugin using `pulumi plugin install resource aws v7.51.1`: error downloading provider aws to file"
    )
    assert "providers: attached" in (remedy(told) or "")
    assert remedy("error: BucketAlreadyExists") is None
