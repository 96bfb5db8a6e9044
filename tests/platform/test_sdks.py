"""Packages of the provider SDKs import their modules by need, and have the names that they have anyway."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

import pytest

from mlops_infra.platform import sdks


@pytest.mark.parametrize("package", ["pulumi_aws.sns", "pulumi_aws.budgets", "pulumi_kubernetes.storage.v1"])
def test_a_package_has_every_name_of_its_own_code(package: str) -> None:
    sdks.by_need()
    lean = import_module(package)
    parent = import_module(package.rpartition(".")[0])
    spec = PathFinder.find_spec(package, list(parent.__path__))
    assert spec is not None
    assert spec.loader is not None
    own = module_from_spec(spec)
    spec.loader.exec_module(own)
    names = [name for name in vars(own) if not name.startswith("__")]
    assert len(names) > 10
    assert {name: getattr(lean, name) for name in names} == {name: getattr(own, name) for name in names}


def test_only_what_is_named_is_imported() -> None:
    sdks.by_need()
    sdks.by_need()
    sqs = import_module("pulumi_aws.sqs")
    assert sqs.Queue.__module__ == "pulumi_aws.sqs.queue"
    assert sqs.QueueArgs.__module__ == "pulumi_aws.sqs.queue"
    assert "pulumi_aws.sqs.queue_policy" not in sys.modules
    with pytest.raises(AttributeError, match="NoSuchThing"):
        sqs.NoSuchThing()
    assert "pulumi_aws.sqs.queue_policy" in sys.modules


def test_everything_of_a_package_can_be_had_at_once() -> None:
    sdks.by_need()
    names: dict[str, object] = {}
    exec("from pulumi_aws.mwaa import *", names)  # noqa: S102 - there is no other way to say it
    assert "Environment" in names
