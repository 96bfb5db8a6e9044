"""The Pulumi program behind ../Pulumi.yaml: one part of one environment, by the stack's name."""

from mlops_infra.engine.program import run

run()
