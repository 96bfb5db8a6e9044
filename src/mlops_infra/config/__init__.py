"""Stack files → `Environment`. Knows YAML and pydantic; knows no cloud.

Data flow: ``reader`` (bytes → nodes with places) → ``layers`` (``extends:``, merge) → ``shape`` (the ``model``; pydantic's
errors in our words) → ``rules`` (what fields and environments owe each other) → `LoadedEnvironment`, whose `origin` answers
where a value was written.

Beside this way: ``values`` and ``show`` (what is set, by whom, and how environments differ), ``edit`` (changes to one file
that keep its comments), ``schema`` and ``reference`` (the model for editors and readers), ``scaffold`` (a new project's files).
"""

from mlops_infra.config.load import LoadedEnvironment, environments, find_stacks, load_environment, validate
from mlops_infra.config.node import Origin
from mlops_infra.config.problems import ConfigError, Problem
from mlops_infra.config.schema import schema
from mlops_infra.config.show import show, show_json
from mlops_infra.config.values import Difference, Value, difference, values

__all__ = [
    "ConfigError",
    "Difference",
    "LoadedEnvironment",
    "Origin",
    "Problem",
    "Value",
    "difference",
    "environments",
    "find_stacks",
    "load_environment",
    "schema",
    "show",
    "show_json",
    "validate",
    "values",
]
