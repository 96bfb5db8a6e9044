"""What a preview says, and an API server that does not answer."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
import yaml
from pulumi.provider.experimental import provider as sdk

from mlops_infra.errors import OperationError
from mlops_infra.graph import UNKNOWN
from mlops_infra.providers.caller import CALLER, Caller
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.kubernetes.provider import KubernetesProvider
from mlops_infra.providers.wire import UnreachableError, wired_map

pytestmark = pytest.mark.sandbox


def test_a_preview_changes_nothing_and_knows_what_follows_from_the_inputs(engine, kube, namespace, make_config_map):
    outputs = engine.preview(make_config_map(color="red"))
    assert outputs["data"] == {"color": "red"}
    assert outputs["metadata"]["uid"] is UNKNOWN
    maps = kube.resources.get(api_version="v1", kind="ConfigMap")
    assert maps.get(namespace=namespace, field_selector="metadata.name=thing").items == []


def test_the_api_server_refuses_a_bad_object_at_preview(engine, make_config_map, make_deployment):
    with pytest.raises(OperationError, match=r'unknown field "nonsense"|field not declared in schema'):
        engine.preview({**make_config_map(), "nonsense": 1})
    bad = make_deployment()
    bad["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    with pytest.raises(OperationError, match="`selector` does not match template `labels`"):
        engine.preview(bad)


def test_the_schema_judges_where_the_namespace_is_not_there_yet(engine, make_deployment, caplog):
    caplog.set_level("INFO")
    deployment = make_deployment()
    deployment["metadata"]["namespace"] = "not-yet"
    engine.preview(deployment)
    assert "OpenAPI schema only, not by a dry run: the namespace not-yet does not exist yet" in caplog.text
    del deployment["spec"]["selector"]
    with pytest.raises(OperationError, match="OpenAPI schema:\nspec: 'selector' is a required"):
        engine.preview(deployment)


def test_the_schema_judges_where_values_are_not_known_yet(engine, make_deployment):
    deployment = make_deployment()
    deployment["spec"]["selector"] = UNKNOWN
    deployment["spec"]["template"]["spec"]["serviceAccountName"] = UNKNOWN
    outputs = engine.preview(deployment)
    assert outputs["spec"]["selector"] is UNKNOWN
    deployment["spec"]["replicas"] = "two"
    deployment["spec"]["template"]["spec"]["containers"][0]["imagePolicy"] = "Always"
    with pytest.raises(OperationError, match="does not fit the API server's OpenAPI schema") as refused:
        engine.preview(deployment)
    assert "spec.replicas: 'two' is not of type 'integer'" in str(refused.value)
    assert "'imagePolicy' was unexpected" in str(refused.value)


def test_types_of_the_official_provider_are_refused_by_name(engine, make_config_map):
    request = sdk.CheckRequest("urn:pulumi:s::p::kubernetes:helm.sh/v3:Release::r", {}, {}, b"")
    failure = engine.run(engine.provider.check(request)).failures[0]
    assert "kubernetes:helm.sh/v3:Release" in failure.reason
    assert "providers: official" in failure.reason


def test_settings_of_the_official_provider_are_refused(engine):
    urn = "urn:pulumi:s::p::pulumi:providers:kubernetes::default"
    answer = engine.run(
        engine.provider.check_config(sdk.CheckRequest(urn, {}, wired_map({"version": "4", "kubeconfig": "x"}), b""))
    )
    (failure,) = answer.failures
    assert (failure.property, "not from kubeconfig" in failure.reason) == ("", True)


def test_many_objects_are_served_at_once(engine, kube, namespace, make_config_map):
    async def all_of_them():
        def one(number):
            inputs = wired_map(make_config_map(f"map-{number}", n=str(number)))
            return engine.provider.create(sdk.CreateRequest(f"urn:pulumi:s::p::t::map-{number}", inputs, 0, False))

        await asyncio.gather(*(one(number) for number in range(100)))

    engine.run(all_of_them())
    maps = kube.resources.get(api_version="v1", kind="ConfigMap").get(namespace=namespace).items
    assert len([one for one in maps if one.metadata.name.startswith("map-")]) == 100


def test_an_engine_that_stops_is_not_waited_for(engine, make_deployment):
    work = make_deployment(cpu="9999")

    async def interrupted():
        caller = Caller("127.0.0.1:1")
        CALLER.set(caller)
        caller.stopping.set()
        checked = await engine.provider.check(sdk.CheckRequest("urn:pulumi:s::p::t::web", {}, wired_map(work), b""))
        await engine.provider.create(sdk.CreateRequest("urn:pulumi:s::p::t::web", checked.inputs, 60, False))

    started = time.monotonic()
    with pytest.raises(OperationError, match="we were asked to stop"):
        engine.run(interrupted())
    assert time.monotonic() - started < 10


def test_unreachable_is_never_read_as_deleted(engine, cloud, tmp_path, make_config_map):
    made = engine.create(make_config_map())
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        kubeconfig = yaml.safe_load(cloud.kubeconfig.read_text())
        for cluster in kubeconfig["clusters"]:
            cluster["cluster"]["server"] = f"https://127.0.0.1:{closed.getsockname()[1]}"
        dead = tmp_path / "kubeconfig"
        dead.write_text(yaml.safe_dump(kubeconfig))
        for path in (dead, None, tmp_path / "missing"):
            provider = KubernetesProvider(Connection("unit", cloud.aws, path))
            with pytest.raises(UnreachableError):
                engine.run(provider.read(sdk.ReadRequest(made.urn, made.id, made.outputs, made.inputs)))
            engine.run(provider.close())
