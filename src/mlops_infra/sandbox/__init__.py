"""The embedded cloud: for each environment a real Kubernetes control plane with simulated nodes, and one AWS-compatible API with an account
per environment, all on loopback.

`Sandbox` (module `sandbox`) puts two planes together: `kube_plane` (kwokctl's processes, nodes, volumes) and `aws_plane` (moto in a
process of its own, with a journal). `processes` is what both need: PID files, ports, ends, logs. See docs/architecture.md.
"""

from mlops_infra.sandbox.sandbox import Sandbox
from mlops_infra.sandbox.status import ProcessStatus, SandboxStatus

__all__ = ["ProcessStatus", "Sandbox", "SandboxStatus"]
