"""The typed model of a stack file. Plain data: knows no YAML, no cloud. One module per section of the file."""

from mlops_infra.config.model.cluster import Addon, Cluster, Network, NodePool, Taint
from mlops_infra.config.model.data import ClassPolicy, Dataset, Storage, Transfer
from mlops_infra.config.model.environment import Aws, CiTrust, Environment, RoleBinding, State
from mlops_infra.config.model.ethics import BiasEvaluation, EthicalRecord, ModelCard, Oversight
from mlops_infra.config.model.policies import Policies
from mlops_infra.config.model.services import Database, Extension, Monitoring, Registry
from mlops_infra.config.model.teams import (
    Autoscale,
    Flow,
    Grant,
    Lineage,
    Members,
    Model,
    Notebook,
    Quota,
    Repository,
    Slo,
    Team,
)

__all__ = [
    "Addon",
    "Autoscale",
    "Aws",
    "BiasEvaluation",
    "CiTrust",
    "ClassPolicy",
    "Cluster",
    "Database",
    "Dataset",
    "Environment",
    "EthicalRecord",
    "Extension",
    "Flow",
    "Grant",
    "Lineage",
    "Members",
    "Model",
    "ModelCard",
    "Monitoring",
    "Network",
    "NodePool",
    "Notebook",
    "Oversight",
    "Policies",
    "Quota",
    "Registry",
    "Repository",
    "RoleBinding",
    "Slo",
    "State",
    "Storage",
    "Taint",
    "Team",
    "Transfer",
]
