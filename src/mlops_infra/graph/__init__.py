"""The one model of "the resources that there would be": plain data, no I/O.

Synth, engine preview and deployed state all end here; policies, diffs, cost and pictures read only this.
"""

from mlops_infra.config.node import Origin
from mlops_infra.graph.model import UNKNOWN, Edge, Graph, Resource, Secret, Unknown

__all__ = ["UNKNOWN", "Edge", "Graph", "Origin", "Resource", "Secret", "Unknown"]
