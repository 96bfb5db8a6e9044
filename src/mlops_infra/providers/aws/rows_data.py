"""Databases, secrets and container registries: RDS, Secrets Manager, ECR."""

from __future__ import annotations

from typing import Any, Final

from mlops_infra.providers.aws.row import Call, Extra, Kind, Out, Prop, Row, Tags, Update

_RDS_TAGS: Final = Tags(
    add=Call("add_tags_to_resource", {"ResourceName": "{arn}", "Tags": "{tags}"}),
    remove=Call("remove_tags_from_resource", {"ResourceName": "{arn}", "TagKeys": "{keys}"}),
    read="TagList",
)
_GROUP: Final = {"DBSubnetGroupName": "{name}"}
_PARAMETERS: Final = {"DBParameterGroupName": "{name}"}
_INSTANCE: Final = {"DBInstanceIdentifier": "{identifier}"}
_SECRET: Final = {"SecretId": "{id}"}
_SECRET_GONE: Final = ("ResourceNotFoundException",)


def _send_parameters(parameters: Any) -> Any:
    return [
        {
            "ParameterName": item["name"],
            "ParameterValue": item["value"],
            "ApplyMethod": item.get("applyMethod") or "immediate",
        }
        for item in parameters
    ]


_CHANGEABLE: Final = (
    "allocatedStorage",
    "maxAllocatedStorage",
    "instanceClass",
    "engineVersion",
    "multiAz",
    "storageType",
    "iops",
    "storageThroughput",
    "backupRetentionPeriod",
    "backupWindow",
    "maintenanceWindow",
    "autoMinorVersionUpgrade",
    "copyTagsToSnapshot",
    "deletionProtection",
    "iamDatabaseAuthenticationEnabled",
    "caCertIdentifier",
    "monitoringInterval",
    "monitoringRoleArn",
    "performanceInsightsEnabled",
    "performanceInsightsKmsKeyId",
    "performanceInsightsRetentionPeriod",
    "publiclyAccessible",
    "vpcSecurityGroupIds",
    "parameterGroupName",
    "manageMasterUserPassword",
    "masterUserSecretKmsKeyId",
    "password",
)

ROWS: Final = (
    Row(
        token="aws:rds/subnetGroup:SubnetGroup",  # noqa: S106
        service="rds",
        id="{name}",
        id_parts="(?P<name>.+)",
        create=Call("create_db_subnet_group", _GROUP),
        read=Call("describe_db_subnet_groups", _GROUP, root="DBSubnetGroups[0]"),
        delete=(Call("delete_db_subnet_group", _GROUP),),
        exists=("DBSubnetGroupAlreadyExists",),
        gone=("DBSubnetGroupNotFoundFault",),
        props=(
            Prop("name", at="", read="DBSubnetGroupName", replace=True, auto_name=255),
            Prop("description", at="DBSubnetGroupDescription", default="Managed by Pulumi"),
            Prop("subnetIds", read="Subnets[].SubnetIdentifier", kind=Kind.SET),
        ),
        extras=(
            Extra(
                "TagList", Call("list_tags_for_resource", {"ResourceName": "{live.DBSubnetGroupArn}"}, root="TagList")
            ),
        ),
        updates=(
            Update(
                ("description", "subnetIds"),
                (Call("modify_db_subnet_group", {**_GROUP, "DBSubnetGroupDescription": "{description}"}),),
                send=("subnetIds",),
            ),
        ),
        tags=_RDS_TAGS,
        outs=(
            Out("arn", "DBSubnetGroupArn", "arn:{partition}:rds:{region}:{account}:subgrp:{name}"),
            Out("vpcId", "VpcId"),
        ),
    ),
    Row(
        token="aws:rds/parameterGroup:ParameterGroup",  # noqa: S106
        service="rds",
        id="{name}",
        id_parts="(?P<name>.+)",
        create=Call("create_db_parameter_group", _PARAMETERS),
        read=Call("describe_db_parameter_groups", _PARAMETERS, root="DBParameterGroups[0]"),
        delete=(Call("delete_db_parameter_group", _PARAMETERS),),
        exists=("DBParameterGroupAlreadyExists",),
        gone=("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"),
        props=(
            Prop("name", at="", read="DBParameterGroupName", replace=True, auto_name=255),
            Prop("family", at="DBParameterGroupFamily", replace=True),
            Prop("description", replace=True, default="Managed by Pulumi"),
            Prop(
                "parameters",
                at="",
                read="Parameters[].{name: ParameterName, value: ParameterValue, applyMethod: ApplyMethod}",
                kind=Kind.SET,
                send=_send_parameters,
            ),
        ),
        extras=(
            Extra(
                "Parameters",
                Call("describe_db_parameters", {**_PARAMETERS, "Source": "user"}, root="Parameters", paginate=True),
            ),
            Extra(
                "TagList",
                Call("list_tags_for_resource", {"ResourceName": "{live.DBParameterGroupArn}"}, root="TagList"),
            ),
        ),
        updates=(
            Update(
                ("parameters",),
                (
                    Call("modify_db_parameter_group", _PARAMETERS, needs="Parameters"),
                    Call(
                        "reset_db_parameter_group",
                        {**_PARAMETERS, "Parameters": "{gone_parameters}"},
                        needs="Parameters",
                    ),
                ),
                send=("parameters",),
                on_create=True,
            ),
        ),
        tags=_RDS_TAGS,
        outs=(Out("arn", "DBParameterGroupArn", "arn:{partition}:rds:{region}:{account}:pg:{name}"),),
    ),
    Row(
        token="aws:rds/instance:Instance",  # noqa: S106
        service="rds",
        id="DBInstance.DbiResourceId",
        id_parts="(?P<identifier>.+)",
        create=Call("create_db_instance", _INSTANCE),
        read=Call("describe_db_instances", _INSTANCE, root="DBInstances[0]"),
        delete=(
            # The engine's own protection is what stands before this; RDS's would only stop what somebody has asked for twice.
            Call(
                "modify_db_instance",
                {**_INSTANCE, "DeletionProtection": False, "ApplyImmediately": True},
                tolerate=("DBInstanceNotFound", "DBInstanceNotFoundFault"),
            ),
            Call(
                "delete_db_instance",
                {
                    **_INSTANCE,
                    "SkipFinalSnapshot": "{skipFinalSnapshot}",
                    "FinalDBSnapshotIdentifier": "{finalSnapshotIdentifier}",
                    "DeleteAutomatedBackups": "{deleteAutomatedBackups}",
                },
            ),
        ),
        exists=("DBInstanceAlreadyExists",),
        gone=("DBInstanceNotFound", "DBInstanceNotFoundFault"),
        gone_when="DBInstanceStatus == 'deleting'",
        wait_create="db_instance_available",
        wait_delete="db_instance_deleted",
        wait_params=_INSTANCE,
        secret_outputs=("password",),
        props=(
            Prop("identifier", at="", read="DBInstanceIdentifier", replace=True, auto_name=63),
            Prop("instanceClass", at="DBInstanceClass"),
            Prop("engine", replace=True),
            Prop("engineVersion", computed=True),
            Prop("allocatedStorage", computed=True),
            Prop("maxAllocatedStorage"),
            Prop("storageType", computed=True),
            Prop("storageEncrypted", replace=True, default=False),
            Prop("storageThroughput", computed=True),
            Prop("iops", computed=True),
            Prop("kmsKeyId", replace=True, computed=True, kind=Kind.REFERENCE),
            Prop("dbName", replace=True, computed=True),
            Prop("username", at="MasterUsername", replace=True),
            Prop("password", at="MasterUserPassword", read="", secret=True),
            Prop("manageMasterUserPassword", read=""),
            Prop("masterUserSecretKmsKeyId", read="MasterUserSecret.KmsKeyId", computed=True, kind=Kind.REFERENCE),
            Prop("port", read="Endpoint.Port", computed=True, replace=True),
            Prop("dbSubnetGroupName", read="DBSubnetGroup.DBSubnetGroupName", replace=True),
            Prop("vpcSecurityGroupIds", read="VpcSecurityGroups[].VpcSecurityGroupId", kind=Kind.SET, computed=True),
            Prop(
                "parameterGroupName",
                at="DBParameterGroupName",
                read="DBParameterGroups[0].DBParameterGroupName",
                computed=True,
            ),
            Prop("availabilityZone", replace=True, computed=True),
            Prop("multiAz", computed=True),
            Prop("publiclyAccessible", default=False),
            Prop("backupRetentionPeriod", computed=True),
            Prop("backupWindow", at="PreferredBackupWindow", computed=True),
            Prop("maintenanceWindow", at="PreferredMaintenanceWindow", computed=True),
            Prop("autoMinorVersionUpgrade", default=True),
            Prop("copyTagsToSnapshot", default=False),
            Prop("deletionProtection", default=False),
            Prop(
                "iamDatabaseAuthenticationEnabled",
                at="EnableIAMDatabaseAuthentication",
                read="IAMDatabaseAuthenticationEnabled",
                default=False,
            ),
            Prop("caCertIdentifier", at="CACertificateIdentifier", computed=True),
            Prop(
                "enabledCloudwatchLogsExports",
                at="EnableCloudwatchLogsExports",
                read="EnabledCloudwatchLogsExports",
                kind=Kind.SET,
            ),
            Prop("monitoringInterval", computed=True),
            Prop("monitoringRoleArn", computed=True),
            Prop("performanceInsightsEnabled", at="EnablePerformanceInsights", computed=True),
            Prop(
                "performanceInsightsKmsKeyId",
                at="PerformanceInsightsKMSKeyId",
                computed=True,
                kind=Kind.REFERENCE,
            ),
            Prop("performanceInsightsRetentionPeriod", computed=True),
            Prop("skipFinalSnapshot", local=True, default=False),
            Prop("finalSnapshotIdentifier", local=True),
            Prop("deleteAutomatedBackups", local=True, default=True),
            Prop("applyImmediately", local=True),
            Prop("allowMajorVersionUpgrade", local=True),
        ),
        extras=(
            Extra("TagList", Call("list_tags_for_resource", {"ResourceName": "{live.DBInstanceArn}"}, root="TagList")),
        ),
        updates=(
            Update(
                _CHANGEABLE,
                (
                    Call(
                        "modify_db_instance",
                        {
                            **_INSTANCE,
                            "ApplyImmediately": "{applyImmediately}",
                            "AllowMajorVersionUpgrade": "{allowMajorVersionUpgrade}",
                        },
                    ),
                ),
                send=("changed",),
                wait="db_instance_available",
            ),
            Update(
                ("enabledCloudwatchLogsExports",),
                (
                    Call(
                        "modify_db_instance",
                        {
                            **_INSTANCE,
                            "CloudwatchLogsExportConfiguration": {
                                "EnableLogTypes": "{added.enabledCloudwatchLogsExports}",
                                "DisableLogTypes": "{removed.enabledCloudwatchLogsExports}",
                            },
                        },
                    ),
                ),
                wait="db_instance_available",
            ),
        ),
        tags=_RDS_TAGS,
        outs=(
            Out("arn", "DBInstanceArn", "arn:{partition}:rds:{region}:{account}:db:{identifier}"),
            Out("address", "Endpoint.Address"),
            Out("endpoint", "Endpoint && join(':', [Endpoint.Address, to_string(Endpoint.Port)])"),
            Out("hostedZoneId", "Endpoint.HostedZoneId"),
            Out("resourceId", "DbiResourceId"),
            Out("status", "DBInstanceStatus"),
            Out("engineVersionActual", "EngineVersion"),
            Out(
                "masterUserSecrets",
                "MasterUserSecret && [MasterUserSecret.{secretArn: SecretArn, kmsKeyId: KmsKeyId,"
                " secretStatus: SecretStatus}]",
            ),
        ),
    ),
    Row(
        token="aws:secretsmanager/secret:Secret",  # noqa: S106
        service="secretsmanager",
        id="ARN",
        id_parts="(?P<secret>arn:.+)",
        create=Call("create_secret", {"Name": "{name}"}),
        read=Call("describe_secret", _SECRET),
        delete=(
            Call(
                "delete_secret",
                {
                    **_SECRET,
                    "RecoveryWindowInDays": "{recovery_window}",
                    "ForceDeleteWithoutRecovery": "{without_recovery}",
                },
            ),
        ),
        exists=("ResourceExistsException",),
        gone=_SECRET_GONE,
        gone_when="DeletedDate",
        props=(
            Prop("name", at="", read="Name", replace=True, auto_name=512),
            Prop("description"),
            Prop("kmsKeyId", kind=Kind.REFERENCE),
            Prop("recoveryWindowInDays", local=True, default=30),
            Prop("forceOverwriteReplicaSecret", read="", default=False),
        ),
        updates=(
            Update(
                ("description", "kmsKeyId"),
                (Call("update_secret", {**_SECRET, "Description": "{description}", "KmsKeyId": "{kmsKeyId}"}),),
            ),
        ),
        tags=Tags(
            add=Call("tag_resource", {**_SECRET, "Tags": "{tags}"}),
            remove=Call("untag_resource", {**_SECRET, "TagKeys": "{keys}"}),
        ),
        outs=(Out("arn", "ARN"),),
    ),
    Row(
        token="aws:secretsmanager/secretVersion:SecretVersion",  # noqa: S106
        service="secretsmanager",
        id="{secretId}|{created.VersionId}",
        id_parts=r"(?P<secretId>[^|]+)\|(?P<versionId>.+)",
        create=Call("put_secret_value", {"SecretId": "{secretId}"}),
        read=Call("get_secret_value", {"SecretId": "{secretId}", "VersionId": "{versionId}"}),
        gone=(*_SECRET_GONE, "InvalidRequestException"),
        props=(
            Prop("secretId", at="", read="", replace=True),
            Prop("secretString", replace=True, secret=True),
            Prop("versionStages", kind=Kind.SET, replace=True, computed=True),
        ),
        secret_outputs=("secretString",),
        outs=(Out("arn", "ARN", "{secretId}"), Out("versionId", "VersionId")),
    ),
    Row(
        token="aws:secretsmanager/secretPolicy:SecretPolicy",  # noqa: S106
        service="secretsmanager",
        id="{secretArn}",
        id_parts="(?P<secretArn>arn:.+)",
        create=Call("put_resource_policy", {"SecretId": "{secretArn}"}),
        read=Call("get_resource_policy", {"SecretId": "{secretArn}"}),
        delete=(Call("delete_resource_policy", {"SecretId": "{secretArn}"}, tolerate=_SECRET_GONE),),
        gone=(*_SECRET_GONE, "InvalidRequestException"),
        gone_when="!ResourcePolicy",
        upsert=True,
        props=(
            Prop("secretArn", at="", read="", replace=True),
            Prop("policy", at="ResourcePolicy", kind=Kind.JSON),
            Prop("blockPublicPolicy", read=""),
        ),
    ),
    Row(
        token="aws:ecr/repository:Repository",  # noqa: S106
        service="ecr",
        id="{name}",
        id_parts="(?P<name>.+)",
        create=Call("create_repository", {"repositoryName": "{name}"}),
        read=Call("describe_repositories", {"repositoryNames": ["{name}"]}, root="repositories[0]"),
        delete=(Call("delete_repository", {"repositoryName": "{name}", "force": "{forceDelete}"}),),
        exists=("RepositoryAlreadyExistsException",),
        gone=("RepositoryNotFoundException",),
        props=(
            Prop("name", at="", read="repositoryName", replace=True, auto_name=256),
            Prop("imageTagMutability", default="MUTABLE"),
            Prop("imageScanningConfiguration"),
            Prop("encryptionConfigurations", replace=True),
            Prop("forceDelete", local=True, default=False),
        ),
        extras=(Extra("tags", Call("list_tags_for_resource", {"resourceArn": "{live.repositoryArn}"}, root="tags")),),
        updates=(
            Update(
                ("imageTagMutability",),
                (Call("put_image_tag_mutability", {"repositoryName": "{name}"}),),
                send=("imageTagMutability",),
            ),
            Update(
                ("imageScanningConfiguration",),
                (Call("put_image_scanning_configuration", {"repositoryName": "{name}"}),),
                send=("imageScanningConfiguration",),
            ),
        ),
        tags=Tags(
            at="tags",
            read="tags",
            add=Call("tag_resource", {"resourceArn": "{arn}", "tags": "{tags}"}),
            remove=Call("untag_resource", {"resourceArn": "{arn}", "tagKeys": "{keys}"}),
        ),
        outs=(
            Out("arn", "repositoryArn", "arn:{partition}:ecr:{region}:{account}:repository/{name}"),
            Out("registryId", "registryId", "{account}"),
            Out("repositoryUrl", "repositoryUri", "{account}.dkr.ecr.{region}.{dns_suffix}/{name}"),
        ),
    ),
    Row(
        token="aws:ecr/lifecyclePolicy:LifecyclePolicy",  # noqa: S106
        service="ecr",
        id="{repository}",
        id_parts="(?P<repository>.+)",
        create=Call("put_lifecycle_policy", {"repositoryName": "{repository}"}),
        read=Call("get_lifecycle_policy", {"repositoryName": "{repository}"}),
        delete=(
            Call(
                "delete_lifecycle_policy",
                {"repositoryName": "{repository}"},
                tolerate=("LifecyclePolicyNotFoundException", "RepositoryNotFoundException"),
            ),
        ),
        gone=("LifecyclePolicyNotFoundException", "RepositoryNotFoundException"),
        upsert=True,
        props=(
            Prop("repository", at="", read="repositoryName", replace=True),
            Prop("policy", at="lifecyclePolicyText", kind=Kind.JSON),
        ),
        outs=(Out("registryId", "registryId", "{account}"),),
    ),
    Row(
        token="aws:ecr/repositoryPolicy:RepositoryPolicy",  # noqa: S106
        service="ecr",
        id="{repository}",
        id_parts="(?P<repository>.+)",
        create=Call("set_repository_policy", {"repositoryName": "{repository}"}),
        read=Call("get_repository_policy", {"repositoryName": "{repository}"}),
        delete=(
            Call(
                "delete_repository_policy",
                {"repositoryName": "{repository}"},
                tolerate=("RepositoryPolicyNotFoundException", "RepositoryNotFoundException"),
            ),
        ),
        gone=("RepositoryPolicyNotFoundException", "RepositoryNotFoundException"),
        upsert=True,
        props=(
            Prop("repository", at="", read="repositoryName", replace=True),
            Prop("policy", at="policyText", kind=Kind.JSON),
        ),
        outs=(Out("registryId", "registryId", "{account}"),),
    ),
)
"""Rows of RDS, Secrets Manager and ECR."""
