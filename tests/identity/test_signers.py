"""The files of keys: what is read, and what is refused with its line."""

from __future__ import annotations

import base64
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ssh_keys import SshKey, ecdsa_key, ed25519_key, token_key

from mlops_infra.errors import UsageError
from mlops_infra.identity.signers import AllowedSigners, load_signers
from mlops_infra.resources import data_dir

ADA, EVE = ed25519_key(1), ed25519_key(2)


def write(tmp_path: Path, text: str, name: str = "allowed_signers") -> Path:
    folder = tmp_path / "stacks" / "access"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return tmp_path / "stacks"


def test_a_project_without_keys(tmp_path: Path) -> None:
    assert load_signers(tmp_path) == AllowedSigners()
    assert load_signers(data_dir("stacks")) == AllowedSigners()


def test_a_line_is_read_whole(tmp_path: Path) -> None:
    options = 'namespaces="git,file",valid-after="20260101Z",valid-before="20261231235959Z"'
    text = f"# people\n\n{ADA.line('ada@example.org,ada', options).strip()} laptop of Ada\n"
    (entry,) = load_signers(write(tmp_path, text)).entries
    assert entry.principals == ("ada@example.org", "ada")
    assert entry.fingerprint == ADA.fingerprint
    assert entry.namespaces == ("git", "file")
    assert entry.valid_after == datetime(2026, 1, 1, tzinfo=UTC)
    assert entry.valid_before == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert entry.line == 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ada", "no line of allowed_signers"),
        ("ada ssh-ed25519", "no line of allowed_signers"),
        (f'"ada {ADA.public}', "no line of allowed_signers"),
        (ADA.line("ada", 'color="red"'), "no line of allowed_signers"),
        (ADA.line("ada", 'valid-after="20260101Z'), "no line of allowed_signers"),
        (ADA.line("ada", 'namespaces="git",namespaces="file"'), "no line of allowed_signers"),
        (ADA.line("ada", 'valid-after="20260101"'), "no moment"),
        (ADA.line("ada", 'valid-after="2026010Z"'), "no moment"),
        (ADA.line("ada", 'valid-before="20261399Z"'), "no moment"),
        (ADA.line("ada", 'valid-before="tomorrowZ"'), "no moment"),
        (ADA.line("*"), "a name, not a pattern"),
        (ADA.line("*@example.org"), "a name, not a pattern"),
        (ADA.line("ada,!eve"), "a name, not a pattern"),
        (ADA.line("ada,"), "a name, not a pattern"),
        (ADA.line("ada", "cert-authority"), "certificate authorities are not supported"),
        ("ada ssh-ed25519 AAAA\n", "no public key"),
        ("ada ssh-ed25519 ####\n", "no public key"),
        (ADA.line("ada").replace("ssh-ed25519", "ssh-rsa"), "no public key"),
        (ADA.line("ada").replace("ssh-ed25519", "ecdsa-sha2-nistp256"), "no public key"),
        (ADA.line("ada").replace("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"), "this type are not supported"),
        ("ada ssh-dss AAAAB3NzaC1kc3MAAACBAP", "this type are not supported"),
    ],
)
def test_what_leaves_doubt_is_refused_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        load_signers(write(tmp_path, f"# people\n{line.strip()}\n"))
    assert caught.value.where == "stacks/access/allowed_signers:2"
    assert caught.value.hint


@pytest.mark.parametrize("key", [ecdsa_key(), token_key(), token_key("ecdsa")], ids=["ecdsa", "sk", "sk-ecdsa"])
def test_keys_of_every_type_are_known_by_their_fingerprint(tmp_path: Path, key: SshKey) -> None:
    (tmp_path / "key.pub").write_text(key.public)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", tmp_path / "key.pub"], capture_output=True, check=True, text=True)
    (entry,) = load_signers(write(tmp_path, key.line("ada"))).entries
    assert entry.fingerprint == key.fingerprint == shown.stdout.split()[1]
    longer = f"{key.public.split()[0]} {base64.b64encode(key.blob + b'more').decode()}"
    with pytest.raises(UsageError, match="no public key"):
        load_signers(write(tmp_path, f"ada {longer}"))


def test_a_key_is_one_persons(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="belongs to somebody else") as caught:
        load_signers(write(tmp_path, EVE.line("eve") + ADA.line("ada") + EVE.line("ada")))
    assert caught.value.where == "stacks/access/allowed_signers:3"


def test_revoked_keys(tmp_path: Path) -> None:
    stacks = write(tmp_path, f"# lost\n{ADA.public} laptop\n", "revoked_keys")
    assert load_signers(stacks).revoked == {ADA.fingerprint}
    write(tmp_path, "SHA256:abc\n", "revoked_keys")
    with pytest.raises(UsageError, match="no public key") as caught:
        load_signers(stacks)
    assert caught.value.where == "stacks/access/revoked_keys:1"


def test_a_file_of_other_bytes(tmp_path: Path) -> None:
    stacks = write(tmp_path, "")
    (stacks / "access" / "allowed_signers").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        load_signers(stacks)
