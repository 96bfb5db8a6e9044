"""A configured OPA is asked only where it is new enough and holds the project's policies, all of them and no others."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from fake_policies import make_policies

from mlops_infra.errors import UsageError
from mlops_infra.governance import policyset
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.remote import Address, RemoteOpa
from mlops_infra.operations.real import RealToolchain

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return policyset.load(make_policies(tmp_path_factory.mktemp("remote") / "policies"))


@pytest.fixture(scope="module")
def url(policies: PolicySet) -> Iterator[str]:
    """An OPA that somebody else started with the policies."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    program = RealToolchain().ensure(["opa"])["opa"]
    command = [str(program), "run", "--server", "--addr", address, "--skip-version-check", *map(str, policies.files)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                requests.get(f"http://{address}/health", timeout=1)
                break
            except requests.ConnectionError:
                process.poll()
        yield f"http://{address}"
        process.kill()


def test_it_decides_where_its_policies_are_ours(url: str, policies: PolicySet) -> None:
    with RemoteOpa(url, None, policies) as opa:
        assert opa.decide({"version": 1}) == {"findings": []}


def test_other_policies_are_refused(url: str, policies: PolicySet, tmp_path: Path) -> None:
    folder = make_policies(tmp_path / "policies")
    (folder / "main.rego").write_text((folder / "main.rego").read_text() + "\n# edited\n")
    policyset.write(
        folder,
        policyset.manifest_of(
            folder, policyset.Manifest.model_validate_json((folder / policyset.MANIFEST).read_bytes()).rules
        ),
    )
    with (
        RemoteOpa(url, None, policyset.load(folder)) as opa,
        pytest.raises(Refusal, match="1 are missing, 1 are not ours") as caught,
    ):
        opa.decide({"version": 1})
    assert caught.value.code == "changed-policies"


def test_a_strange_policy_of_our_packages_is_refused(url: str, policies: PolicySet) -> None:
    text = "package mlops.pii.first\n\nextra := true\n"
    requests.put(f"{url}/v1/policies/strange", data=text, timeout=5).raise_for_status()
    with RemoteOpa(url, None, policies) as opa, pytest.raises(Refusal, match="0 are missing, 1 are not ours"):
        opa.decide({"version": 1})
    requests.delete(f"{url}/v1/policies/strange", timeout=5).raise_for_status()


def test_nobody_there_is_a_refusal(policies: PolicySet) -> None:
    with RemoteOpa("http://127.0.0.1:9", None, policies) as opa, pytest.raises(Refusal) as caught:
        opa.decide({"version": 1})
    assert caught.value.code == "opa-missing"


@pytest.mark.parametrize(
    "wrong",
    ["http://opa.example.org", "ftp://127.0.0.1", "https://u:p@opa.example.org", "https://opa.example.org/x", "opa"],
)
def test_an_address_that_is_none_or_shows_the_token(wrong: str) -> None:
    with pytest.raises(UsageError):
        Address.of(wrong)


def test_addresses() -> None:
    found: Any = [
        Address.of(url).url for url in ("https://opa.example.org", "http://127.0.0.1:8181", "http://[::1]:8181/")
    ]
    assert found == ["https://opa.example.org:443", "http://127.0.0.1:8181", "http://[::1]:8181"]
