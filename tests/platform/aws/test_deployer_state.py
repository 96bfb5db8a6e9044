"""ci-deployer reaches the state where that lies in a bucket, and no more of it than its prefix."""

from __future__ import annotations

import json

import pytest

from mlops_infra.config import load_environment
from mlops_infra.config.state_folders import LASTING, REMOVABLE
from mlops_infra.platform.duties import deployer_documents
from mlops_infra.platform.names import Names
from mlops_infra.resources import data_dir


def names(backend: str | None, secrets_provider: str | None) -> Names:
    env = load_environment(data_dir("stacks"), "dev").environment
    state = env.state.model_copy(update={"backend": backend, "secrets_provider": secrets_provider})
    return Names(env.model_copy(update={"state": state}))


def test_state_in_files_needs_nothing() -> None:
    assert "deploy-state" not in deployer_documents(names(None, None))


def test_only_the_prefix_and_the_key_of_the_state() -> None:
    found = names("s3://unit-state/pulumi?region=eu-central-1", "awskms://alias/unit-state?region=eu-central-1")
    listing, objects, ends, kept, key = deployer_documents(found)["deploy-state"]
    assert listing["Resource"] == kept["Resource"] == ["arn:aws:s3:::unit-state"]
    removable, lasting = (
        [f"arn:aws:s3:::unit-state/pulumi/{name}/*" for name in each] for each in (REMOVABLE, LASTING)
    )
    assert objects["Resource"] == [*removable, *lasting]
    assert (ends["Action"], ends["Resource"]) == (["s3:DeleteObject"], removable)
    assert "arn:aws:s3:::unit-state/pulumi/ledger/*" in lasting
    assert (kept["Effect"], "s3:PutBucketPolicy" in kept["Action"]) == ("Deny", True)
    assert key["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/unit-state"]}}


@pytest.mark.parametrize("named", ["1234abcd-12ab", "/arn:aws:kms:eu-central-1:111100000016:key/1234abcd-12ab"])
def test_a_key_by_id_or_arn(named: str) -> None:
    found = deployer_documents(names("s3://unit-state", f"awskms://{named}"))["deploy-state"]
    assert json.dumps(found).count("arn:aws:kms:eu-central-1:111100000016:key/1234abcd-12ab") == 1
    assert "arn:aws:s3:::unit-state/ledger/*" in json.dumps(found)
