"""The state in a bucket under a KMS key, from bootstrap to destroy, against the sandbox's S3 and KMS."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws
import pytest
from botocore.exceptions import ClientError
from cloud_tools import boto_client, sandbox_programs
from fake_world import FakeWorld

from mlops_infra.config import load_environment
from mlops_infra.config.model import Environment
from mlops_infra.engine.deploy import PulumiEngine
from mlops_infra.engine.locks import release_dead
from mlops_infra.engine.plan import ignore_events
from mlops_infra.engine.target import Target
from mlops_infra.engine.workspace import EngineFolder
from mlops_infra.errors import LockedError
from mlops_infra.operations import audit, deploy
from mlops_infra.operations.bootstrap import bootstrap
from mlops_infra.operations.bucket import S3Bucket
from mlops_infra.operations.ports import Context
from mlops_infra.operations.unlock import holder_of, unlock
from mlops_infra.platform.names import Names
from mlops_infra.providers.aws.clients import Clients
from mlops_infra.providers.bootstrap import Bootstrapped
from mlops_infra.providers.connection import Connection

pytestmark = pytest.mark.sandbox

BUCKET = "meridian-dev-state"
SECRET = "not-to-be-seen"
ON_AWS = f"""target: aws
state:
  backend: s3://{BUCKET}/pulumi?region=eu-central-1
  secrets_provider: awskms://alias/{BUCKET}?region=eu-central-1
"""
TRUST = """aws:
  ci:
    issuer: https://ci.example.org
    subjects: ["repo:meridian:environment:dev"]
"""


@dataclass
class Remote:
    """An environment on the AWS plane of the session's cloud, in an account of its own."""

    env: Environment
    connection: Connection
    made: Bootstrapped
    boto: Callable[[str], Any]

    def engine(self, folder: Path) -> PulumiEngine:
        """The engine as on a machine whose ``.mlops-infra`` is `folder`."""
        return PulumiEngine(self.env, self.connection, folder, sandbox_programs(["pulumi"])["pulumi"])

    def machine(self, folder: Path) -> Machine:
        assert self.env.state.backend is not None
        return Machine(project(folder), S3Bucket(Clients(self.connection.aws), self.env.state.backend))

    def stored(self) -> list[str]:
        return [item["Key"] for item in self.boto("s3").list_objects_v2(Bucket=BUCKET).get("Contents", ())]

    def entries(self) -> list[str]:
        return [key for key in self.stored() if key.startswith("pulumi/ledger/dev/")]

    def put_lock(self, **changed: Any) -> str:
        told = {"pid": 2**22 + 1, "username": "ana", "hostname": socket.gethostname(), **changed}
        key = "pulumi/.pulumi/locks/organization/mlops-infra/dev-foundation/0b1c.json"
        body = json.dumps({"timestamp": datetime.now(UTC).isoformat(), **told})
        self.boto("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return key


def project(folder: Path) -> FakeWorld:
    """A project whose dev lives on AWS. Its engine is in memory."""
    world = FakeWorld.make(folder)
    file = world.project.stacks / "dev.yaml"
    swapped = {"target:": ON_AWS, "aws:\n": TRUST}
    lines = file.read_text().splitlines(keepends=True)
    file.write_text(
        "".join(next((new for old, new in swapped.items() if line.startswith(old)), line) for line in lines)
    )
    return world


@dataclass
class Machine:
    """A machine with a folder of its own, and the real bucket of the state."""

    world: FakeWorld
    bucket: S3Bucket

    def context(self) -> Context:
        """That of one operation."""
        return self.world.context(state_bucket=lambda loaded: self.bucket)


@pytest.fixture(scope="module")
def remote(cloud: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    world = project(tmp_path_factory.mktemp("remote") / "project")
    env = load_environment(world.project.stacks, "dev").environment
    aws = replace(cloud.aws, account=env.aws.account, access_key_id=env.aws.account)
    connection = Connection("dev", aws, None, cluster=Names(env).cluster)
    clients: dict[str, Any] = {}

    def boto(service: str) -> Any:
        return clients.setdefault(service, boto_client(connection, service))

    assert env.state.backend is not None
    bootstrapping = Machine(world, S3Bucket(Clients(aws), env.state.backend))
    yield Remote(env, connection, bootstrap(bootstrapping.context(), "dev", aws), boto)
    for client in clients.values():
        client.close()


def tiny() -> None:
    """Two resources and a secret."""
    topic = pulumi_aws.sns.Topic("alerts", name="meridian-dev-tiny")
    pulumi_aws.s3.Bucket("data", bucket="meridian-dev-tiny", tags={"topic": topic.name})
    pulumi.export("password", pulumi.Output.secret(SECRET))


def test_bootstrap_makes_the_role_that_the_platform_knows(remote: Remote) -> None:
    assert remote.made.role == f"arn:aws:iam::{remote.env.aws.account}:role/{Names(remote.env).ci_role}"
    assert remote.made.role in Names(remote.env).administrators


def test_the_state_lies_in_the_bucket_and_any_machine_goes_on_from_there(remote: Remote, tmp_path: Path) -> None:
    with remote.engine(tmp_path / "one") as engine:
        engine.stack("foundation", tiny).up(color="never")
    assert not (tmp_path / "one" / "engine" / "passphrase").exists()
    (key,) = (key for key in remote.stored() if key.endswith("dev-foundation.json"))
    assert key.startswith("pulumi/.pulumi/stacks/")
    state = remote.boto("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    assert SECRET not in state
    assert json.loads(state)["checkpoint"]["latest"]["secrets_providers"]["state"]["url"].startswith("awskms://")

    with remote.engine(tmp_path / "two") as engine:
        assert engine.stack("foundation", tiny).preview(color="never").change_summary == {"same": 3}
        assert SECRET not in json.dumps(engine.parts.deployment("foundation"))
        graph = engine.deployed()
        assert graph is not None
        assert {resource.name for resource in graph} == {"alerts", "data"}
        remote.boto("s3").put_bucket_tagging(Bucket="meridian-dev-tiny", Tagging={"TagSet": []})
        assert [change.name for change in engine.drift(on_event=ignore_events).drift] == ["data"]
        engine.destroy(include_data=True, on_event=ignore_events)
        assert engine.parts.parts() == []
    assert not any(key.endswith("dev-foundation.json") for key in remote.stored())
    assert BUCKET in {bucket["Name"] for bucket in remote.boto("s3").list_buckets()["Buckets"]}


def test_locks_of_the_bucket_are_respected_and_those_of_the_dead_taken_away(remote: Remote, tmp_path: Path) -> None:
    locks = Target(remote.env, remote.connection, EngineFolder.of(tmp_path)).locks("dev-foundation")
    for changed in ({"hostname": "another-host"}, {"pid": os.getpid()}):
        key = remote.put_lock(**changed)
        with pytest.raises(LockedError, match="held by ana") as held:
            release_dead(locks, "dev-foundation")
        assert held.value.where == f"s3://{BUCKET}/{key}"
    remote.put_lock()
    assert release_dead(locks, "dev-foundation") == [f"ana@{socket.gethostname()} (pid {2**22 + 1})"]
    assert release_dead(locks, "dev-foundation") == []


def test_two_machines_have_one_ledger_and_one_lock(remote: Remote, tmp_path: Path) -> None:
    one, two = remote.machine(tmp_path / "one"), remote.machine(tmp_path / "two")

    def meanwhile(_: object) -> bool:
        with pytest.raises(LockedError, match=r"locked by .* with `up`") as held:
            deploy.drift(two.context(), "dev")
        assert held.value.where == f"s3://{BUCKET}/pulumi/locks/dev.json"
        return True

    deploy.up(one.context(), "dev", confirm=meanwhile)
    assert holder_of(two.context(), "dev") is None
    deploy.drift(two.context(), "dev")
    assert audit.fetch(one.context(), "dev").new == 1
    here, there = (machine.world.ledger("dev").path.read_bytes() for machine in (one, two))
    assert here == there
    assert audit.verify(two.context(), "dev").verified.intact
    kinds = one.world.kinds("dev")
    assert kinds[:2] == ["intent bootstrap", "result bootstrap succeeded"]
    assert (kinds[2], kinds[-1]) == ("intent up", "observed drift")
    entries = [remote.boto("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in remote.entries()]
    assert entries == here.splitlines()


def test_what_another_machine_unlocks_ends_there(remote: Remote, tmp_path: Path) -> None:
    one, two = remote.machine(tmp_path / "one"), remote.machine(tmp_path / "two")

    def meanwhile(_: object) -> bool:
        found = unlock(two.context(), "dev")
        assert found is not None
        assert found.operation == "up"
        return True

    with pytest.raises(LockedError, match="was taken from this operation"):
        deploy.up(one.context(), "dev", confirm=meanwhile)
    assert one.world.cloud.state == {}
    assert two.world.kinds("dev")[-1] == "unlocked"


def test_the_bucket_lets_nobody_remove_or_replace_an_entry(remote: Remote) -> None:
    s3, entry = remote.boto("s3"), {"Bucket": BUCKET, "Key": remote.entries()[0]}
    before = s3.get_object(**entry)
    for attempt in (
        lambda: s3.put_object(**entry, Body=b"x"),
        lambda: s3.put_object(**entry, Body=b"x", IfMatch=before["ETag"]),
        lambda: s3.put_object(**entry, Body=b"x", IfNoneMatch="*"),
        lambda: s3.delete_object(**entry),
        lambda: s3.delete_object(**entry, VersionId=before["VersionId"]),
    ):
        with pytest.raises(ClientError):
            attempt()
    assert s3.get_object(**entry)["Body"].read() == before["Body"].read()
