"""What the cluster's roles may do. That the API server agrees is tested in tests/sandbox/cluster_objects."""

from __future__ import annotations

from typing import get_args

import pytest

from mlops_infra.config.model.types import RoleName
from mlops_infra.platform.cluster_roles import CLUSTER_ROLES, Rule

Permission = tuple[str, str, str]


def permissions(role: RoleName) -> set[Permission]:
    return {
        (group, resource, verb)
        for rule in CLUSTER_ROLES[role]
        for group in rule.groups
        for resource in rule.resources
        for verb in rule.verbs
    }


def rules() -> list[Rule]:
    return [rule for found in CLUSTER_ROLES.values() for rule in found]


def test_every_role_has_rules() -> None:
    assert set(CLUSTER_ROLES) == set(get_args(RoleName))


def test_no_rule_has_a_wildcard_or_a_way_around_rbac() -> None:
    for rule in rules():
        said = {*rule.groups, *rule.resources, *rule.verbs}
        assert "*" not in said
        assert not said & {"escalate", "bind", "impersonate", "approve", "sign", "serviceaccounts/token"}


@pytest.mark.parametrize("role", ["data-scientist", "auditor", "ci-deployer"])
def test_who_may_not_see_secrets(role: RoleName) -> None:
    assert not {permission for permission in permissions(role) if permission[1] == "secrets"}


def test_an_auditor_only_looks() -> None:
    assert {verb for _, _, verb in permissions("auditor")} == {"get", "list", "watch"}
    assert not {resource for _, resource, _ in permissions("auditor") if "/" in resource}


def test_ci_changes_no_rbac_and_enters_no_pod() -> None:
    for group, resource, verb in permissions("ci-deployer"):
        assert group != "rbac.authorization.k8s.io" or verb in ("get", "list", "watch")
        assert not resource.startswith("pods/")


@pytest.mark.parametrize("role", get_args(RoleName))
def test_an_admin_holds_what_they_grant(role: RoleName) -> None:
    assert permissions(role) <= permissions("platform-admin")
