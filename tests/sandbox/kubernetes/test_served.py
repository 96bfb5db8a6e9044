"""The provider process as the engine meets it: a real gRPC channel to a real process in front of the real API server."""

from __future__ import annotations

import grpc
import pytest
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from mlops_infra.providers import ProviderHost
from mlops_infra.providers.wire import from_struct, plain_map, to_struct, wired_map

pytestmark = pytest.mark.sandbox
URN = "urn:pulumi:unit-platform::mlops-infra::kubernetes:{}::{}"


@pytest.fixture(scope="module")
def stub(cloud, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    host = ProviderHost.start(cloud, folder / "providers.log", folder / "made")
    port = dict(part.split(":") for part in host.attach.split(","))["kubernetes"]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        provider = provider_pb2_grpc.ResourceProviderStub(channel)
        provider.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
        provider.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
        provider.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))
        yield provider
    host.close()


def test_an_object_lives_and_dies_through_the_wire(stub, kube, namespace, make_config_map):
    urn = URN.format("core/v1:ConfigMap", "thing")
    inputs = stub.Check(
        provider_pb2.CheckRequest(urn=urn, news=to_struct(wired_map(make_config_map(color="red"))))
    ).inputs
    made = stub.Create(provider_pb2.CreateRequest(urn=urn, properties=inputs, timeout=30))
    maps = kube.resources.get(api_version="v1", kind="ConfigMap")
    assert made.id == f"{namespace}/thing"
    assert maps.get(name="thing", namespace=namespace).to_dict()["data"] == {"color": "red"}
    news = to_struct(wired_map(make_config_map(color="blue")))
    diff = stub.Diff(provider_pb2.DiffRequest(urn=urn, id=made.id, olds=made.properties, news=news, old_inputs=inputs))
    assert diff.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(diff.detailedDiff) == ["data.color"]
    stub.Update(
        provider_pb2.UpdateRequest(urn=urn, id=made.id, olds=made.properties, news=news, old_inputs=inputs, timeout=30)
    )
    read = stub.Read(provider_pb2.ReadRequest(urn=urn, id=made.id, properties=made.properties, inputs=news))
    assert plain_map(from_struct(read.inputs))["data"] == {"color": "blue"}
    stub.Delete(provider_pb2.DeleteRequest(urn=urn, id=made.id, properties=read.properties, timeout=30))
    assert stub.Read(provider_pb2.ReadRequest(urn=urn, id=made.id, inputs=news)).id == ""


def test_what_is_made_but_not_ready_comes_back_with_the_error(stub, make_deployment):
    urn = URN.format("apps/v1:Deployment", "web")
    properties = to_struct(wired_map(make_deployment(cpu="9999")))
    with pytest.raises(grpc.RpcError) as failed:
        stub.Create(provider_pb2.CreateRequest(urn=urn, properties=properties, timeout=1))
    details = dict(failed.value.trailing_metadata())["grpc-status-details-bin"]
    told = provider_pb2.ErrorResourceInitFailed()
    assert status_pb2.Status.FromString(details).details[0].Unpack(told)
    assert told.id.endswith("/web")
    assert "did not become ready" in told.reasons[0]
    assert plain_map(from_struct(told.properties))["metadata"]["name"] == "web"


def test_a_create_whose_engine_died_is_taken_over_by_the_next(stub, kube, namespace, make_deployment):
    urn = URN.format("apps/v1:Deployment", "web")
    request = provider_pb2.CreateRequest(
        urn=urn, properties=to_struct(wired_map(make_deployment(cpu="9999"))), timeout=60
    )
    deployments = kube.resources.get(api_version="apps/v1", kind="Deployment")
    waiting = stub.Create.future(request)
    for _ in deployments.watch(namespace=namespace, timeout=30):
        break
    waiting.cancel()
    # The next run asks for something that can become ready.
    mended = provider_pb2.CreateRequest(urn=urn, properties=to_struct(wired_map(make_deployment())), timeout=60)
    assert stub.Create(mended).id == f"{namespace}/web"
    assert len(deployments.get(namespace=namespace).items) == 1
