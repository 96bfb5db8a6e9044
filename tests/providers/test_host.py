"""The provider process through its wire: attach, ask, end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import psutil
import pytest
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from mlops_infra.errors import OperationError
from mlops_infra.providers import ProviderHost
from mlops_infra.providers.connection import AwsConnection, Connection
from mlops_infra.providers.host import dump_connection, load_connection

SECRET = "not-to-be-seen"
CONNECTION = Connection(
    "unit", AwsConnection("111100000099", "eu-central-1", endpoint="http://127.0.0.1:1", secret_access_key=SECRET), None
)
URN = "urn:pulumi:unit-platform::mlops-infra::kubernetes:core/v1:ConfigMap::thing"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ProviderHost]:
    running = ProviderHost.start(CONNECTION, tmp_path / "logs" / "providers.log", tmp_path / "made")
    yield running
    running.close()


def test_engines_attach_and_get_answers(host, tmp_path):
    ports = dict(part.split(":") for part in host.attach.split(","))
    assert set(ports) == {"kubernetes", "aws"}
    with grpc.insecure_channel(f"127.0.0.1:{ports['kubernetes']}") as channel:
        provider = provider_pb2_grpc.ResourceProviderStub(channel)
        shaken = provider.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
        assert (shaken.accept_secrets, shaken.accept_resources, shaken.accept_outputs) == (True, False, False)
        provider.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
        provider.Configure(provider_pb2.ConfigureRequest())
        request = provider_pb2.CheckRequest(urn=URN, randomSeed=b"s")
        request.news.update({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}})
        checked = provider.Check(request)
        assert checked.inputs["metadata"]["name"].startswith("thing-")
        with pytest.raises(grpc.RpcError) as refused:
            provider.Create(provider_pb2.CreateRequest(urn=URN, properties=checked.inputs))
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "cannot be reached: it does not exist yet" in refused.value.details()
        assert "hint: " in refused.value.details()
        with pytest.raises(grpc.RpcError, match="component of the official provider"):
            provider.Construct(provider_pb2.ConstructRequest(type="kubernetes:helm.sh/v4:Chart", name="chart"))
    with grpc.insecure_channel(f"127.0.0.1:{ports['aws']}") as channel:
        provider = provider_pb2_grpc.ResourceProviderStub(channel)
        provider.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    log = tmp_path / "logs" / "providers.log"
    assert log.stat().st_mode & 0o077 == 0
    assert SECRET not in log.read_text()
    assert SECRET not in " ".join(psutil.Process(host.pid).cmdline())


def test_it_ends_with_its_parent(tmp_path):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from mlops_infra.providers import ProviderHost\n"
        "from mlops_infra.providers.host import load_connection\n"
        "host = ProviderHost.start(load_connection(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[2] + '.made'))\n"
        "host.attach\n"
        "print(host.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, dump_connection(CONNECTION), tmp_path / "log"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        child = psutil.Process(int(parent.stdout.readline()))
        assert os.getsid(child.pid) != os.getsid(parent.pid)
        parent.kill()
    gone, _ = psutil.wait_procs([child], timeout=20)
    assert gone


def test_a_process_that_does_not_start_is_told_with_its_last_words(tmp_path):
    with (tmp_path / "log").open("w") as log:
        broken = subprocess.Popen(
            [sys.executable, "-c", "raise SystemExit('out of luck')"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    host = ProviderHost(broken, tmp_path / "log")
    with pytest.raises(OperationError, match="did not start:\nout of luck"):
        _ = host.attach
    host.close()


def test_a_process_that_hangs_neither_blocks_nor_survives(tmp_path):
    hung = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.pause()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    host = ProviderHost(hung, tmp_path / "log", ready=0.1, finish=0.1)
    with pytest.raises(OperationError, match="did not start"):
        _ = host.attach
    host.close()
    assert hung.poll() == -signal.SIGKILL


def test_a_connection_survives_the_pipe():
    full = Connection(
        "unit", AwsConnection("1" * 12, "eu-west-1", "aws-cn", "http://x", "id", SECRET), Path("/k"), "me"
    )
    assert load_connection(dump_connection(full)) == full
    assert json.loads(dump_connection(CONNECTION))["kubeconfig"] is None
