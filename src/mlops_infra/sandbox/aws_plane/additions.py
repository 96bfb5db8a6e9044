"""What moto lacks, or does otherwise than AWS, in the operations that change the platform's resource types.

Applied once, in the AWS process, before the first request. Everything that these keep lies in moto's own objects, so that it is saved and
replayed like the rest. Each function is one service.
"""

from __future__ import annotations

import json
from typing import Any


def apply_additions() -> None:
    """Add all of them."""
    _budgets()
    _ec2()
    _eks()
    _eks_settings()
    _kms()
    _logs()
    _rds()
    _s3()


def _budgets() -> None:
    """UpdateBudget, subscribers of a notification, and tags, which moto drops."""
    from moto.budgets.exceptions import NotFoundException  # noqa: PLC0415
    from moto.budgets.responses import BudgetsResponse  # noqa: PLC0415

    response: Any = BudgetsResponse
    create_without_tags = response.create_budget

    def budget_of(self: Any, account: str, name: str) -> Any:
        found = self.backend.budgets[account].get(name)
        if found is None:
            raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
        return found

    def by_arn(self: Any) -> Any:
        arn = str(self._get_param("ResourceARN"))
        return budget_of(self, arn.split(":")[4], arn.partition(":budget/")[2])

    def create_budget(self: Any) -> Any:
        answer = create_without_tags(self)
        made = budget_of(self, self._get_param("AccountId"), self._get_param("Budget")["BudgetName"])
        made.resource_tags = list(self._get_param("ResourceTags") or [])
        return answer

    def update_budget(self: Any) -> str:
        new = self._get_param("NewBudget")
        found = budget_of(self, self._get_param("AccountId"), new["BudgetName"])
        found.budget = {**found.budget, **new}
        return "{}"

    def describe_subscribers_for_notification(self: Any) -> Any:
        found = budget_of(self, self._get_param("AccountId"), self._get_param("BudgetName"))
        asked = self._get_param("Notification")
        return json.dumps(
            {"Subscribers": [one for n in found.notifications if n.details == asked for one in n.subscribers]}
        )

    def tag_resource(self: Any) -> str:
        found, tags = by_arn(self), self._get_param("ResourceTags")
        new = {tag["Key"] for tag in tags}
        found.resource_tags = [tag for tag in getattr(found, "resource_tags", []) if tag["Key"] not in new] + tags
        return "{}"

    def untag_resource(self: Any) -> str:
        found, gone = by_arn(self), set(self._get_param("ResourceTagKeys"))
        found.resource_tags = [tag for tag in getattr(found, "resource_tags", []) if tag["Key"] not in gone]
        return "{}"

    def list_tags_for_resource(self: Any) -> Any:
        return json.dumps({"ResourceTags": getattr(by_arn(self), "resource_tags", [])})

    for function in (
        create_budget,
        update_budget,
        describe_subscribers_for_notification,
        tag_resource,
        untag_resource,
        list_tags_for_resource,
    ):
        setattr(response, function.__name__, function)


def _ec2() -> None:
    """The description of a security group's rule whose other end is a group."""
    from moto.ec2.models.security_groups import SecurityGroupRule  # noqa: PLC0415

    rule: Any = SecurityGroupRule
    rule.description = property(lambda self: self.ip_range.get("Description") or self.source_group.get("Description"))


def _kms() -> None:
    """How often a key rotates: 365 days unless told (KMS API reference, EnableKeyRotation)."""
    from moto.kms.responses import KmsResponse  # noqa: PLC0415

    response: Any = KmsResponse
    enable, status = response.enable_key_rotation, response.get_key_rotation_status

    def key_of(self: Any) -> Any:
        return self.kms_backend.keys[self.kms_backend.get_key_id(self._get_param("KeyId"))]

    def enable_key_rotation(self: Any) -> Any:
        answer = enable(self)
        key_of(self).rotation_period = self._get_param("RotationPeriodInDays") or 365
        return answer

    def get_key_rotation_status(self: Any) -> str:
        answer = json.loads(status(self))
        if answer["KeyRotationEnabled"]:
            answer["RotationPeriodInDays"] = getattr(key_of(self), "rotation_period", 365)
        return json.dumps(answer)

    response.enable_key_rotation = enable_key_rotation
    response.get_key_rotation_status = get_key_rotation_status


def _eks() -> None:
    """New versions of clusters and node groups, tags of node groups, and changes of a cluster's network that keep the rest."""
    from moto.core.responses import ActionResult  # noqa: PLC0415
    from moto.eks import urls  # noqa: PLC0415
    from moto.eks.models import EKSBackend  # noqa: PLC0415
    from moto.eks.responses import EKSResponse  # noqa: PLC0415

    response: Any = EKSResponse
    backend: Any = EKSBackend
    configure, tag, untag = backend.update_cluster_config, backend.tag_resource, backend.untag_resource
    update = {"id": "update", "status": "Successful", "type": "VersionUpdate"}

    def update_cluster_version(self: Any) -> Any:
        self.eks_backend.describe_cluster(self._get_param("name")).version = self._get_param("version")
        return ActionResult({"update": update})

    def update_nodegroup_version(self: Any) -> Any:
        group = self.eks_backend.describe_nodegroup(self._get_param("name"), self._get_param("nodegroupName"))
        for attribute, name in (
            ("version", "version"),
            ("release_version", "releaseVersion"),
            ("launch_template", "launchTemplate"),
        ):
            value = self._get_param(name)
            if value is not None:
                setattr(group, attribute, value)
        return ActionResult({"update": update})

    def update_cluster_config(self: Any, name: str, resources_vpc_config: Any, **more: Any) -> Any:
        found = self.clusters.get(name)
        if found is not None and resources_vpc_config:
            resources_vpc_config = {**found.resources_vpc_config, **resources_vpc_config}
        return configure(self, name, resources_vpc_config, **more)

    def group_of(self: Any, arn: str) -> Any:
        groups = (group for cluster in self.clusters.values() for group in cluster.nodegroups.values())
        return next((group for group in groups if group.arn == arn), None)

    def tag_resource(self: Any, resource_arn: str, tags: dict[str, str]) -> None:
        group = group_of(self, resource_arn)
        if group is None:
            tag(self, resource_arn, tags)
        else:
            group.tags = {**(group.tags or {}), **tags}

    def untag_resource(self: Any, resource_arn: str, tag_keys: Any) -> None:
        group = group_of(self, resource_arn)
        if group is None:
            untag(self, resource_arn, tag_keys)
        else:
            gone = tag_keys if isinstance(tag_keys, list) else [tag_keys]
            group.tags = {key: value for key, value in (group.tags or {}).items() if key not in gone}

    response.update_cluster_version = update_cluster_version
    response.update_nodegroup_version = update_nodegroup_version
    backend.update_cluster_config = update_cluster_config
    backend.tag_resource = tag_resource
    backend.untag_resource = untag_resource
    urls.url_paths["{0}/clusters/(?P<name>[^/]+)/updates$"] = urls.response.dispatch
    urls.url_paths["{0}/clusters/(?P<name>[^/]+)/node-groups/(?P<nodegroupName>[^/]+)/update-version$"] = (
        urls.response.dispatch
    )


def _eks_settings() -> None:
    """Settings of clusters and node groups that moto does not keep: access, upgrades, protection, how nodes are updated."""
    from moto.eks.responses import EKSResponse  # noqa: PLC0415

    response: Any = EKSResponse
    create_cluster_without, create_group_without = response.create_cluster, response.create_nodegroup
    configure_without = response.update_cluster_config

    def keep(self: Any, kept: Any) -> None:
        for attribute, name in (
            ("access_config", "accessConfig"),
            ("upgrade_policy", "upgradePolicy"),
            ("deletion_protection", "deletionProtection"),
            ("update_config", "updateConfig"),
        ):
            value = self._get_param(name)
            if value is not None:
                old = getattr(kept, attribute, None)
                setattr(
                    kept, attribute, {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
                )

    def create_cluster(self: Any) -> Any:
        answer = create_cluster_without(self)
        keep(self, answer.result["cluster"])
        return answer

    def create_nodegroup(self: Any) -> Any:
        answer = create_group_without(self)
        keep(self, answer.result["nodegroup"])
        return answer

    def update_cluster(self: Any) -> Any:
        answer = configure_without(self)
        keep(self, answer.result["cluster"])
        return answer

    response.create_cluster = create_cluster
    response.create_nodegroup = create_nodegroup
    response.update_cluster_config = update_cluster


def _logs() -> None:
    """The key of a log group that exists."""
    from moto.logs.exceptions import ResourceNotFoundException  # noqa: PLC0415
    from moto.logs.responses import LogsResponse  # noqa: PLC0415

    response: Any = LogsResponse

    def with_key(self: Any, key: str | None) -> str:
        group = self.logs_backend.groups.get(self._get_param("logGroupName"))
        if group is None:
            raise ResourceNotFoundException
        group.kms_key_id = key
        return ""

    response.associate_kms_key = lambda self: with_key(self, self._get_param("kmsKeyId"))
    response.disassociate_kms_key = lambda self: with_key(self, None)


def _rds() -> None:
    """Parameters back to their defaults; and a subnet group that is changed must still be there afterwards."""
    from moto.core.responses import ActionResult  # noqa: PLC0415
    from moto.rds.models import RDSBackend  # noqa: PLC0415
    from moto.rds.responses import RDSResponse  # noqa: PLC0415

    backend: Any = RDSBackend
    response: Any = RDSResponse
    modify = backend.modify_db_subnet_group

    def modify_db_subnet_group(self: Any, subnet_name: str, description: str, subnets: Any) -> Any:
        group = modify(self, subnet_name, description, subnets)
        self.subnet_groups[subnet_name] = group
        return group

    def reset_db_parameter_group(self: Any) -> Any:
        name = self.params.get("DBParameterGroupName")
        group = self.backend.describe_db_parameter_groups(name)[0]
        for parameter in self.params.get("Parameters", []):
            group.parameters.pop(parameter.original_dict()["ParameterName"], None)
        return ActionResult({"DBParameterGroupName": name})

    backend.modify_db_subnet_group = modify_db_subnet_group
    response.reset_db_parameter_group = reset_db_parameter_group


def _s3() -> None:
    """How many newer versions a lifecycle keeps, which moto reads and forgets."""
    from moto.s3.models import FakeBucket  # noqa: PLC0415
    from moto.s3.responses import S3Response  # noqa: PLC0415

    bucket: Any = FakeBucket
    response: Any = S3Response
    set_without, serialized_without = bucket.set_lifecycle, response.serialized

    def set_lifecycle(self: Any, rules: list[dict[str, Any]]) -> None:
        set_without(self, rules)
        for kept, rule in zip(self.rules, rules, strict=True):
            kept.newer_versions = (rule.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions")

    def serialized(self: Any, answer: Any) -> Any:
        if self.data.get("Action") == "GetBucketLifecycleConfiguration" and isinstance(answer.result, dict):
            kept = self.backend.get_bucket_lifecycle(self.bucket_name)
            for rule, told in zip(kept, answer.result["Rules"], strict=True):
                newer = getattr(rule, "newer_versions", None)
                if newer is not None:
                    told["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = newer
        return serialized_without(self, answer)

    bucket.set_lifecycle = set_lifecycle
    response.serialized = serialized
