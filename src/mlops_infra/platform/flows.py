"""NetworkPolicies: everything is denied, and what is declared is allowed.

A policy names applications by namespace and label, or address blocks. Pods reach AWS through the VPC's interface endpoints only,
whose addresses lie in the private subnets; that is why S3 has one too (a policy cannot name a prefix list, and the gateway
endpoint keeps S3's public addresses).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Final

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, LabelSelectorRequirementArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicy,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from mlops_infra.config.model import Environment
from mlops_infra.platform.objects import APP_LABEL, Scope
from mlops_infra.platform.part import Part

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
"""Label with its own name that the API server keeps on every namespace."""

POD_IDENTITY_AGENT: Final = "169.254.170.23/32"
"""Address of the EKS Pod Identity agent on every node (EKS user guide, "Set up the Amazon EKS Pod Identity Agent")."""


def api_server(env: Environment) -> NetworkPolicyEgressRuleArgs:
    """Egress to the Kubernetes API: its interfaces in the private subnets, and the address of its Service.

    The Service has the first address of the block that EKS chooses for Services: 172.20.0.0/16 for a VPC inside of 10.0.0.0/8, else
    10.100.0.0/16 (EKS API reference, KubernetesNetworkConfigRequest).
    """
    inside = IPv4Network(env.network.cidr).subnet_of(IPv4Network("10.0.0.0/8"))
    service = "172.20.0.1/32" if inside else "10.100.0.1/32"
    return to([*(block(cidr) for cidr in env.network.private_cidrs), block(service)], 443)


def in_namespaces(names: Sequence[str], apps: Sequence[str] = ()) -> NetworkPolicyPeerArgs:
    """Pods of these namespaces; with `apps` those applications only."""
    return NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(match_expressions=[_one_of(NAMESPACE_LABEL, names)]),
        pod_selector=LabelSelectorArgs(match_expressions=[_one_of(APP_LABEL, apps)]) if apps else None,
    )


def application(namespace: str, app: str) -> NetworkPolicyPeerArgs:
    """The pods of one application."""
    return NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(match_labels={NAMESPACE_LABEL: namespace}),
        pod_selector=LabelSelectorArgs(match_labels={APP_LABEL: app}),
    )


def block(cidr: str) -> NetworkPolicyPeerArgs:
    """An address block."""
    return NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=cidr))


def target(to: str) -> NetworkPolicyPeerArgs:
    """The peer that a declared flow names: ``namespace/app`` or an address block."""
    namespace, _, app = to.partition("/")
    return block(to) if "." in namespace else application(namespace, app)


def callers(part: Part, namespace: str, app: str, port: int) -> list[NetworkPolicyPeerArgs]:
    """The teams' pods that may call an application: those of every team that declares a flow to it on this port."""
    teams = part.relations.callers.get(f"{namespace}/{app}:{port}", ())
    return [in_namespaces([part.names.namespace(team) for team in teams])] if teams else []


def tcp(*ports: int) -> list[NetworkPolicyPortArgs]:
    return [NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ports]


def from_(peers: Sequence[NetworkPolicyPeerArgs], *ports: int) -> NetworkPolicyIngressRuleArgs:
    """Ingress from `peers` to these TCP ports."""
    return NetworkPolicyIngressRuleArgs(from_=list(peers), ports=tcp(*ports))


def to(peers: Sequence[NetworkPolicyPeerArgs], *ports: int) -> NetworkPolicyEgressRuleArgs:
    """Egress to these TCP ports of `peers`."""
    return NetworkPolicyEgressRuleArgs(to=list(peers), ports=tcp(*ports))


def aws_endpoints(env: Environment) -> list[NetworkPolicyEgressRuleArgs]:
    """Egress to the interface endpoints in the private subnets and to the node's pod identity agent."""
    return [
        to([block(cidr) for cidr in env.network.private_cidrs], 443),
        to([block(POD_IDENTITY_AGENT)], 80),
    ]


def policy(
    scope: Scope,
    name: str,
    *,
    select: Mapping[str, str] | None = None,
    ingress: Sequence[NetworkPolicyIngressRuleArgs] = (),
    egress: Sequence[NetworkPolicyEgressRuleArgs] = (),
) -> NetworkPolicy:
    """A policy that allows `ingress` and `egress` for the pods with the labels `select` (None: all of the namespace)."""
    types = [kind for kind, rules in (("Ingress", ingress), ("Egress", egress)) if rules]
    return NetworkPolicy(
        scope.key(name),
        metadata=scope.meta(name),
        spec=NetworkPolicySpecArgs(
            pod_selector=LabelSelectorArgs(match_labels=dict(select) if select else None),
            policy_types=types,
            ingress=list(ingress) or None,
            egress=list(egress) or None,
        ),
        opts=scope.options(),
    )


def default_deny(scope: Scope) -> NetworkPolicy:
    """Nothing in, nothing out, for every pod of the namespace."""
    return NetworkPolicy(
        scope.key("default-deny"),
        metadata=scope.meta("default-deny"),
        spec=NetworkPolicySpecArgs(pod_selector=LabelSelectorArgs(), policy_types=["Ingress", "Egress"]),
        opts=scope.options(),
    )


def allow_dns(scope: Scope) -> NetworkPolicy:
    """Names may be looked up at the cluster's DNS by every pod of the namespace."""
    return policy(
        scope,
        "allow-dns",
        egress=[
            NetworkPolicyEgressRuleArgs(
                to=[
                    NetworkPolicyPeerArgs(
                        namespace_selector=LabelSelectorArgs(match_labels={NAMESPACE_LABEL: "kube-system"}),
                        pod_selector=LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
                    )
                ],
                ports=[
                    NetworkPolicyPortArgs(port=53, protocol="UDP"),
                    NetworkPolicyPortArgs(port=53, protocol="TCP"),
                ],
            )
        ],
    )


def _one_of(label: str, values: Sequence[str]) -> LabelSelectorRequirementArgs:
    return LabelSelectorRequirementArgs(key=label, operator="In", values=list(values))
