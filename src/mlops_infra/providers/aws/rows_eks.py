"""EKS: clusters, node groups, and the access and add-on types (which the emulator lacks)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mlops_infra.providers.aws.row import Call, Kind, Out, Prop, Row, TagForm, Tags, Update

_CLUSTER: Final = {"name": "{name}"}
_GROUP: Final = {"clusterName": "{clusterName}", "nodegroupName": "{nodeGroupName}"}
_ADDON: Final = {"clusterName": "{clusterName}", "addonName": "{addonName}"}
_ENTRY: Final = {"clusterName": "{clusterName}", "principalArn": "{principalArn}"}
_ASSOCIATION: Final = {"clusterName": "{clusterName}", "associationId": "{id}"}
_GONE: Final = ("ResourceNotFoundException",)
_EXISTS: Final = ("ResourceInUseException",)
_TAGS: Final = Tags(
    at="tags",
    form=TagForm.MAP,
    read="tags",
    add=Call("tag_resource", {"resourceArn": "{arn}", "tags": "{tags}"}),
    remove=Call("untag_resource", {"resourceArn": "{arn}", "tagKeys": "{keys}"}),
)


def _send_log_types(types: Any) -> Any:
    return {"clusterLogging": [{"types": list(types), "enabled": True}]}


def _receive_log_types(logging: Any) -> Any:
    setups = (logging or {}).get("clusterLogging") or []
    return [name for setup in setups if setup.get("enabled") for name in setup.get("types", [])]


def _send_taints(taints: Any) -> Any:
    return [dict(taint) for taint in taints]


def _plain_template(template: Any) -> Any:
    """A launch template by id or by name, as the program gave it; the API answers with both."""
    return dict(template) if isinstance(template, Mapping) else template


ROWS: Final = (
    Row(
        token="aws:eks/cluster:Cluster",  # noqa: S106
        service="eks",
        id="{name}",
        id_parts="(?P<name>.+)",
        create=Call("create_cluster", _CLUSTER),
        read=Call("describe_cluster", _CLUSTER, root="cluster"),
        delete=(Call("delete_cluster", _CLUSTER),),
        exists=_EXISTS,
        gone=_GONE,
        gone_when="status == 'DELETING'",
        wait_create="cluster_active",
        wait_delete="cluster_deleted",
        wait_params=_CLUSTER,
        props=(
            Prop("name", at="", read="name", replace=True, auto_name=100),
            Prop("roleArn", replace=True),
            Prop("version", computed=True),
            Prop(
                "vpcConfig",
                at="resourcesVpcConfig",
                members=("vpcId", "clusterSecurityGroupId"),
            ),
            Prop("accessConfig", members=("bootstrapClusterCreatorAdminPermissions",)),
            Prop("bootstrapSelfManagedAddons", read="", replace=True, default=True),
            Prop("deletionProtection", computed=True),
            Prop(
                "enabledClusterLogTypes",
                at="logging",
                read="logging",
                kind=Kind.SET,
                send=_send_log_types,
                receive=_receive_log_types,
            ),
            Prop("encryptionConfig", replace=True),
            Prop("kubernetesNetworkConfig", replace=True, computed=True),
            Prop("upgradePolicy", computed=True),
        ),
        updates=(
            # AWS changes how the endpoint is reached and where the cluster lives in two calls, and refuses one that changes nothing.
            Update(("vpcConfig",), (), step="change_cluster_endpoint", wait="cluster_active"),
            Update(("vpcConfig",), (), step="change_cluster_subnets", wait="cluster_active"),
            Update(
                ("enabledClusterLogTypes",),
                (Call("update_cluster_config", _CLUSTER),),
                send=("enabledClusterLogTypes",),
                wait="cluster_active",
            ),
            Update(
                ("accessConfig",),
                (
                    Call(
                        "update_cluster_config",
                        {
                            **_CLUSTER,
                            "accessConfig": {"authenticationMode": "{accessConfig.authenticationMode}"},
                        },
                    ),
                ),
                wait="cluster_active",
            ),
            Update(
                ("deletionProtection",),
                (Call("update_cluster_config", {**_CLUSTER, "deletionProtection": "{deletionProtection}"}),),
                wait="cluster_active",
            ),
            Update(
                ("upgradePolicy",),
                (Call("update_cluster_config", {**_CLUSTER, "upgradePolicy": "{upgradePolicy}"}),),
                wait="cluster_active",
            ),
            Update(
                ("version",),
                (Call("update_cluster_version", {**_CLUSTER, "version": "{version}"}),),
                wait="cluster_active",
            ),
        ),
        tags=_TAGS,
        outs=(
            Out("arn", "arn", "arn:{partition}:eks:{region}:{account}:cluster/{name}"),
            Out("endpoint", "endpoint"),
            Out("certificateAuthority", "certificateAuthority.{data: data}"),
            Out("identities", "[{oidcs: [{issuer: identity.oidc.issuer}]}]"),
            Out("platformVersion", "platformVersion"),
            Out("status", "status"),
            Out("createdAt", "createdAt"),
        ),
    ),
    Row(
        token="aws:eks/nodeGroup:NodeGroup",  # noqa: S106
        service="eks",
        id="{clusterName}:{nodeGroupName}",
        id_parts="(?P<clusterName>[^:]+):(?P<nodeGroupName>.+)",
        create=Call("create_nodegroup", _GROUP),
        read=Call("describe_nodegroup", _GROUP, root="nodegroup"),
        delete=(Call("delete_nodegroup", _GROUP),),
        exists=_EXISTS,
        gone=_GONE,
        gone_when="status == 'DELETING'",
        wait_create="nodegroup_active",
        wait_delete="nodegroup_deleted",
        wait_params=_GROUP,
        props=(
            Prop("clusterName", at="", read="clusterName", replace=True),
            Prop("nodeGroupName", at="", read="nodegroupName", replace=True, auto_name=63),
            Prop("nodeRoleArn", at="nodeRole", replace=True),
            Prop("subnetIds", at="subnets", kind=Kind.SET, replace=True),
            Prop("scalingConfig"),
            Prop("instanceTypes", replace=True, computed=True),
            Prop("amiType", replace=True, computed=True),
            Prop("capacityType", replace=True, computed=True),
            Prop("diskSize", replace=True, computed=True),
            Prop("labels", kind=Kind.MAP),
            Prop("taints", send=_send_taints),
            Prop("launchTemplate", send=_plain_template, members=("id", "name")),
            Prop("updateConfig", computed=True),
            Prop("version", computed=True),
            Prop("releaseVersion", computed=True),
            Prop("forceUpdateVersion", local=True),
        ),
        updates=(
            Update(
                ("scalingConfig", "updateConfig"),
                (Call("update_nodegroup_config", _GROUP),),
                send=("scalingConfig", "updateConfig"),
                wait="nodegroup_active",
            ),
            Update(
                ("labels",),
                (
                    Call(
                        "update_nodegroup_config",
                        {
                            **_GROUP,
                            "labels": {"addOrUpdateLabels": "{labels}", "removeLabels": "{removed.labels}"},
                        },
                    ),
                ),
                wait="nodegroup_active",
            ),
            Update(
                ("taints",),
                (
                    Call(
                        "update_nodegroup_config",
                        {
                            **_GROUP,
                            "taints": {"addOrUpdateTaints": "{added.taints}", "removeTaints": "{removed.taints}"},
                        },
                    ),
                ),
                wait="nodegroup_active",
            ),
            Update(
                ("launchTemplate", "version", "releaseVersion"),
                (
                    Call(
                        "update_nodegroup_version",
                        {
                            **_GROUP,
                            "launchTemplate": "{launchTemplate}",
                            "version": "{version}",
                            "releaseVersion": "{releaseVersion}",
                            "force": "{forceUpdateVersion}",
                        },
                    ),
                ),
                wait="nodegroup_active",
            ),
        ),
        tags=_TAGS,
        outs=(Out("arn", "nodegroupArn"), Out("status", "status")),
    ),
    Row(
        token="aws:eks/addon:Addon",  # noqa: S106
        service="eks",
        id="{clusterName}:{addonName}",
        id_parts="(?P<clusterName>[^:]+):(?P<addonName>.+)",
        create=Call("create_addon", _ADDON),
        read=Call("describe_addon", _ADDON, root="addon"),
        delete=(Call("delete_addon", {**_ADDON, "preserve": "{preserve}"}),),
        exists=_EXISTS,
        gone=_GONE,
        wait_create="addon_active",
        wait_delete="addon_deleted",
        wait_params=_ADDON,
        props=(
            Prop("clusterName", at="", read="clusterName", replace=True),
            Prop("addonName", at="", read="addonName", replace=True),
            Prop("addonVersion", computed=True),
            Prop("configurationValues", kind=Kind.JSON, computed=True),
            Prop("resolveConflictsOnCreate", at="resolveConflicts", read=""),
            Prop("resolveConflictsOnUpdate", local=True),
            Prop("serviceAccountRoleArn"),
            Prop("podIdentityAssociations", read=""),
            Prop("preserve", local=True),
        ),
        updates=(
            Update(
                ("addonVersion", "configurationValues", "serviceAccountRoleArn", "podIdentityAssociations"),
                (Call("update_addon", {**_ADDON, "resolveConflicts": "{resolveConflictsOnUpdate}"}),),
                send=("addonVersion", "configurationValues", "serviceAccountRoleArn", "podIdentityAssociations"),
                wait="addon_active",
            ),
        ),
        tags=_TAGS,
        outs=(Out("arn", "addonArn"),),
    ),
    Row(
        token="aws:eks/accessEntry:AccessEntry",  # noqa: S106
        service="eks",
        id="{clusterName}:{principalArn}",
        id_parts="(?P<clusterName>[^:]+):(?P<principalArn>arn:.+)",
        create=Call("create_access_entry", _ENTRY),
        read=Call("describe_access_entry", _ENTRY, root="accessEntry"),
        delete=(Call("delete_access_entry", _ENTRY),),
        exists=_EXISTS,
        gone=_GONE,
        props=(
            Prop("clusterName", at="", read="clusterName", replace=True),
            Prop("principalArn", at="", read="principalArn", replace=True),
            Prop("kubernetesGroups", kind=Kind.SET, computed=True),
            Prop("type", replace=True, default="STANDARD"),
            Prop("userName", at="username", computed=True),
        ),
        updates=(
            Update(
                ("kubernetesGroups", "userName"),
                (Call("update_access_entry", _ENTRY),),
                send=("kubernetesGroups", "userName"),
            ),
        ),
        tags=_TAGS,
        outs=(Out("accessEntryArn", "accessEntryArn"),),
    ),
    Row(
        token="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",  # noqa: S106
        service="eks",
        id="{clusterName}#{principalArn}#{policyArn}",
        id_parts="(?P<clusterName>[^#]+)#(?P<principalArn>[^#]+)#(?P<policyArn>.+)",
        create=Call("associate_access_policy", _ENTRY),
        read=Call(
            "list_associated_access_policies",
            _ENTRY,
            root="associatedAccessPolicies[?policyArn=='{policyArn}'] | [0]",
            paginate=True,
        ),
        delete=(Call("disassociate_access_policy", {**_ENTRY, "policyArn": "{policyArn}"}, tolerate=_GONE),),
        gone=_GONE,
        props=(
            Prop("clusterName", at="", read="", replace=True),
            Prop("principalArn", at="", read="", replace=True),
            Prop("policyArn", replace=True),
            Prop("accessScope", replace=True),
        ),
    ),
    Row(
        token="aws:eks/podIdentityAssociation:PodIdentityAssociation",  # noqa: S106
        service="eks",
        id="association.associationId",
        create=Call("create_pod_identity_association"),
        read=Call("describe_pod_identity_association", _ASSOCIATION, root="association"),
        delete=(Call("delete_pod_identity_association", _ASSOCIATION),),
        exists=_EXISTS,
        gone=_GONE,
        props=(
            Prop("clusterName", replace=True),
            Prop("namespace", replace=True),
            Prop("serviceAccount", replace=True),
            Prop("roleArn"),
            Prop("targetRoleArn"),
            Prop("disableSessionTags", computed=True),
        ),
        updates=(
            Update(
                ("roleArn", "targetRoleArn", "disableSessionTags"),
                (Call("update_pod_identity_association", _ASSOCIATION),),
                send=("roleArn", "targetRoleArn", "disableSessionTags"),
            ),
        ),
        tags=_TAGS,
        outs=(
            Out("associationArn", "associationArn"),
            Out("associationId", "associationId", "{id}"),
            Out("externalId", "externalId"),
        ),
    ),
)
"""Rows of EKS."""
