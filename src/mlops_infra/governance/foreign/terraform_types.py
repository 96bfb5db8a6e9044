"""How Terraform's AWS provider and Pulumi name the same things: types, and blocks that may be repeated.

Pulumi's provider is made from Terraform's, so that properties differ in their case alone, except: a block that may stand once is an
object and not a list, and one that may be repeated has a plural name (pulumi-terraform-bridge, "naming").
"""

from __future__ import annotations

import re
from typing import Final

_SAME: Final = (
    "cloudtrail/trail", "cloudwatch/log_group:cloudwatch_log_group", "cloudwatch/metric_alarm:cloudwatch_metric_alarm",
    "budgets/budget", "ec2/default_security_group:default_security_group", "ec2/eip:eip", "ec2/flow_log:flow_log", "ec2/instance:instance",
    "ec2/internet_gateway:internet_gateway", "ec2/launch_template:launch_template", "ec2/nat_gateway:nat_gateway", "ec2/route:route",
    "ec2/route_table:route_table", "ec2/route_table_association:route_table_association", "ec2/security_group:security_group",
    "ec2/security_group_rule:security_group_rule", "ec2/subnet:subnet", "ec2/vpc:vpc", "ec2/vpc_endpoint:vpc_endpoint",
    "vpc/security_group_ingress_rule:vpc_security_group_ingress_rule", "vpc/security_group_egress_rule:vpc_security_group_egress_rule",
    "ebs/volume:ebs_volume", "ecr/lifecycle_policy", "ecr/repository", "ecr/repository_policy", "eks/access_entry",
    "eks/access_policy_association", "eks/addon", "eks/cluster", "eks/node_group", "eks/pod_identity_association",
    "iam/group", "iam/group_policy", "iam/instance_profile", "iam/openid_connect_provider", "iam/policy", "iam/role", "iam/role_policy",
    "iam/role_policy_attachment", "iam/user", "iam/user_policy", "kms/alias", "kms/key", "rds/instance:db_instance",
    "rds/parameter_group:db_parameter_group", "rds/subnet_group:db_subnet_group", "rds/cluster", "secretsmanager/secret",
    "secretsmanager/secret_policy", "secretsmanager/secret_version", "sns/topic", "sns/topic_policy", "sns/topic_subscription",
    "s3/bucket:s3_bucket", "s3/bucket_acl:s3_bucket_acl", "s3/bucket_lifecycle_configuration:s3_bucket_lifecycle_configuration",
    "s3/bucket_logging:s3_bucket_logging", "s3/bucket_object_lock_configuration:s3_bucket_object_lock_configuration",
    "s3/bucket_ownership_controls:s3_bucket_ownership_controls", "s3/bucket_policy:s3_bucket_policy",
    "s3/bucket_public_access_block:s3_bucket_public_access_block",
    "s3/bucket_server_side_encryption_configuration:s3_bucket_server_side_encryption_configuration",
    "s3/bucket_versioning:s3_bucket_versioning",
)  # fmt: skip
"""``module/name`` where Terraform's type is ``aws_module_name``, else ``module/name:type`` without ``aws_``."""

_WORDS: Final = {"openid_connect_provider": "openIdConnectProvider"}

REPEATED: Final = {
    "rule": "rules", "parameter": "parameters", "notification": "notifications", "event_selector": "eventSelectors",
    "advanced_event_selector": "advancedEventSelectors", "data_resource": "dataResources", "field_selector": "fieldSelectors",
    "insight_selector": "insightSelectors", "transition": "transitions", "noncurrent_version_transition": "noncurrentVersionTransitions",
    "block_device_mappings": "blockDeviceMappings", "tag_specifications": "tagSpecifications", "network_interfaces": "networkInterfaces",
    "ingress": "ingress", "egress": "egress", "inline_policy": "inlinePolicies", "cost_filter": "costFilters",
    "ebs_block_device": "ebsBlockDevices", "metric_query": "metricQueries", "route": "routes", "taint": "taints",
    "encryption_configuration": "encryptionConfigurations",
}  # fmt: skip
"""Blocks that may be repeated, and Pulumi's name of the list; every other list of one block is that block."""

VERBATIM: Final = frozenset({"tags", "tags_all", "labels", "variables", "dimensions", "kms_encryption_context"})
"""Maps whose keys are the user's own."""


def camel(word: str) -> str:
    """``kms_key_id`` as ``kmsKeyId``."""
    first, *rest = word.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def named(key: str) -> str:
    """Pulumi's name of an argument."""
    return REPEATED.get(key, camel(key))


def _token(entry: str) -> tuple[str, str]:
    path, _, named = entry.partition(":")
    module, name = path.split("/")
    own = _WORDS.get(name) or camel(name)
    return f"aws_{named or f'{module}_{name}'}", f"aws:{module}/{own}:{own[:1].upper()}{own[1:]}"


TYPES: Final = {"aws_cloudtrail": "aws:cloudtrail/trail:Trail", **dict(_token(entry) for entry in _SAME)}
"""Pulumi's token of a type of Terraform's AWS provider."""


def token(kind: str) -> str:
    """Our name of a Terraform type; ``terraform:<provider>/<type>`` for those that no rule looks at."""
    provider = re.split("_", kind, maxsplit=1)[0]
    return TYPES.get(kind, f"terraform:{provider}/{kind}:{kind}")
