"""Stack files → `Environment`. Knows YAML and pydantic; knows no cloud.

Data flow: ``reader`` (bytes → nodes with places) → ``layers`` (``extends:``, merge) → ``model`` (shape) → ``rules``
(what fields owe each other) → `LoadedEnvironment`, whose `origin` answers where a value was written.
"""

from mlops_infra.config.load import LoadedEnvironment, environments, find_stacks, load_environment, validate
from mlops_infra.config.node import Origin
from mlops_infra.config.problems import ConfigError, Problem

__all__ = [
    "ConfigError",
    "LoadedEnvironment",
    "Origin",
    "Problem",
    "environments",
    "find_stacks",
    "load_environment",
    "validate",
]
