"""Who acts: by key, by token, or as the user of the machine; and pseudonyms."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ci_tokens import ISSUER, NOW, fetch, token
from ssh_keys import ed25519_key

from mlops_infra.errors import OperationError, UsageError
from mlops_infra.identity.actor import Identity, IdentityRefused, Proof, Role, identify
from mlops_infra.identity.oidc import TokenRefused
from mlops_infra.identity.pseudonyms import Pseudonyms, pseudonym
from mlops_infra.identity.signatures import SignatureRefused

ADA, EVE = ed25519_key(1), ed25519_key(2)
ACCESS = f"""\
version: 1
actors:
  - name: ada
    ssh: [ada@example.org]
    roles:
      - {{role: platform-admin, environments: [dev]}}
      - {{role: auditor, environments: ["*"]}}
  - name: ci
    oidc: {{issuer: "{ISSUER}", subject: "repo:meridian/ml-platform:environment:staging", audience: mlops-infra}}
    roles:
      - {{role: ci-deployer, environments: [staging]}}
"""


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    folder = tmp_path / "stacks"
    (folder / "access").mkdir(parents=True)
    (folder / "access.yaml").write_text(ACCESS)
    (folder / "access" / "allowed_signers").write_text(ADA.line("ada@example.org"))
    return folder


def who(stacks: Path, proof: Proof, target: str = "aws") -> Identity:
    return identify(stacks, "dev", target, "up", proof, NOW, fetch)


def test_a_key_proves_its_owner(stacks: Path, tmp_path: Path) -> None:
    found = who(stacks, Proof(ADA.write(tmp_path / "key")))
    roles = (Role("platform-admin", ("dev",)), Role("auditor", ("*",)))
    assert found == Identity("ada", roles, "ssh", verified=True, fingerprint=ADA.fingerprint)
    assert found.roles_in("dev") == ("platform-admin", "auditor")
    assert found.roles_in("prod") == ("auditor",)


def test_a_token_proves_a_job(stacks: Path) -> None:
    found = who(stacks, Proof(token=token()))
    assert found == Identity("ci", (Role("ci-deployer", ("staging",)),), "oidc", verified=True)


def test_without_a_proof_it_is_the_machines_user(stacks: Path) -> None:
    sandbox = who(stacks, Proof(), "sandbox")
    assert sandbox == Identity(None, (Role("platform-admin", ("dev",)),), "local", verified=False)
    assert sandbox.roles_in("prod") == ()
    assert who(stacks, Proof()) == Identity(None, (), "local", verified=False)


def test_a_proof_that_fails_is_no_reason_to_be_somebody_else(stacks: Path, tmp_path: Path) -> None:
    with pytest.raises(SignatureRefused, match="nobody is known"):
        who(stacks, Proof(EVE.write(tmp_path / "key")), "sandbox")
    with pytest.raises(TokenRefused):
        who(stacks, Proof(token="no token"), "sandbox")
    with pytest.raises(UsageError, match="cannot be read"):
        who(stacks, Proof(tmp_path / "missing"), "sandbox")


def test_a_proof_of_nobody_that_the_file_knows(stacks: Path, tmp_path: Path) -> None:
    (stacks / "access" / "allowed_signers").write_text(EVE.line("eve@example.org"))
    with pytest.raises(IdentityRefused, match="no actor has the key of eve"):
        who(stacks, Proof(EVE.write(tmp_path / "key")))
    with pytest.raises(IdentityRefused, match="no actor has the token of repo:other"):
        who(stacks, Proof(token=token(sub="repo:other")))


def test_what_the_environment_variables_offer(tmp_path: Path) -> None:
    variables = {"MLOPS_INFRA_SSH_KEY": "~/key", "MLOPS_INFRA_ID_TOKEN": "token"}
    assert Proof.of(variables) == Proof(Path.home() / "key", "token")
    assert Proof.of(variables, tmp_path) == Proof(tmp_path, "token")
    assert Proof.of({"MLOPS_INFRA_SSH_KEY": "", "MLOPS_INFRA_ID_TOKEN": ""}) == Proof()


# Pseudonyms


def test_a_pseudonym_is_kept_apart_and_is_always_the_same(tmp_path: Path) -> None:
    kept = Pseudonyms(tmp_path / "state")
    first = kept.of("zoe")
    assert first == Pseudonyms(tmp_path / "state").of("zoe") != kept.of("eve")
    assert first.startswith("person-")
    assert "zoe" not in first
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert kept.known("zoe") == first


def test_looking_for_a_pseudonym_makes_none(tmp_path: Path) -> None:
    kept = Pseudonyms(tmp_path / "state")
    assert kept.known("zoe") is None
    assert not kept.path.parent.exists()


def test_who_is_forgotten_is_not_found_again(tmp_path: Path) -> None:
    kept = Pseudonyms(tmp_path)
    before, eve = kept.of("zoe"), kept.of("eve")
    assert kept.forget("zoe")
    assert not kept.forget("zoe")
    text = kept.path.read_text()
    assert "zoe" not in text
    assert before not in text
    assert kept.of("zoe") != before
    assert kept.of("eve") == eve


def test_one_name_has_another_pseudonym_under_another_key() -> None:
    assert pseudonym("zoe", b"a") != pseudonym("zoe", b"b")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    kept = Pseudonyms(tmp_path)
    kept.path.write_text("{")
    with pytest.raises(OperationError, match="nobody knows who is who"):
        kept.of("ada")
