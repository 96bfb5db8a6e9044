from __future__ import annotations

import copy
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_infra.config import ConfigError, Problem, environments, find_stacks, load_environment, validate
from mlops_infra.config.edit import set_values
from mlops_infra.config.layers import Folder
from mlops_infra.config.node import dotted, plain
from mlops_infra.config.rules.names import database_name, node_group_name
from mlops_infra.config.rules.teams import NOTEBOOK_APP, NOTEBOOK_PORT, SHARED_APPS
from mlops_infra.errors import UsageError
from mlops_infra.platform import mlflow, monitoring_config, notebook
from mlops_infra.platform.names import Names
from mlops_infra.resources import data_dir

SHA = "sha256:" + "0" * 64


def problems_of(stacks: Path, name: str | None = "staging") -> dict[str, Problem]:
    return {dotted(problem.path): problem for problem in validate(stacks, name)}


def test_names_are_formed_as_the_platform_forms_them(shipped_stacks: Path) -> None:
    env = load_environment(shipped_stacks, "staging").environment
    names = Names(env)
    assert database_name(env) == names.database
    assert node_group_name(env, "cpu") == names.named("cpu")


def test_flows_know_the_ports_that_the_platform_opens() -> None:
    assert SHARED_APPS["mlflow"] == {mlflow.APP: mlflow.PORT}
    assert SHARED_APPS["monitoring"] == {
        "prometheus": monitoring_config.PROMETHEUS_PORT,
        "alertmanager": monitoring_config.ALERTMANAGER_PORT,
        "grafana": monitoring_config.GRAFANA_PORT,
    }
    assert (notebook.APP, notebook.PORT) == (NOTEBOOK_APP, NOTEBOOK_PORT)


def test_the_shipped_files_are_valid(shipped_stacks: Path) -> None:
    assert validate(shipped_stacks) == []
    assert environments(shipped_stacks) == ["dev", "prod", "staging"]


def model(**changes: Any) -> dict[str, Any]:
    slo = {"latency_p95_ms": 100, "error_rate": 0.01, "accuracy": 0.9}
    image = f"registry.example.org/a/b@{SHA}"
    return {
        "name": "extra", "team": "claims-fraud", "image": image, "version": "1", "digest": SHA, "dataset": "claims-history",
        "slo": slo, **changes,
    }  # fmt: skip


def bias(**changes: Any) -> dict[str, Any]:
    groups = ["female", "male"]
    return {
        "metric": "accuracy-difference", "groups": groups, "value": 0.1, "date": "2026-01-01", "dataset": "claims-history",
        **changes,
    }  # fmt: skip


TEAM, MODEL, DATA = ("teams", "claims-fraud"), ("models", "fraud-scorer"), ("datasets", "claims-history")
NET, POOL = ("network",), ("cluster", "node_pools", "cpu")
POOL_KEYS = {"instance_type": "m7i.large", "min": 1, "max": 1, "desired": 1, "cpu": "2", "memory": "8Gi"}
BROKEN: list[tuple[dict[tuple[str | int, ...], Any], str, str]] = [
    ({("environment",): "stagin"}, "environment", "not the name of the file"),
    ({("aws", "partition"): "aws-cn"}, "aws.partition", "not in this partition"),
    ({("aws", "region"): "us-gov-west-1"}, "aws.partition", "not in this partition"),
    ({("aws", "identity_provider"): "arn:aws:iam::999999999999:saml-provider/x"}, "aws.identity_provider", "this account"),
    ({("aws", "identity_provider"): "arn:aws:iam::111100000032:user/x"}, "aws.identity_provider", "this account"),
    ({("target",): "aws"}, "state.backend", "target: aws"),
    ({("target",): "aws"}, "state.secrets_provider", "target: aws"),
    ({(*NET, "cidr"): "10.32.0.1/16"}, "network.cidr", "bits set behind its prefix"),
    ({(*NET, "cidr"): "300.32.0.0/16"}, "network.cidr", "no IPv4 block"),
    ({(*NET, "cidr"): "10.0.0.0/8"}, "network.cidr", "wrong size"),
    ({(*NET, "private_cidrs", 1): "10.33.32.0/19"}, "network.private_cidrs[1]", "not inside of the VPC"),
    ({(*NET, "public_cidrs", 0): "10.32.0.0/22"}, "network.public_cidrs[0]", "overlaps 10.32.0.0/19"),
    ({(*NET, "public_cidrs"): ["10.32.128.0/22"]}, "network.public_cidrs", "1 blocks for 3 zones"),
    ({(*NET, "zones", 2): "eu-central-2a"}, "network.zones[2]", "not in region eu-central-1"),
    ({(*NET, "zones", 2): "eu-central-1a"}, "network.zones[2]", "twice"),
    ({(*DATA, "classification"): "phi", ("datasets", "icd10-codes", "classification"): "phi"},
     "datasets.icd10-codes.retention", "needs a retention"),
    ({("datasets", "icd10-codes", "classification"): "pii"}, "datasets.icd10-codes.legal_basis", "needs a legal basis"),
    ({(*DATA, "retention"): "PT12H"}, "datasets.claims-history.retention", "whole days"),
    ({(*DATA, "retention"): "P0D"}, "datasets.claims-history.retention", "whole days"),
    ({("storage", "audit_retention"): "P200Y"}, "storage.audit_retention", "too long"),
    ({("monitoring", "log_retention"): "P13M"}, "monitoring.log_retention", "CloudWatch Logs cannot"),
    ({("cluster", "log_retention"): "P4Y"}, "cluster.log_retention", "CloudWatch Logs cannot"),
    ({(*NET, "flow_log_retention"): "P20Y"}, "network.flow_log_retention", "CloudWatch Logs cannot"),
    ({("monitoring", "retention"): "PT5M"}, "monitoring.retention", "Prometheus cannot"),
    ({("monitoring", "prometheus"): {"url": "https://p.example", "token_variable": "T", "token_file": "/t"}},
     "monitoring.prometheus.token_file", "names a token already"),
    *(({("monitoring", "prometheus"): {"url": url}}, "monitoring.prometheus.url", "not allowed")
      for url in ("http://p.example", "https://ada:pw@p.example", "https://p.example/?token=x", "http://127.0.0.1.example")),
    ({("monitoring", "prometheus"): {"url": "http://127.0.0.1:9090", "token_variable": "eyJhbGciOi"}},
     "monitoring.prometheus.token_variable", "not allowed"),
    ({(*DATA, "transfer"): {"to": ["eu-central-1"], "mechanism": "adequacy"}}, "datasets.claims-history.transfer.to[0]",
     "in eu-central-1 already"),
    ({(*DATA, "transfer"): {"to": ["cn-north-1"], "mechanism": "adequacy"}}, "datasets.claims-history.transfer.to[0]",
     "another partition"),
    ({(*POOL, "min"): 9}, "cluster.node_pools.cpu.min", "above max"),
    ({(*POOL, "desired"): 100}, "cluster.node_pools.cpu.desired", "outside of min to max"),
    ({(*POOL, "memory"): "64"}, "cluster.node_pools.cpu.memory", "plausible"),
    ({(*MODEL, "memory"): "100m"}, "models.fraud-scorer.memory", "plausible"),
    ({(*MODEL, "cpu"): "1Gi"}, "models.fraud-scorer.cpu", "plausible"),
    ({(*MODEL, "scale", "min"): 5}, "models.fraud-scorer.scale.min", "above max"),
    ({(*MODEL, "slo", "window"): "PT1S"}, "models.fraud-scorer.slo.window", "no usable window"),
    ({(*MODEL, "team"): "claim-fraud"}, "models.fraud-scorer.team", "no team claim-fraud"),
    ({(*MODEL, "dataset"): "member"}, "models.fraud-scorer.dataset", "no dataset member"),
    ({(*MODEL, "dataset"): "members"}, "models.fraud-scorer.dataset", "no grant for dataset members"),
    ({("models", "notebook"): model(name="notebook")}, "models.notebook.name", "workload notebook already"),
    ({(*TEAM, "grants"): [{"dataset": "claims-histroy", "access": "read"}]}, "teams.claims-fraud.grants.claims-histroy.dataset",
     "no dataset claims-histroy"),
    ({(*TEAM, "grants"): [{"dataset": "members", "access": "read"}] * 2}, "teams.claims-fraud.grants[1].dataset", "twice"),
    ({(*TEAM, "flows"): [{"to": "mlflw/mlflow", "port": 1}]}, "teams.claims-fraud.flows[0].to", "no namespace mlflw"),
    ({(*TEAM, "flows"): [{"to": "mlflow/x", "port": 1}]}, "teams.claims-fraud.flows[0].to", "no app x"),
    ({(*TEAM, "flows"): [{"to": "underwriting/notebook", "port": 1}]}, "teams.claims-fraud.flows[0].to", "no app notebook"),
    ({(*TEAM, "flows"): [{"to": "10.0.0.1/8", "port": 1}]}, "teams.claims-fraud.flows[0].to", "bits set"),
    ({(*TEAM, "flows"): [{"to": "clinical-nlp/notes-coder", "port": 1}]}, "teams.claims-fraud.flows[0].port", "listen on port 1"),
    ({(*TEAM, "quota", "cpu"): "3"}, "teams.claims-fraud.quota.cpu", "do not fit the quota"),
    ({(*TEAM, "quota", "pods"): 2}, "teams.claims-fraud.quota.pods", "do not fit the quota"),
    ({(*TEAM, "notebook", "storage"): "2Ti"}, "teams.claims-fraud.quota.storage", "volume does not fit"),
    ({("teams", "clinical-nlp", "quota", "gpus"): 1}, "teams.clinical-nlp.quota.gpus", "do not fit the quota"),
    ({("cluster", "node_pools", "gpu", "gpus"): 0}, "teams.clinical-nlp.quota.gpus", "no node pool has GPUs"),
    ({(*MODEL, "memory"): "65Gi"}, "models.fraud-scorer.memory", "no node pool has a node"),
    ({(*MODEL, "cpu"): "17"}, "models.fraud-scorer.cpu", "no node pool has a node"),
    ({("teams", "clinical-nlp", "notebook", "gpus"): 2}, "teams.clinical-nlp.notebook.gpus", "no node pool has a node"),
    ({("project",): "a" * 30, ("cluster", "node_pools", "c" * 30): {**POOL_KEYS}}, f"cluster.node_pools.{'c' * 30}.name",
     "69 characters long, at most 63"),
    ({("project",): "xn--a"}, "project", "may start like this"),
    ({("monitoring", "alert_emails"): ["a@b.de", "a@b.de"]}, "monitoring.alert_emails[1]", "twice"),
    ({(*MODEL, "record", "bias"): [bias(date="2026-02-30")]}, "models.fraud-scorer.record.bias.claims-history.date", "no day 2026-02-30"),
    ({(*MODEL, "record", "bias"): [bias(dataset="member")]}, "models.fraud-scorer.record.bias.member.dataset", "no dataset member"),
    ({(*MODEL, "record", "bias"): [bias(groups=["one"])]}, "models.fraud-scorer.record.bias.claims-history.groups", "not allowed"),
    ({(*MODEL, "record", "bias"): []}, "models.fraud-scorer.record.bias", "not allowed"),
    ({(*MODEL, "record", "basis"): None, (*MODEL, "record", "risk_class"): "high"}, "models.fraud-scorer.record.basis",
     "needs a basis"),
    ({("policies", "audit_retention_days"): 2189}, "policies.audit_retention_days", "too little outside of dev"),
    ({("policies", "log_retention_days"): 364}, "policies.log_retention_days", "too little"),
    ({("policies", "backup_days"): 6}, "policies.backup_days", "too little"),
    ({("policies", "replicas"): 1}, "policies.replicas", "too little"),
    ({("policies", "bias_evaluation_days"): 366}, "policies.bias_evaluation_days", "too much outside of dev"),
    ({("policies", "registries"): []}, "policies.registries", "not allowed"),
    ({("policies", "registries"): ["a.example", "quay.io"]}, "policies.registries[1]", "everybody may publish"),
    ({("policies", "registries"): ["a.example", "a.example"]}, "policies.registries[1]", "twice"),
    ({("policies", "log_retention_days"): 0}, "policies.log_retention_days", "not allowed"),
    ({("tags",): {"owner": 1}}, "tags.owner", "1 is not allowed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "path", "words"), BROKEN, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_fields_owe_each_other(stacks_copy: Path, changes: dict[Any, Any], path: str, words: str) -> None:
    set_values(stacks_copy / "staging.yaml", changes)
    found = [problem for problem in validate(stacks_copy, "staging") if dotted(problem.path) == path]
    assert any(words in problem.message for problem in found), found
    assert all(problem.origin is not None for problem in found)
    with pytest.raises(ConfigError):
        load_environment(stacks_copy, "staging")


@pytest.mark.parametrize("name", ["kube-system", "default", "mlflow", "monitoring", "kube-x", "aws-x"])
def test_reserved_namespaces_are_no_names_of_teams(stacks_copy: Path, name: str) -> None:
    base = stacks_copy / "base.yaml"
    base.write_text(base.read_text().replace("name: underwriting\n", f"name: {name}\n"))
    assert "reserved namespace" in problems_of(stacks_copy)[f"teams.{name}.name"].message


def test_groups_of_the_cluster_itself_are_nobody_s(stacks_copy: Path) -> None:
    set_values(stacks_copy / "staging.yaml", {("access",): [{"role": "auditor", "groups": ["fine", "system:masters"]}]})
    assert "group of the cluster" in problems_of(stacks_copy)["access.auditor.groups[1]"].message


def test_a_team_has_no_workload_of_its_own_name(stacks_copy: Path) -> None:
    set_values(stacks_copy / "staging.yaml", {("models", "claims-fraud"): model(name="claims-fraud")})
    assert "already" in problems_of(stacks_copy)["models.claims-fraud.name"].message


def test_with_extensions_flows_may_lead_to_their_namespaces(stacks_copy: Path) -> None:
    changes = {
        (*TEAM, "flows"): [{"to": "features/online", "port": 1}],
        ("extensions",): [{"component": "feature-store", "name": "features"}],
    }
    set_values(stacks_copy / "staging.yaml", changes)
    assert problems_of(stacks_copy) == {}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        (
            {("aws", "account"): "111100000016"},
            "aws.account",
            "environment dev (stacks/dev.yaml:8:12) has the same account",
        ),
        ({("network", "cidr"): "10.16.0.0/16"}, "network.cidr", "overlaps 10.16.0.0/16 of environment dev"),
        ({("project",): "other"}, "project", "another project"),
    ],
)
def test_what_environments_owe_each_other(stacks_copy: Path, changes: dict[Any, Any], path: str, words: str) -> None:
    set_values(stacks_copy / "staging.yaml", changes)
    assert words in problems_of(stacks_copy)[path].message
    assert path in problems_of(stacks_copy, None)
    with pytest.raises(ConfigError):
        load_environment(stacks_copy, "staging")


def test_another_environments_mistakes_stop_only_that_one(stacks_copy: Path) -> None:
    (stacks_copy / "dev.yaml").write_text("environment: dev\na: [\n")
    assert load_environment(stacks_copy, "staging").environment.environment == "staging"
    assert problems_of(stacks_copy) == {}
    assert len(validate(stacks_copy)) == 1


def test_all_mistakes_are_told_at_once_with_places_and_suggestions(stacks_copy: Path) -> None:
    with (stacks_copy / "staging.yaml").open("a") as out:
        out.write("tagz: {}\nteams:\n  - name: claims-fraud\n    quota: {cpu: x}\n    grants:\n")
        out.write("      - {dataset: members, access: reed}\n      - {dataset: claims-histroy, access: read}\n")
    found = problems_of(stacks_copy)
    assert found["tagz"].suggestion == "tags"
    assert "a Kubernetes quantity" in (found["teams.claims-fraud.quota.cpu"].allowed or "")
    assert found["teams.claims-fraud.grants.members.access"].suggestion == "read"
    last = found["teams.claims-fraud.grants.claims-histroy.dataset"]
    assert last.suggestion == "claims-history"
    assert str(last.origin) == "stacks/staging.yaml:60:19"
    with pytest.raises(ConfigError) as caught:
        load_environment(stacks_copy, "staging")
    assert len(caught.value.problems) == len(found)
    assert [p.origin for p in caught.value.problems] == sorted(
        (p.origin for p in caught.value.problems), key=lambda o: (o.file, o.line, o.column) if o else ("", 0, 0)
    )


def test_a_missing_key_is_told_where_it_belongs(stacks_copy: Path) -> None:
    set_values(stacks_copy / "staging.yaml", {("datasets", "new", "classification"): "internal"})
    problem = problems_of(stacks_copy)["datasets.new.owner"]
    assert problem.message == "the key is missing"
    assert "an e-mail address, for example" in (problem.allowed or "")
    assert "stacks/staging.yaml" in str(problem.origin)


@pytest.mark.parametrize(
    ("key", "value"),
    [("password", ["hunter2"]), ("apiToken", ["hunter2"]), ("secret", {"x": "hunter2"}), ("db_key", None)],
)
def test_values_that_may_be_secret_are_not_echoed(stacks_copy: Path, key: str, value: Any) -> None:
    if value is None:
        value = {"hunter2": "hunter2 hunter2"}
    extension = [{"component": "feature-store", "name": "features", "settings": {key: value}}]
    set_values(stacks_copy / "staging.yaml", {("extensions",): extension})
    (problem,) = validate(stacks_copy, "staging")
    assert key in dotted(problem.path)
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize("secret", ["hunter2", "abcdef"])
def test_addresses_with_credentials_are_not_echoed(stacks_copy: Path, secret: str) -> None:
    for url in (f"https://ada:{secret}@p.example", f"https://p.example/?t={secret}"):
        set_values(stacks_copy / "staging.yaml", {("monitoring", "prometheus"): {"url": url}})
        with pytest.raises(ConfigError, match=r"monitoring\.prometheus\.url: the address \(not shown") as caught:
            load_environment(stacks_copy, "staging")
        assert secret not in str(caught.value)


def test_unknown_keys_do_not_echo_their_values(stacks_copy: Path) -> None:
    with (stacks_copy / "staging.yaml").open("a") as out:
        out.write("databasePassword: hunter2\n")
    (problem,) = validate(stacks_copy, "staging")
    assert "hunter2" not in str(problem)
    assert "hunter2" not in str(problem.as_json())


def test_an_unknown_environment_is_bad_usage(shipped_stacks: Path, tmp_path: Path) -> None:
    for call in (validate, load_environment):
        with pytest.raises(UsageError) as caught:
            call(shipped_stacks, "stagin")
        assert caught.value.hint == "did you mean 'staging'?"
        assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match="no environment"):
        validate(tmp_path)


def test_the_stacks_folder_is_found_upward(stacks_copy: Path, tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_stacks(inner) == stacks_copy.resolve()


def test_origins_take_numbers_and_names(shipped_stacks: Path) -> None:
    loaded = load_environment(shipped_stacks, "staging")
    by_name = loaded.origin(("datasets", "members", "retention"))
    assert by_name == loaded.origin(("datasets", 3, "retention"))
    assert by_name.file == "stacks/base.yaml"
    assert loaded.origin(("teams", "claims-fraud", "grants", "fraud-labels", "access")).line > by_name.line
    assert loaded.origin(("models", "fraud-scorer", "scale", "max")).layer == "staging"
    default = loaded.origin(("network", "flow_log_retention"))
    assert default.layer == "staging"
    assert loaded.written(("network", "flow_log_retention")) is None


def test_many_mistakes_are_bounded_in_time(stacks_copy: Path) -> None:
    text = "teams: [" + "1, " * 20_000 + "1]\ntagz: 1\n"
    with (stacks_copy / "staging.yaml").open("a") as out:
        out.write(text)
    started = time.process_time()
    found = validate(stacks_copy, "staging")
    assert time.process_time() - started < 20
    assert any("more mistakes" in problem.message for problem in found)


def test_many_wrong_names_are_bounded_in_time(stacks_copy: Path) -> None:
    grants = "".join(f"      - {{dataset: members-{n}, access: read}}\n" for n in range(3_000))
    with (stacks_copy / "staging.yaml").open("a") as out:
        out.write(f"teams:\n  - name: claims-fraud\n    grants:\n{grants}")
    started = time.process_time()
    assert len(validate(stacks_copy, "staging")) >= 3_000
    assert time.process_time() - started < 20


def every_path(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in inner for found in every_path(child, (*path, key)))]


SHIPPED: Any = plain(Folder(data_dir("stacks")).merged("staging").tree)
PATHS = [path for path in every_path(SHIPPED) if path]
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "x", "[key]", "P0D", "0", "1.2.3.4/33", "0.0.0.0/0", "a/b", "phi", "claims-history", "\u0661"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["name", "x", "cpu", "[key]", "dataset", "role", "$remove", "extends"]), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), ODD), min_size=1, max_size=4))
def test_whatever_stands_in_a_file_the_answer_is_problems(changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    value = copy.deepcopy(SHIPPED)
    for path, odd in changes:
        with suppress(KeyError, IndexError, TypeError):  # an earlier change took the place away
            inner = value
            for part in path[:-1]:
                inner = inner[part]
            inner[path[-1]] = odd
    with TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks"
        stacks.mkdir()
        (stacks / "staging.yaml").write_text(yaml.safe_dump({**value, "environment": "staging"}, sort_keys=False))
        found = [str(problem) for problem in validate(stacks, "staging")]
    assert all(found)
