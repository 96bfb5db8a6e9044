"""What holds for everything that the platform makes in AWS."""

from __future__ import annotations

from mlops_infra.graph import UNKNOWN
from mlops_infra.graph.model import DATA_TYPES

REQUIRED = {"Name", "owner", "environment", "cost-centre", "data-classification", "managed-by"}

UNTAGGED = frozenset(
    {
        # AWS has no tags for these.
        "aws:ec2/route:Route",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:kms/alias:Alias",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLogging:BucketLogging",
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topicSubscription:TopicSubscription",
    }
)


def test_staging_is_big_enough_on_both_planes(staging_view):
    assert len([resource for resource in staging_view.graph if resource.custom]) >= 120
    assert {resource.plane for resource in staging_view.graph if resource.custom} == {"aws", "kubernetes"}


def test_everything_that_can_be_tagged_is(staging_view):
    for resource in staging_view.graph:
        if resource.plane == "aws" and resource.type not in UNTAGGED:
            tags = resource.inputs["tags"]
            assert tags.keys() >= REQUIRED, resource.urn
            assert tags["environment"] == "staging"
            assert all(isinstance(value, str) and value for value in tags.values()), resource.urn


def test_a_teams_resources_name_the_team_its_owner_and_who_pays(staging_view):
    teams = {team.name: team for team in staging_view.env.teams}
    tagged = [resource for resource in staging_view.graph if resource.inputs.get("tags", {}).get("team")]
    assert {resource.inputs["tags"]["team"] for resource in tagged} == set(teams)
    for resource in tagged:
        tags = resource.inputs["tags"]
        assert (tags["owner"], tags["cost-centre"]) == (teams[tags["team"]].owner, teams[tags["team"]].cost_centre)


def test_everything_comes_from_a_line_of_a_stack_file(staging_view):
    assert [resource.urn for resource in staging_view.graph if resource.origin is None] == []
    dataset = staging_view.one("s3/bucket:Bucket", "data-members")
    assert (dataset.config_path, dataset.origin.layer) == (("datasets", "members"), "base")


def test_what_holds_data_is_protected_with_all_that_keeps_a_bucket_safe(staging_view):
    for resource in staging_view.graph:
        if resource.plane == "aws":
            kept = resource.type in DATA_TYPES or resource.type.startswith("aws:s3/bucket")
            assert resource.protect == kept, resource.urn


def test_only_identifiers_are_unknown_before_anything_exists(staging_view):
    """Every policy can be judged in a plan: at most a leaf of it is unknown."""
    for resource in staging_view.graph:
        for prop in ("policy", "assumeRolePolicy"):
            assert resource.inputs.get(prop) is not UNKNOWN, resource.urn


def test_names_say_project_and_environment(staging_view):
    for token, prop in (
        ("iam/role:Role", "name"),
        ("iam/policy:Policy", "name"),
        ("s3/bucket:Bucket", "bucket"),
        ("ecr/repository:Repository", "name"),
        ("rds/instance:Instance", "identifier"),
    ):
        assert all(resource.inputs[prop].startswith("meridian-staging") for resource in staging_view.all(token))


def test_teams_reach_the_foundations_keys_through_edges(staging_view):
    key = staging_view.one("kms/key:Key", "phi")
    policy = staging_view.one("iam/policy:Policy", "claims-fraud-read")
    assert any(edge.source == policy.urn and edge.target == key.urn for edge in staging_view.graph.edges)
