"""Graphs of others: Kubernetes manifests and Terraform, judged by the rules that apply to them.

A file or folder → `Foreign`: a graph in our own terms (Pulumi's tokens, camel-case properties) and the place of every resource in what
was read. There is no stack file behind it, so rules about one do not apply; METADATA (`inputs`) says which do.
"""

from mlops_infra.governance.foreign.given import Foreign
from mlops_infra.governance.foreign.manifests import read_manifests
from mlops_infra.governance.foreign.terraform import read_terraform

__all__ = ["Foreign", "read_manifests", "read_terraform"]
