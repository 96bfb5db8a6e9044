"""Roles, grants and keys: the narrowest statements, and nothing beyond them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.platform.tags import TAG_VALUE_LIMIT, tag_text

ROLE = "arn:aws:iam::111100000032:role/meridian-staging-"
BUCKETS = "arn:aws:s3:::meridian-staging-"
ENGINEER = "meridian-staging-member-claims-fraud-ml-engineer"
SCIENTIST = "meridian-staging-member-claims-fraud-data-scientist"
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken"}


def listed(value):
    return value if isinstance(value, list) else [value]


def resources_of(statements, action):
    return {resource for each in statements if action in each["Action"] for resource in listed(each["Resource"])}


def team_and_model_roles(view):
    names = [role.inputs["name"] for role in view.all("iam/role:Role")]
    kinds = ("meridian-staging-team-", "meridian-staging-member-", "meridian-staging-model-")
    return [name for name in names if name.startswith(kinds)]


def test_every_role_has_the_boundary(staging_view, varied_view):
    for view in (staging_view, varied_view):
        for role in view.all("iam/role:Role"):
            assert role.inputs["permissionsBoundary"].endswith(":policy/meridian-staging-boundary"), role.urn


def test_grants_have_no_wildcards(staging_view):
    roles = team_and_model_roles(staging_view)
    assert len(roles) == 3 + 6 + 3
    for name in roles:
        for each in staging_view.role(name):
            assert not [action for action in each["Action"] if "*" in action], (name, each)
            if set(each["Action"]) - WITHOUT_RESOURCE:
                for resource in listed(each["Resource"]):
                    # What follows a bucket's or a prefix's slash are its objects.
                    assert not isinstance(resource, str) or "*" not in resource.removesuffix("/*"), (name, each)


def test_a_team_reads_what_it_was_granted_and_writes_what_it_may_write(staging_view):
    statements = staging_view.role("meridian-staging-team-claims-fraud")
    data = {resource for resource in resources_of(statements, "s3:GetObject") if "-data-" in resource}
    assert data == {
        f"{BUCKETS}data-{name}-111100000032/*" for name in ("claims-history", "fraud-labels", "provider-directory")
    }
    written = {resource for resource in resources_of(statements, "s3:PutObject") if "-data-" in resource}
    assert written == {f"{BUCKETS}data-fraud-labels-111100000032/*"}


def test_access_in_the_stack_file_changes_the_statements(varied_view):
    statements = varied_view.role("meridian-staging-team-claims-fraud")
    for action in ("s3:GetObject", "s3:PutObject"):
        data = {resource for resource in resources_of(statements, action) if "-data-" in resource}
        assert data == {f"{BUCKETS}data-claims-history-111100000032/*"}
    assert not [policy.name for policy in varied_view.all("iam/policy:Policy") if policy.name == "underwriting-write"]


def test_scientists_read_and_engineers_write(staging_view):
    engineer, scientist = staging_view.role(ENGINEER), staging_view.role(SCIENTIST)
    assert resources_of(engineer, "s3:PutObject")
    assert not resources_of(scientist, "s3:PutObject")
    assert resources_of(scientist, "s3:GetObject") == resources_of(engineer, "s3:GetObject")
    assert resources_of(engineer, "ecr:PutImage")
    assert not resources_of(scientist, "ecr:PutImage")


def test_keys_open_for_the_granted_buckets_only(staging_view):
    reading = staging_view.statements("iam/policy:Policy", "claims-fraud-read")
    (phi,) = [each for each in reading if each["Sid"] == "ReadPhiKey"]
    assert phi["Condition"]["StringEquals"] == {
        "kms:EncryptionContext:aws:s3:arn": [f"{BUCKETS}data-claims-history-111100000032"]
    }
    assert set(phi["Action"]) == {"kms:Decrypt", "kms:DescribeKey"}


def test_a_model_reads_its_own_artifacts_and_nothing_else(staging_view):
    statements = staging_view.role("meridian-staging-model-fraud-scorer")
    own = f"{BUCKETS}artifacts-claims-fraud-111100000032"
    assert resources_of(statements, "s3:GetObject") == {f"{own}/models/fraud-scorer/*"}
    assert {action for each in statements for action in each["Action"]} == {
        "s3:ListBucket",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:GetObjectVersion",
        "kms:Decrypt",
        "kms:DescribeKey",
    }


def test_pods_of_one_service_account_assume_their_role(staging_view):
    for association in staging_view.all("eks/podIdentityAssociation:PodIdentityAssociation"):
        (role,) = [r for r in staging_view.all("iam/role:Role") if r.outputs["arn"] == association.inputs["roleArn"]]
        (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
        assert trust["Condition"]["StringEquals"] == {
            "aws:SourceAccount": "111100000032",
            "aws:RequestTag/kubernetes-namespace": association.inputs["namespace"],
            "aws:RequestTag/kubernetes-service-account": association.inputs["serviceAccount"],
        }
        assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_every_association_meets_a_service_account_in_the_cluster(staging_view):
    accounts = {
        (resource.inputs["metadata"].get("namespace"), resource.inputs["metadata"]["name"])
        for resource in staging_view.graph.by_type["kubernetes:core/v1:ServiceAccount"]
    }
    asked = {
        (resource.inputs["namespace"], resource.inputs["serviceAccount"])
        for resource in staging_view.all("eks/podIdentityAssociation:PodIdentityAssociation")
    }
    assert asked <= accounts


def test_people_come_in_with_the_groups_of_the_stack_file(staging_view, varied_view):
    def trust(view, name):
        (found,) = [r for r in view.all("iam/role:Role") if r.inputs["name"] == name]
        return json.loads(found.inputs["assumeRolePolicy"])["Statement"]

    (local,) = trust(staging_view, ENGINEER)
    assert local["Principal"] == {"AWS": "arn:aws:iam::111100000032:root"}
    assert local["Condition"]["StringEquals"] == {"aws:PrincipalTag/group": ["claims-fraud-engineers"]}
    (federated,) = trust(varied_view, ENGINEER)
    assert federated["Principal"] == {"Federated": "arn:aws:iam::111100000032:saml-provider/meridian"}
    assert federated["Condition"]["StringEquals"]["aws:RequestTag/group"] == ["claims-fraud-engineers"]
    _, ci = trust(varied_view, "meridian-staging-ci-deployer")
    assert ci["Condition"]["StringEquals"] == {"ci.example:aud": "sts.amazonaws.com", "ci.example:sub": ["repo:a:main"]}


def test_every_role_of_people_enters_the_cluster_as_their_groups(staging_view):
    entries = {
        entry.inputs["principalArn"].rsplit("/", 1)[-1]: entry.inputs["kubernetesGroups"]
        for entry in staging_view.all("eks/accessEntry:AccessEntry")
    }
    assert entries["meridian-staging-auditor"] == ["compliance-office", "internal-audit"]
    assert entries["meridian-staging-member-underwriting-data-scientist"] == ["actuaries"]
    assert len(entries) == 3 + 6


def test_roles_of_the_environment_cannot_read_data(staging_view):
    for role in ("platform-admin", "auditor", "ci-deployer"):
        objects = resources_of(staging_view.role(f"meridian-staging-{role}"), "s3:GetObject")
        assert not [resource for resource in objects if "-data-" in resource or "-artifacts-" in resource], role


def test_the_deployer_gives_roles_the_boundary_or_none(staging_view):
    making = [each for each in staging_view.role("meridian-staging-ci-deployer") if "iam:CreateRole" in each["Action"]]
    assert [each["Condition"] for each in making] == [
        {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111100000032:policy/meridian-staging-boundary"}}
    ]


def test_managed_policies_fit_the_quota(staging_view):
    for policy in staging_view.all("iam/policy:Policy"):
        if isinstance(policy.inputs["policy"], str):
            # IAM counts no white space (IAM quotas: 6144 characters).
            compact = json.dumps(json.loads(policy.inputs["policy"]), separators=(",", ":"))
            assert len(compact) <= 6144, policy.name


def test_keys_are_turned_as_often_as_their_class_asks(staging_view):
    days = {key.name: key.inputs["rotationPeriodInDays"] for key in staging_view.all("kms/key:Key")}
    assert days == {
        "public": 365, "internal": 365, "pii": 180, "phi": 90, "platform": 90, "cluster": 90, "audit": 90,
    }  # fmt: skip
    assert all(key.inputs["enableKeyRotation"] for key in staging_view.all("kms/key:Key"))


def test_a_classs_key_is_used_through_storage_only(staging_view):
    statements = staging_view.statements("kms/key:Key", "phi")
    using = [each for each in statements if "kms:Decrypt" in each["Action"]]
    assert [each["Condition"]["StringEquals"]["kms:ViaService"] for each in using] == [
        ["s3.eu-central-1.amazonaws.com"]
    ]
    assert all(each["Principal"] == {"AWS": "arn:aws:iam::111100000032:root"} for each in statements)


@pytest.mark.parametrize("key", ["public", "phi", "platform", "cluster", "audit"])
def test_no_key_is_open_to_everybody(staging_view, key):
    for each in staging_view.statements("kms/key:Key", key):
        if each["Principal"] in ("*", {"AWS": "*"}):
            assert each["Condition"]["StringEquals"] == {"kms:CallerAccount": "111100000032"}
            assert "aws:PrincipalArn" in each["Condition"]["ArnEquals"]


def test_clauses_stay_readable_in_tags():
    assert tag_text("GDPR Art. 6(1)(b) and Art. 9(2)(h)") == "GDPR Art. 6.1.b and Art. 9.2.h"
    assert (
        tag_text("Free-text notes, before (some) de-identification!") == "Free-text notes before some de-identification"
    )


@given(st.text())
def test_any_text_becomes_a_value_that_aws_takes(text):
    value = tag_text(text)
    assert len(value) <= TAG_VALUE_LIMIT
    assert all(character.isascii() and (character.isalnum() or character in "+-=._:/@ ") for character in value)
    assert value == value.strip()
    assert tag_text(value) == value
