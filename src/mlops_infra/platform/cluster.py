"""The EKS cluster: control plane, who may reach it, and its add-ons. Node groups are in `nodes`.

Gives `cluster.name`, `cluster.endpoint` and `cluster.oidc` (the issuer). In the sandbox the embedded control plane answers for
this cluster; the cluster, its node groups and its access are made in the embedded AWS all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import Addon
from mlops_infra.config.model import Cluster as ClusterModel
from mlops_infra.platform.identity import Boundary, Identity
from mlops_infra.platform.keys import Keys
from mlops_infra.platform.logs import log_group
from mlops_infra.platform.names import Names
from mlops_infra.platform.network import Vpc
from mlops_infra.platform.nodes import NodePools, NodePoolsArgs
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.policies import KEY_WRITE, Statement, allow, pod_trust, service_trust
from mlops_infra.platform.roles import RoleArgs, make_role

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""Every control-plane log that EKS has."""

BEFORE_NODES = frozenset({"vpc-cni", "kube-proxy", "eks-pod-identity-agent"})
"""Add-ons that nodes need to become ready; the others need ready nodes."""

ADDON_ROLES = {
    "vpc-cni": ("aws-node", "AmazonEKS_CNI_Policy"),
    "aws-ebs-csi-driver": ("ebs-csi-controller-sa", "service-role/AmazonEBSCSIDriverPolicy"),
}
"""Service account and managed policy of the add-ons that call AWS (EKS User Guide, "Amazon EKS add-ons")."""

ADDON_SETTINGS = {"vpc-cni": '{"enableNetworkPolicy":"true"}'}
"""Settings of add-ons: without this one nobody enforces NetworkPolicies (EKS User Guide, "Limit Pod traffic with Kubernetes network
policies")."""


@dataclass(frozen=True)
class EksArgs:
    """What the cluster is made from."""

    names: Names
    cluster: ClusterModel
    vpc: Vpc
    keys: Keys
    identity: Identity
    boundary: pulumi.Input[str]


class Eks(pulumi.ComponentResource):
    """The cluster with its access, node pools and add-ons."""

    def __init__(self, name: str, args: EksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Cluster", name, {}, opts)
        self._args = args
        self._names = args.names
        with at("cluster", "version"):
            self.cluster = self._control_plane()
            self.issuer = self.cluster.identities[0].oidcs[0].issuer
            self._oidc()
        self._access()
        first = [self._addon(addon, []) for addon in self._addons() if addon.name in BEFORE_NODES]
        with at("cluster", "node_pools"):
            self.pools = NodePools(
                "nodes",
                NodePoolsArgs(
                    names=args.names,
                    cluster=args.cluster,
                    cluster_name=self.cluster.name,
                    subnets=args.vpc.private_ids,
                    security_group=self.nodes_group.id,
                    volume_key=args.keys.arn("platform"),
                    boundary=args.boundary,
                    ready=first,
                ),
                self._child,
            )
        for addon in self._addons():
            if addon.name not in BEFORE_NODES:
                self._addon(addon, self.pools.groups)
        self.register_outputs({"name": self.cluster.name, "endpoint": self.cluster.endpoint})

    @property
    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _addons(self) -> Sequence[Addon]:
        return self._args.cluster.addons

    def _tags(self, *words: str) -> dict[str, str]:
        return self._names.tags(self._names.named(*words))

    def _control_plane(self) -> aws.eks.Cluster:
        args, names = self._args, self._names
        with at("cluster", "log_retention"):
            logs = log_group(
                "control-plane",
                names=names,
                group=names.cluster_log_group,
                retention=args.cluster.log_retention,
                key_arn=args.keys.arn("platform"),
                parent=self,
            )
        role = make_role(
            "cluster",
            RoleArgs(
                names=names,
                role=names.role("cluster"),
                description="The EKS control plane",
                trust=service_trust("eks.amazonaws.com", names.env.aws.account),
                boundary=args.boundary,
                tags=self._tags("cluster"),
                managed=["AmazonEKSClusterPolicy"],
            ),
            self,
        )
        entrance = self._security_groups()
        return aws.eks.Cluster(
            "cluster",
            name=names.cluster,
            version=args.cluster.version,
            role_arn=role.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=args.vpc.private_ids,
                security_group_ids=[entrance.id, self.nodes_group.id],
                endpoint_private_access=True,
                endpoint_public_access=False,
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API",
                # Whoever makes the cluster (``bootstrap``'s role) has to put the first objects into it.
                bootstrap_cluster_creator_admin_permissions=True,
            ),
            # The add-ons of the stack file are the only ones.
            bootstrap_self_managed_addons=False,
            enabled_cluster_log_types=list(LOG_TYPES),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=args.keys.arn("cluster")),
                resources=["secrets"],
            ),
            tags=self._tags("cluster"),
            # Its log group must be ours before EKS makes one without key and retention.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, role]),
        )

    def _security_groups(self) -> aws.ec2.SecurityGroup:
        """The entrance to the API for the VPC, and the group in which control plane and nodes talk freely."""
        vpc = self._args.vpc.vpc
        entrance = aws.ec2.SecurityGroup(
            "cluster",
            name=self._names.named("cluster"),
            description="Kubernetes API from the VPC",
            vpc_id=vpc.id,
            tags=self._tags("cluster"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            "cluster",
            security_group_id=entrance.id,
            description="Kubernetes API from the VPC",
            cidr_ipv4=self._names.env.network.cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=self._tags("cluster"),
            opts=self._child,
        )
        self.nodes_group = aws.ec2.SecurityGroup(
            "nodes",
            name=self._names.named("nodes"),
            description="Control plane and nodes among themselves",
            vpc_id=vpc.id,
            tags=self._tags("nodes"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            "nodes",
            security_group_id=self.nodes_group.id,
            referenced_security_group_id=self.nodes_group.id,
            description="Among themselves",
            ip_protocol="-1",
            tags=self._tags("nodes"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            "nodes",
            security_group_id=self.nodes_group.id,
            cidr_ipv4="0.0.0.0/0",
            description="Out through NAT and endpoints; pods are held back by network policies",
            ip_protocol="-1",
            tags=self._tags("nodes"),
            opts=self._child,
        )
        return entrance

    def _oidc(self) -> None:
        aws.iam.OpenIdConnectProvider(
            "cluster",
            url=self.issuer,
            client_id_lists=["sts.amazonaws.com"],
            tags=self._tags("oidc"),
            opts=self._child,
        )

    def _access(self) -> None:
        """Environment-wide roles enter the cluster as the groups that hold them, which RBAC binds; the deployer administers it."""
        identity, partition = self._args.identity, self._names.env.aws.partition
        for role, made in identity.roles.items():
            with at("access", role):
                entry = access_entry(
                    role,
                    cluster=self.cluster.name,
                    role=made,
                    groups=identity.groups[role],
                    tags=self._tags("access", role),
                    parent=self,
                )
                if role != "ci-deployer":
                    continue
                aws.eks.AccessPolicyAssociation(
                    role,
                    cluster_name=self.cluster.name,
                    principal_arn=made.arn,
                    policy_arn=f"arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                    access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[entry]),
                )

    def _addon(self, addon: Addon, needs: Sequence[pulumi.Resource]) -> aws.eks.Addon:
        with at("cluster", "addons", addon.name):
            association = self._addon_identity(addon.name) if addon.name in ADDON_ROLES else None
            return aws.eks.Addon(
                addon.name,
                cluster_name=self.cluster.name,
                addon_name=addon.name,
                addon_version=addon.version,
                configuration_values=ADDON_SETTINGS.get(addon.name),
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="OVERWRITE",
                pod_identity_associations=[association] if association else None,
                tags=self._tags("addon", addon.name),
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(needs)),
            )

    def _addon_identity(self, addon: str) -> aws.eks.AddonPodIdentityAssociationArgs:
        args, names = self._args, self._names
        account, policy = ADDON_ROLES[addon]
        role = make_role(
            addon,
            RoleArgs(
                names=names,
                role=names.role(addon),
                description=f"Add-on {addon}",
                trust=pod_trust(names.env.aws.account, names.cluster_arn, "kube-system", account),
                boundary=args.boundary,
                tags=self._tags("addon", addon),
                managed=[policy],
                statements=_volume_key(args.keys.arn("platform")) if addon == "aws-ebs-csi-driver" else (),
            ),
            self,
        )
        return aws.eks.AddonPodIdentityAssociationArgs(role_arn=role.arn, service_account=account)


def access_entry(
    name: str,
    *,
    cluster: pulumi.Input[str],
    role: aws.iam.Role,
    groups: Sequence[str],
    tags: dict[str, str],
    parent: pulumi.Resource,
) -> aws.eks.AccessEntry:
    """Who comes with this IAM role is in these groups of the cluster."""
    return aws.eks.AccessEntry(
        name,
        cluster_name=cluster,
        principal_arn=role.arn,
        kubernetes_groups=sorted(groups),
        type="STANDARD",
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def cluster(part: Part) -> None:
    """Make the cluster and give what others connect to."""
    args = EksArgs(
        names=part.names,
        cluster=part.env.cluster,
        vpc=part.made(Vpc),
        keys=part.made(Keys),
        identity=part.made(Identity),
        boundary=part.made(Boundary).arn,
    )
    with at("cluster"):
        made = part.keep(Eks("cluster", args))
    part.give("cluster.name", made.cluster, made.cluster.name)
    part.give("cluster.endpoint", made.cluster, made.cluster.endpoint)
    part.give("cluster.oidc", made.cluster, made.issuer)


def _volume_key(key_arn: pulumi.Input[str]) -> list[Statement]:
    """Encrypted volumes (EBS CSI driver, "Using a custom KMS key")."""
    return [
        allow("Volumes", [*KEY_WRITE, "kms:GenerateDataKeyWithoutPlaintext"], [key_arn]),
        allow(
            "VolumeGrants",
            ["kms:CreateGrant"],
            [key_arn],
            condition={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
