"""SSH signatures: whose they are, and every way in which one proves nothing."""

from __future__ import annotations

import hashlib
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import openssh_vectors as openssh
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ssh_keys import (
    SshKey,
    armoured,
    ecdsa_key,
    ed25519_key,
    rsa_key,
    signature_blob,
    strings,
    token_key,
    unarmoured,
)

from mlops_infra.errors import ExitCode, OperationError, UsageError
from mlops_infra.identity.signatures import SignatureRefused, Signer, sign, verify
from mlops_infra.identity.signers import AllowedSigners, Entry, load_signers

MESSAGE = b"a receipt"
SPACE = "mlops-infra-approval@v1"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ADA, EVE = ed25519_key(1), ed25519_key(2)
ONLY_ADA = AllowedSigners((Entry(("ada",), ADA.fingerprint, None, None, None, 1),))


def signers(tmp_path: Path, *lines: str, revoked: str = "") -> AllowedSigners:
    folder = tmp_path / "stacks" / "access"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "allowed_signers").write_text("# people\n\n" + "".join(lines))
    (folder / "revoked_keys").write_text(revoked)
    return load_signers(tmp_path / "stacks")


def refusal(signature: str, allowed: AllowedSigners, message: bytes = MESSAGE, space: str = SPACE) -> str:
    with pytest.raises(SignatureRefused) as caught:
        verify(message, signature, space, allowed, NOON)
    assert caught.value.exit_code is ExitCode.GATE
    assert caught.value.what
    return caught.value.code


@pytest.mark.parametrize("key", [ADA, rsa_key()], ids=["ed25519", "rsa"])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_signature_names_its_signer(tmp_path: Path, key: SshKey, digest: str) -> None:
    allowed = signers(tmp_path, EVE.line("eve@example.org"), key.line("ada@example.org"))
    found = verify(MESSAGE, key.sign(MESSAGE, SPACE, digest), SPACE, allowed, NOON)
    assert found == Signer("ada@example.org", key.fingerprint)


def test_what_openssh_signs_is_taken_and_made_alike(tmp_path: Path) -> None:
    allowed = signers(tmp_path, ADA.line("ada"), f"grace {openssh.RSA_PUBLIC}\n")
    assert verify(openssh.MESSAGE, openssh.ED25519, openssh.NAMESPACE, allowed, NOON).principal == "ada"
    assert verify(openssh.MESSAGE, openssh.RSA, openssh.NAMESPACE, allowed, NOON).principal == "grace"
    # Ed25519 is deterministic (RFC 8032), so that the same bytes must come out.
    assert sign(openssh.MESSAGE, ADA.write(tmp_path / "key"), openssh.NAMESPACE) == openssh.ED25519


def test_line_endings_of_another_system_are_taken(tmp_path: Path) -> None:
    signature = ADA.sign(MESSAGE, SPACE).replace("\n", "\r\n")
    assert verify(MESSAGE, signature, SPACE, signers(tmp_path, ADA.line("ada")), NOON).principal == "ada"


GOOD = ADA.sign(MESSAGE, SPACE)
RAW = unarmoured(GOOD)
MALFORMED = {
    "empty": "",
    "no armour": GOOD.splitlines()[1],
    "no end": GOOD.rsplit("-----END", 1)[0],
    "text before": "hello\n" + GOOD,
    "text after": GOOD + "hello\n",
    "two": GOOD + GOOD,
    "a letter that is none": GOOD.replace("U1NIU0lH", "U1N*U0lH"),
    "bytes behind it": ADA.sign(MESSAGE, SPACE, after=b"\x00"),
    "no magic": armoured(b"SSHSIX" + RAW[6:]),
    "version 2": armoured(RAW[:9] + b"\x02" + RAW[10:]),
    "another kind of armour": GOOD.replace("SSH SIGNATURE", "PGP SIGNATURE"),
    "something reserved": armoured(signature_blob(ADA.blob, SPACE.encode(), b"sha512", b"x", b"reserved")),
    "longer than any": "-----BEGIN SSH SIGNATURE-----\n" + "A" * 70 + "\n" * 20_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_signature_is_malformed(tmp_path: Path, name: str) -> None:
    assert refusal(MALFORMED[name], signers(tmp_path, ADA.line("ada"))) == "malformed"


def test_truncated_at_every_byte_it_is_refused(tmp_path: Path) -> None:
    allowed = signers(tmp_path, ADA.line("ada"))
    for length in range(len(RAW)):
        assert refusal(armoured(RAW[:length]), allowed) in ("malformed", "wrong-namespace")


def test_replayed_for_another_message(tmp_path: Path) -> None:
    assert refusal(GOOD, signers(tmp_path, ADA.line("ada")), b"another receipt") == "bad-signature"


def test_made_for_something_else(tmp_path: Path) -> None:
    allowed = signers(tmp_path, ADA.line("ada"))
    assert refusal(ADA.sign(MESSAGE, "git"), allowed) == "wrong-namespace"
    # Somebody writes the wanted namespace over the one that was signed.
    raw = strings(b"ssh-ed25519", ADA.private.sign(b"SSHSIG" + strings(b"git", b"", b"sha512", b"digest")))
    forged = armoured(signature_blob(ADA.blob, SPACE.encode(), b"sha512", raw))
    assert refusal(forged, allowed) == "bad-signature"


def test_a_key_of_a_stranger(tmp_path: Path) -> None:
    assert refusal(EVE.sign(MESSAGE, SPACE), signers(tmp_path, ADA.line("ada"))) == "unknown-key"
    assert refusal(GOOD, AllowedSigners()) == "unknown-key"


def test_a_stranger_who_shows_anothers_key(tmp_path: Path) -> None:
    raw = strings(b"ssh-ed25519", EVE.private.sign(MESSAGE))
    forged = armoured(signature_blob(ADA.blob, SPACE.encode(), b"sha512", raw))
    assert refusal(forged, signers(tmp_path, ADA.line("ada"))) == "bad-signature"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ('valid-before="20260601115959Z"', "expired"),
        ('valid-before="20260531Z"', "expired"),
        ('valid-after="202606011201Z"', "not-yet"),
        ('valid-after="20260602Z",valid-before="20270101Z"', "not-yet"),
        ('namespaces="git"', "wrong-namespace"),
        ('namespaces="mlops-infra-identity@v1,git"', "wrong-namespace"),
        ('valid-before="20260601120000Z"', None),
        ('valid-after="20260601120000Z"', None),
        ('namespaces="git,mlops-infra-*"', None),
        (f'valid-after="20260101Z",valid-before="20270101Z",namespaces="{SPACE}"', None),
    ],
)
def test_a_key_counts_when_and_for_what_its_line_says(tmp_path: Path, options: str, code: str | None) -> None:
    allowed = signers(tmp_path, ADA.line("ada", options))
    if code is None:
        assert verify(MESSAGE, GOOD, SPACE, allowed, NOON).principal == "ada"
    else:
        assert refusal(GOOD, allowed) == code


def test_one_line_that_allows_it_is_enough(tmp_path: Path) -> None:
    allowed = signers(tmp_path, ADA.line("ada", 'valid-before="20260101Z"'), ADA.line("ada", 'valid-after="20260101Z"'))
    assert verify(MESSAGE, GOOD, SPACE, allowed, NOON).principal == "ada"


def test_a_revoked_key(tmp_path: Path) -> None:
    allowed = signers(tmp_path, ADA.line("ada"), EVE.line("eve"), revoked=f"# lost\n{ADA.public} laptop\n")
    assert refusal(GOOD, allowed) == "revoked"
    assert verify(MESSAGE, EVE.sign(MESSAGE, SPACE), SPACE, allowed, NOON).principal == "eve"


def test_what_is_too_weak_is_not_taken(tmp_path: Path) -> None:
    weak = rsa_key(1024)
    allowed = signers(tmp_path, weak.line("ada"), EVE.line("eve"))
    assert refusal(weak.sign(MESSAGE, SPACE), allowed) == "unsupported"
    for digest in ("sha1", "md5"):
        assert refusal(EVE.sign(MESSAGE, SPACE, digest), allowed) == "unsupported"


def test_bytes_beside_the_key_or_the_signature(tmp_path: Path) -> None:
    allowed = signers(tmp_path, ADA.line("ada"))
    digest = hashlib.sha512(MESSAGE).digest()
    raw = ADA.private.sign(b"SSHSIG" + strings(SPACE.encode(), b"", b"sha512", digest))
    longer_signature = armoured(
        signature_blob(ADA.blob, SPACE.encode(), b"sha512", strings(b"ssh-ed25519", raw) + b"more")
    )
    longer_key = armoured(signature_blob(ADA.blob + b"more", SPACE.encode(), b"sha512", strings(b"ssh-ed25519", raw)))
    another_algorithm = armoured(signature_blob(ADA.blob, SPACE.encode(), b"sha512", strings(b"rsa-sha2-512", raw)))
    for forged in (longer_signature, longer_key, another_algorithm):
        assert refusal(forged, allowed) == "malformed"


@given(
    flips=st.dictionaries(st.integers(0, len(RAW) - 1), st.integers(1, 255), min_size=1, max_size=4),
    message=st.sampled_from([MESSAGE, b"", b"another"]),
)
def test_whatever_is_changed_it_is_refused(flips: dict[int, int], message: bytes) -> None:
    changed = bytearray(RAW)
    for at, mask in flips.items():
        changed[at] ^= mask
    with pytest.raises(SignatureRefused):
        verify(message, armoured(bytes(changed)), SPACE, ONLY_ADA, NOON)


@given(st.text(max_size=300))
def test_any_text_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(SignatureRefused, match="signature"):
        verify(MESSAGE, text, SPACE, ONLY_ADA, NOON)


@given(message=st.binary(max_size=200), space=st.from_regex(r"[a-z]{1,10}@v[1-9]", fullmatch=True))
def test_what_is_signed_is_verified(message: bytes, space: str) -> None:
    assert verify(message, ADA.sign(message, space), space, ONLY_ADA, NOON).fingerprint == ADA.fingerprint


# Keys that only ssh-keygen verifies

OTHERS = {"ecdsa": ecdsa_key(), "sk-ed25519": token_key(), "sk-ecdsa": token_key("ecdsa")}


@pytest.mark.parametrize("bits", ["256", "384", "521"])
def test_an_ecdsa_key_of_openssh_signs_and_is_verified(tmp_path: Path, bits: str) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-b", bits, "-N", "", "-f", key], check=True)
    allowed = signers(tmp_path, f"grace {key.with_suffix('.pub').read_text()}")
    signature = sign(MESSAGE, key, SPACE)
    assert verify(MESSAGE, signature, SPACE, allowed, NOON).principal == "grace"
    assert refusal(signature, allowed, b"another receipt") == "bad-signature"
    assert refusal(sign(MESSAGE, key, "git"), allowed) == "wrong-namespace"


@pytest.mark.parametrize("name", OTHERS)
def test_other_types_prove_as_much(tmp_path: Path, name: str) -> None:
    key = OTHERS[name]
    signature = key.sign(MESSAGE, SPACE)
    found = verify(MESSAGE, signature, SPACE, signers(tmp_path, key.line("ada@example.org")), NOON)
    assert found == Signer("ada@example.org", key.fingerprint)
    forged = armoured(signature_blob(key.blob, SPACE.encode(), b"sha512", ecdsa_key()._raw(b"something else")))
    for options, code in (
        ("", "bad-signature"),
        ('valid-before="20260531Z"', "expired"),
        ('valid-after="20260602Z"', "not-yet"),
        ('namespaces="git"', "wrong-namespace"),
    ):
        allowed = signers(tmp_path, key.line("ada", options))
        assert refusal(signature if options else forged, allowed) == code
    assert refusal(signature, signers(tmp_path, key.line("ada"), revoked=f"{key.public}\n")) == "revoked"
    assert refusal(key.sign(MESSAGE, SPACE, after=b"\x00"), signers(tmp_path, key.line("ada"))) == "malformed"


def test_a_hardware_key_must_be_touched(tmp_path: Path) -> None:
    key = token_key(flags=0)
    assert refusal(key.sign(MESSAGE, SPACE), signers(tmp_path, key.line("ada"))) == "unsupported"


def test_without_ssh_keygen_they_prove_nothing(tmp_path: Path) -> None:
    key = ecdsa_key()
    allowed = signers(tmp_path, key.line("ada"))
    with pytest.raises(SignatureRefused, match="only ssh-keygen verifies keys of the type ecdsa") as caught:
        verify(MESSAGE, key.sign(MESSAGE, SPACE), SPACE, allowed, NOON, program="no-such-program")
    assert (caught.value.code, caught.value.exit_code) == ("unsupported", ExitCode.GATE)
    assert "install OpenSSH" in (caught.value.hint or "")


def test_a_strangers_key_asks_no_program(tmp_path: Path) -> None:
    program = tmp_path / "ssh-keygen"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    program.chmod(0o755)
    signature = ecdsa_key().sign(MESSAGE, SPACE)
    with pytest.raises(SignatureRefused, match="nobody is known") as caught:
        verify(MESSAGE, signature, SPACE, ONLY_ADA, NOON, program=str(program))
    assert caught.value.code == "unknown-key"
    assert not (tmp_path / "asked").exists()


def test_an_ssh_keygen_that_cannot_verify_proves_nothing(tmp_path: Path) -> None:
    key, program = ecdsa_key(), tmp_path / "ssh-keygen"
    program.write_text('#!/bin/sh\necho "unknown option -- Y" >&2\nexit 1\n')
    program.chmod(0o755)
    with pytest.raises(SignatureRefused, match="does not take the signature: unknown option") as caught:
        verify(MESSAGE, key.sign(MESSAGE, SPACE), SPACE, signers(tmp_path, key.line("ada")), NOON, program=str(program))
    assert caught.value.code == "bad-signature"


# Signing


def test_signing_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        sign(MESSAGE, tmp_path / "nothing", SPACE)


def test_other_keys_are_signed_with_by_ssh_keygen(tmp_path: Path) -> None:
    program = tmp_path / "ssh-keygen"
    program.write_text('#!/bin/sh\necho "$@"\ncat\n')
    program.chmod(0o755)
    public = tmp_path / "key.pub"
    public.write_text(ADA.public)
    said = sign(MESSAGE, public, SPACE, program=str(program))
    assert said == f"-Y sign -f {public} -n {SPACE}\na receipt"
    program.write_text('#!/bin/sh\necho "agent refused operation" >&2\nexit 255\n')
    with pytest.raises(OperationError, match="agent refused operation") as caught:
        sign(MESSAGE, public, SPACE, program=str(program))
    assert "SSH_AUTH_SOCK" in (caught.value.hint or "")
    with pytest.raises(OperationError, match="needs ssh-keygen"):
        sign(MESSAGE, public, SPACE, program="no-such-program")


def test_the_key_of_a_test_is_private(tmp_path: Path) -> None:
    assert stat.S_IMODE(ADA.write(tmp_path / "key").stat().st_mode) == 0o600
