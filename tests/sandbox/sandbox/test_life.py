"""The sandbox over its life: idempotent start, two environments, restarts, kills, what is lost is said, reset."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloud_tools import boto_client, sandbox_programs, small_environment
from kubernetes import client, config, watch

from mlops_infra.errors import OperationError
from mlops_infra.sandbox import Sandbox
from mlops_infra.sandbox.aws_plane.journal import Entry, Journal
from mlops_infra.sandbox.processes import living, port_is_free, wait_until

pytestmark = pytest.mark.sandbox

ONE = small_environment("one", "111100000071")
TWO = small_environment("two", "111100000072")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of this module's own, with environment `one` running and filled."""
    sandbox = Sandbox(tmp_path_factory.mktemp("life"), sandbox_programs)
    try:
        fill(sandbox.start(ONE))
        yield sandbox
    finally:
        sandbox.stop()


def fill(connection):
    """Something of everything that has identifiers, on both planes."""

    def boto(service):
        return boto_client(connection, service)

    ec2 = boto("ec2")
    ec2.describe_vpcs()
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"] for number in range(2)
    ]
    kms = boto("kms")
    kms.create_key(Description="data")
    s3 = boto("s3")
    s3.create_bucket(Bucket="life", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket="life", VersioningConfiguration={"Status": "Enabled"})
    for number in range(3):
        s3.put_object(Bucket="life", Key="same", Body=b"content %d" % number)
    role = boto("iam").create_role(RoleName="life", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    boto("eks").create_cluster(name="life", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    boto("rds").create_db_instance(
        DBInstanceIdentifier="life",
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        MasterUsername="admin",
        MasterUserPassword="not-a-password",
        AllocatedStorage=20,
        StorageEncrypted=True,
    )
    with config.new_client_from_config(str(connection.kubeconfig)) as api:
        client.CoreV1Api(api).create_namespace({"metadata": {"name": "life"}})


def everything(connection):
    """What `fill` made, as text: identifiers, contents, times."""

    def ask(service, operation, **arguments):
        answer = getattr(boto_client(connection, service), operation)(**arguments)
        del answer["ResponseMetadata"]
        return answer

    databases = ask("rds", "describe_db_instances")
    for database in databases["DBInstances"]:
        del database["LatestRestorableTime"]
    s3 = boto_client(connection, "s3")
    with config.new_client_from_config(str(connection.kubeconfig)) as api:
        uid = client.CoreV1Api(api).read_namespace("life").metadata.uid
    found = [
        uid,
        ask("ec2", "describe_vpcs"),
        ask("ec2", "describe_subnets"),
        ask("kms", "list_keys"),
        ask("s3", "list_object_versions", Bucket="life"),
        s3.get_object(Bucket="life", Key="same")["Body"].read().decode(),
        ask("iam", "list_roles"),
        ask("eks", "describe_cluster", name="life"),
        databases,
    ]
    return json.dumps(found, default=str, sort_keys=True)


def process(sandbox: Sandbox, name: str):
    return next(each for each in sandbox.status()[0].processes if each.name == name)


def kill(sandbox: Sandbox, *names: str) -> None:
    for name in names:
        pid = process(sandbox, name).pid
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda pid=pid: living(pid) is None, 5)


def test_a_second_start_changes_nothing(sandbox):
    before = [each.pid for each in sandbox.status()[0].processes]
    lines = []
    sandbox.start(ONE, progress=lines.append)
    assert [each.pid for each in sandbox.status()[0].processes] == before
    assert [step.text for step in lines] == ["the sandbox of one runs"]


@pytest.mark.parametrize(
    "names",
    [["etcd"], ["aws", "kube-apiserver", "volumes", "kwok-controller", "kube-scheduler", "kube-controller-manager"]],
    ids=["etcd", "all others"],
)
def test_killed_processes_come_back_with_everything(sandbox, names):
    before = everything(sandbox.start(ONE))
    kill(sandbox, *names)
    assert not process(sandbox, names[0]).healthy
    with pytest.raises(OperationError) as caught:
        sandbox.connection("one")
    assert "sandbox start" in (caught.value.hint or "")
    connection = sandbox.start(ONE)
    assert all(each.healthy for each in sandbox.status()[0].processes)
    assert everything(connection) == before
    assert sandbox.status()[0].lost == ()


def test_stop_and_start_keep_everything_and_the_addresses(sandbox):
    connection = sandbox.start(ONE)
    before = everything(connection)
    pids = [each.pid for each in sandbox.status()[0].processes]
    sandbox.stop()
    assert not any(map(living, pids))
    assert not any(each.healthy or each.pid for each in sandbox.status()[0].processes)
    assert sandbox.start(ONE) == connection
    assert everything(connection) == before


def test_pods_go_and_come_after_a_restart(sandbox):
    pod = {
        "metadata": {"name": "server"},
        "spec": {"containers": [{"name": "server", "image": "server"}], "automountServiceAccountToken": False},
    }

    def seen(core, since, wanted):
        pods = watch.Watch().stream(
            core.list_namespaced_pod, "default", resource_version=since.metadata.resource_version, timeout_seconds=30
        )
        return any(wanted(event) for event in pods)

    for _ in range(2):
        with config.new_client_from_config(str(sandbox.start(ONE).kubeconfig)) as api:
            core = client.CoreV1Api(api)
            made = core.create_namespaced_pod("default", pod)
            assert seen(core, made, lambda event: event["object"].status.phase == "Running")
            sandbox.stop("one")
        with config.new_client_from_config(str(sandbox.start(ONE).kubeconfig)) as api:
            core = client.CoreV1Api(api)
            going = core.delete_namespaced_pod("server", "default")
            assert seen(core, going, lambda event: event["type"] == "DELETED")


def test_what_cannot_be_restored_is_said(sandbox):
    kill(sandbox, "aws")
    (path,) = Path(process(sandbox, "aws").log).parent.glob("journal")
    with Journal(path) as journal:
        number = max(entry.number for entry in journal.entries()) + 1
        environ = {"REQUEST_METHOD": "DELETE", "PATH_INFO": "/no-such-bucket", "SERVER_NAME": "x", "SERVER_PORT": "1"}
        journal.append(Entry(number, time.time(), 204, "111100000071", environ, b""))
    with path.open("ab") as file:
        file.write(b"\0\0\0\7torn")
    lines = []
    sandbox.start(ONE, progress=lines.append)
    (torn, missed) = sandbox.status()[0].lost
    assert "8 bytes" in torn
    assert "no-such-bucket" in missed
    assert any("no-such-bucket" in line.text for line in lines)


def test_two_environments_live_side_by_side_and_one_can_be_reset(sandbox):
    one = sandbox.start(ONE)
    two = sandbox.start(TWO)
    assert one.aws.endpoint == two.aws.endpoint
    assert boto_client(two, "kms").list_keys()["Keys"] == []
    boto_client(two, "kms").create_key()
    boto_client(two, "s3").create_bucket(Bucket="two", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    with config.new_client_from_config(str(two.kubeconfig)) as api:
        assert "life" not in [each.metadata.name for each in client.CoreV1Api(api).list_namespace().items]
    assert [each.environment for each in sandbox.status()] == ["one", "two"]

    sandbox.stop("two")
    assert process(sandbox, "aws").healthy
    before = everything(one)
    sandbox.reset("two")
    assert [each.environment for each in sandbox.status()] == ["one"]
    assert everything(one) == before
    kill(sandbox, "aws")
    sandbox.start(ONE)
    assert everything(one) == before
    assert boto_client(two, "kms").list_keys()["Keys"] == []
    boto_client(one, "s3").create_bucket(Bucket="two", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})


def test_another_account_under_the_same_name_is_refused(sandbox):
    with pytest.raises(OperationError, match="111100000071"):
        sandbox.start(small_environment("one", "111100000079"))


def test_a_foreign_process_with_a_stale_pid_is_left_alone(sandbox):
    log = process(sandbox, "kube-scheduler").log
    pid_file = log.parents[1] / "pids" / "kube-scheduler.pid"
    kill(sandbox, "kube-scheduler")
    pid_file.write_text(str(os.getpid()))
    assert process(sandbox, "kube-scheduler").pid is None
    sandbox.start(ONE)
    assert process(sandbox, "kube-scheduler").healthy


def test_a_port_that_somebody_took_is_left_to_them(sandbox):
    kill(sandbox, "kube-scheduler")
    before = everything(sandbox.start(ONE))
    port = process(sandbox, "kube-scheduler").port
    kill(sandbox, "kube-scheduler")
    assert wait_until(lambda: port_is_free(port), 10)
    with socket.create_server(("127.0.0.1", port)):
        connection = sandbox.start(ONE)
        assert process(sandbox, "kube-scheduler").healthy
        assert process(sandbox, "kube-scheduler").port != port
        assert everything(connection) == before


def test_a_component_that_does_not_start_is_named_with_its_last_words(tmp_path):
    broken = tmp_path / "etcd"
    broken.write_text(
        "#!/bin/sh\ncase $1 in --version) echo 'etcd Version: 3.6.5';; *) echo no space left; exit 7;; esac\n"
    )
    broken.chmod(0o755)
    sandbox = Sandbox(tmp_path / "state", lambda names: {**sandbox_programs(names), "etcd": broken})
    steps = []
    try:
        with pytest.raises(OperationError, match=r"(?s)etcd of cluster .* does not run.*no space left"):
            sandbox.start(ONE, progress=steps.append)
        assert steps[-1].failed
    finally:
        sandbox.stop()
    assert not any(each.pid for each in sandbox.status()[0].processes)


def test_an_unknown_environment_has_a_hint():
    with pytest.raises(OperationError) as caught:
        Sandbox(Path("none-such"), sandbox_programs).variables("staging")
    assert caught.value.hint == "`mlops-infra sandbox start --env staging`"
