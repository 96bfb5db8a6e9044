"""Create, read, update, drift, delete, and what may go wrong on the way, on one small object."""

from __future__ import annotations

import pytest
from pulumi.provider.experimental.provider import PropertyDiffKind

from mlops_infra.errors import OperationError
from mlops_infra.providers.wire import plain_map

pytestmark = pytest.mark.sandbox
URN = "mlops-infra.dev/urn"


@pytest.fixture
def maps(kube):
    return kube.resources.get(api_version="v1", kind="ConfigMap")


@pytest.fixture
def by_hand(maps, namespace):
    """Changes a ConfigMap as somebody with kubectl would."""

    def change(name, body, manager="kubectl-edit"):
        return maps.patch(
            name=name,
            namespace=namespace,
            body=body,
            content_type="application/merge-patch+json",
            field_manager=manager,
        )

    return change


def test_a_created_object_is_there_with_its_urn_under_our_manager(engine, maps, namespace, make_config_map):
    made = engine.create(make_config_map(color="red"))
    live = maps.get(name="thing", namespace=namespace).to_dict()
    assert made.id == f"{namespace}/thing"
    assert live["data"] == {"color": "red"}
    assert live["metadata"]["annotations"] == {URN: made.urn}
    assert [entry["manager"] for entry in live["metadata"]["managedFields"]] == ["mlops-infra"]
    assert plain_map(made.outputs)["metadata"]["uid"] == live["metadata"]["uid"]


def test_nothing_changes_where_nothing_is_asked_for(engine, make_config_map):
    made = engine.create(make_config_map(color="red"))
    assert engine.diff(made, make_config_map(color="red")).changes is False
    read = engine.refresh(made)
    assert (read.id, plain_map(read.inputs)) == (made.id, plain_map(made.inputs))
    again = engine.update(made, make_config_map(color="red"))
    assert (
        plain_map(again.outputs)["metadata"]["resourceVersion"]
        == plain_map(made.outputs)["metadata"]["resourceVersion"]
    )


def test_an_update_changes_and_drops_fields(engine, maps, namespace, make_config_map):
    made = engine.create(make_config_map(color="red", size="1"))
    diff = engine.diff(made, make_config_map(color="blue", shape="round"))
    assert {path: found.kind for path, found in diff.detailed_diff.items()} == {
        "data.color": PropertyDiffKind.UPDATE,
        "data.size": PropertyDiffKind.DELETE,
        "data.shape": PropertyDiffKind.ADD,
    }
    assert (diff.changes, diff.replaces) == (True, [])
    engine.update(made, make_config_map(color="blue", shape="round"))
    assert maps.get(name="thing", namespace=namespace).to_dict()["data"] == {"color": "blue", "shape": "round"}


def test_drift_is_found_and_mended(engine, maps, namespace, by_hand, make_config_map):
    made = engine.create(make_config_map(color="red", size="1"))
    by_hand("thing", {"data": {"color": "green", "size": None, "foreign": "1"}, "metadata": {"labels": {"by": "hand"}}})
    assert {path: found.kind for path, found in engine.drift(made).items()} == {
        "data.color": PropertyDiffKind.UPDATE,
        "data.size": PropertyDiffKind.ADD,
    }
    engine.update(engine.refresh(made), make_config_map(color="red", size="1"))
    live = maps.get(name="thing", namespace=namespace).to_dict()
    assert live["data"] == {"color": "red", "size": "1", "foreign": "1"}
    assert live["metadata"]["labels"] == {"by": "hand"}
    assert engine.drift(made) == {}


def test_what_we_applied_is_taken_back_without_a_refresh(engine, maps, namespace, by_hand, make_config_map):
    made = engine.create(make_config_map(color="red"))
    by_hand("thing", {"data": {"color": "green"}})
    engine.update(made, make_config_map(color="blue"))
    assert maps.get(name="thing", namespace=namespace).to_dict()["data"] == {"color": "blue"}


def test_a_field_that_we_never_owned_is_a_conflict_that_names_its_manager(engine, by_hand, make_config_map):
    made = engine.create(make_config_map(color="red"))
    by_hand("thing", {"data": {"size": "9"}}, manager="somebody")
    with pytest.raises(OperationError, match=r"\.data\.size is managed by somebody"):
        engine.update(made, make_config_map(color="red", size="1"))
    with pytest.raises(OperationError, match=r"\.data\.size is managed by somebody"):
        engine.update(made, make_config_map(color="red", size="1"), preview=True)


def test_delete_waits_and_what_is_gone_is_gone(engine, maps, namespace, make_config_map):
    made = engine.create(make_config_map())
    maps.patch(
        name="thing",
        namespace=namespace,
        body={"metadata": {"finalizers": ["test.example/hold"]}},
        content_type="application/merge-patch+json",
    )
    with pytest.raises(OperationError, match=r"still there, held by the finalizers test\.example/hold"):
        engine.delete(made, timeout=0.3)
    maps.patch(
        name="thing",
        namespace=namespace,
        body={"metadata": {"finalizers": None}},
        content_type="application/merge-patch+json",
    )
    engine.delete(made)
    assert engine.refresh(made) is None
    engine.delete(made)


def test_an_object_that_only_has_the_name_is_not_deleted(engine, maps, namespace, make_config_map):
    made = engine.create(make_config_map())
    maps.delete(name="thing", namespace=namespace)
    maps.create(namespace=namespace, body=make_config_map(by="hand"))
    engine.delete(made)
    assert maps.get(name="thing", namespace=namespace).to_dict()["data"] == {"by": "hand"}


def test_an_interrupted_create_is_adopted(engine, maps, namespace, make_config_map):
    first = engine.create(make_config_map(color="red"))
    second = engine.create(make_config_map(color="blue"))
    assert plain_map(second.outputs)["metadata"]["uid"] == plain_map(first.outputs)["metadata"]["uid"]
    generated = [engine.create(make_config_map(None), "unnamed").id for _ in range(2)]
    assert generated[0] == generated[1]
    assert len([one for one in maps.get(namespace=namespace).items if "unnamed" in one.metadata.name]) == 1


def test_an_object_of_somebody_else_is_refused(engine, maps, namespace, make_config_map):
    maps.create(namespace=namespace, body=make_config_map(by="hand"), field_manager="kubectl-create")
    for attempt in (engine.create, engine.preview):
        with pytest.raises(OperationError, match=r"not managed by this environment .*kubectl-create") as refused:
            attempt(make_config_map(color="red"))
        assert "state import" in str(refused.value.hint)
    assert maps.get(name="thing", namespace=namespace).to_dict()["data"] == {"by": "hand"}


def test_an_object_of_another_resource_is_refused(engine, make_config_map):
    made = engine.create(make_config_map())
    with pytest.raises(OperationError, match=f"is managed as {made.urn}"):
        engine.create(make_config_map(), "renamed")


def test_a_generated_name_stays_and_changes_with_a_replacement(engine, make_config_map):
    made = engine.create(make_config_map(None, color="red"), "unnamed")
    diff = engine.diff(made, make_config_map(None, color="blue"))
    assert list(diff.detailed_diff) == ["data.color"]
    # The engine checks once more, without old inputs, where it replaces.
    replacement = engine.create(make_config_map(None, color="blue"), "unnamed")
    assert replacement.id != made.id
    assert engine.refresh(made) is not None


def test_a_replacement_under_the_same_name_is_a_new_object(engine, make_config_map):
    made = engine.create(make_config_map(color="red"))
    engine.diff(made, make_config_map(color="blue"))
    replacement = engine.create(make_config_map(color="blue"))
    assert plain_map(replacement.outputs)["metadata"]["uid"] != plain_map(made.outputs)["metadata"]["uid"]
    engine.delete(made)
    assert engine.refresh(replacement) is not None


def test_import_gives_all_that_the_server_does_not_set(engine, maps, namespace, make_config_map):
    maps.create(namespace=namespace, body=make_config_map(by="hand"))
    made = engine.create(make_config_map("other"))
    made.id, made.inputs, made.outputs = f"{namespace}/thing", {}, {}
    found = engine.refresh(made)
    assert plain_map(found.inputs) == make_config_map(by="hand")
    taken = engine.update(found, make_config_map(by="us"))
    assert plain_map(taken.outputs)["data"] == {"by": "us"}


def test_a_create_that_fails_leaves_nothing(engine, maps, namespace, make_config_map):
    with pytest.raises(OperationError, match="nonsense"):
        engine.create({**make_config_map(), "nonsense": 1})
    assert maps.get(namespace=namespace, field_selector="metadata.name=thing").items == []
