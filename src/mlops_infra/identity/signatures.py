"""SSH signatures (OpenSSH's PROTOCOL.sshsig): making them, and finding out whose they are.

Verification is ``sshsig`` over ``cryptography``: no program is needed to check what somebody signed. What that library leaves open is
closed here: the text must be exactly one signature, only SHA-256 and SHA-512 are taken, RSA keys have at least 2048 bits (NIST SP 800-131A
rev. 2), and whatever goes wrong inside of it is a refusal. A key in a file that opens without a passphrase signs in this process;
``ssh-keygen`` signs with every other one: behind a passphrase, in the agent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)
from sshsig import InvalidSignature, PublicKey, check_signature
from sshsig.binary_io import ssh_read_string_pair
from sshsig.sshsig import SshsigSignature, SshsigWrapper

from mlops_infra.errors import GateError, OperationError, UsageError
from mlops_infra.identity.signers import AllowedSigners, Entry

MAX_BYTES: Final = 16 * 1024
MIN_RSA_BITS: Final = 2048
SIGN_SECONDS: Final = 120.0
"""How long ``ssh-keygen`` may wait for a passphrase or for somebody to touch a key."""
_ARMOUR_WIDTH: Final = 70
_ARMOUR: Final = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END SSH SIGNATURE-----\r?\n?"
)

Code: TypeAlias = Literal[
    "malformed",
    "wrong-namespace",
    "unsupported",
    "bad-signature",
    "unknown-key",
    "revoked",
    "not-yet",
    "expired",
]


class SignatureRefused(GateError):  # noqa: N818 - it is an answer, not a mistake
    """A signature that proves nothing. `code` is stable."""

    def __init__(self, code: Code, what: str, *, hint: str | None = None) -> None:
        super().__init__(what, hint=hint)
        self.code: Code = code


@dataclass(frozen=True)
class Signer:
    """Whose signature it is: the first principal of the key's line in ``allowed_signers``, and ``SHA256:…`` of the key."""

    principal: str
    fingerprint: str


def sign(message: bytes, key: Path, namespace: str, *, program: str = "ssh-keygen") -> str:
    """The signature of `message` as ``ssh-keygen -Y sign`` writes it.

    Arguments: `key`: a private key, or a public one whose private half the agent holds; `namespace`: what it is for;
    `program`: OpenSSH's. Raises UsageError for a file that is no key, OperationError where nobody could sign.
    """
    try:
        data = key.read_bytes()
    except OSError as error:
        raise UsageError(f"the SSH key cannot be read: {error.strerror}", where=str(key)) from None
    if b"PRIVATE KEY-----" in data:
        try:
            private = load_ssh_private_key(data, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return _by_program(message, key, namespace, program)
        if isinstance(private, Ed25519PrivateKey):
            return _by_file(message, private, namespace)
    return _by_program(message, key, namespace, program)


def verify(message: bytes, signature: str, namespace: str, signers: AllowedSigners, at: datetime) -> Signer:
    """Who signed `message`. Steps: form, namespace, key and hash, the signature itself, whose key, revoked, when, and for what.

    Arguments: `at`: the moment for which the key must be valid, with its zone. Raises SignatureRefused with the first reason.
    """
    parsed = _parsed(signature)
    if parsed.namespace != namespace.encode():
        raise SignatureRefused("wrong-namespace", "the signature was made for something else")
    key = _checked(message, signature, parsed, namespace)
    fingerprint = key.sha256_str()
    lines = signers.of(fingerprint)
    if not lines:
        raise SignatureRefused(
            "unknown-key",
            f"nobody is known to have the key {fingerprint}",
            hint="stacks/access/allowed_signers names the keys (docs/access.md)",
        )
    if fingerprint in signers.revoked:
        raise SignatureRefused("revoked", f"the key {fingerprint} is revoked", hint="sign with another key")
    refusals = [refusal for line in lines if (refusal := _refusal(line, namespace, at)) is not None]
    if len(refusals) == len(lines):
        raise refusals[0]
    return Signer(lines[0].principals[0], fingerprint)


def _parsed(signature: str) -> SshsigSignature:
    """The parts of a signature; nothing before, after or between them."""
    found = _ARMOUR.fullmatch(signature) if len(signature) <= MAX_BYTES else None
    if found is None:
        raise SignatureRefused("malformed", "this is no SSH signature")
    try:
        blob = base64.b64decode("".join(found[1].split()), validate=True)
        parsed = SshsigSignature(blob)
    except (ValueError, binascii.Error, NotImplementedError, EOFError):
        raise SignatureRefused("malformed", "the SSH signature is damaged") from None
    if bytes(parsed) != blob:
        raise SignatureRefused("malformed", "the SSH signature holds more than a signature")
    return parsed


def _checked(message: bytes, signature: str, parsed: SshsigSignature, namespace: str) -> PublicKey:
    """The key that really signed the message."""
    if parsed.hash_algo not in (b"sha256", b"sha512"):
        raise SignatureRefused("unsupported", "the signature's hash is neither SHA-256 nor SHA-512")
    try:
        key = check_signature(message, signature, namespace)
    except NotImplementedError:
        raise SignatureRefused(
            "unsupported", "keys of this type are not supported", hint="use ssh-ed25519 or ssh-rsa"
        ) from None
    except InvalidSignature:
        raise SignatureRefused("bad-signature", "the signature is not of this message") from None
    except Exception:  # noqa: BLE001 - the library meets hostile bytes; whatever it raises must refuse
        raise SignatureRefused("malformed", "the SSH signature is damaged") from None
    problem = _form_problem(key, parsed)
    if problem is not None:
        raise problem
    return key


def _form_problem(key: PublicKey, parsed: SshsigSignature) -> SignatureRefused | None:
    """Bytes beside the key and the signature, which the library reads over; and RSA keys that are too short."""
    text = key.openssh_str().encode()
    algorithm, raw = ssh_read_string_pair(parsed.signature)
    if base64.b64decode(text.split()[1]) != parsed.public_key or _strings(algorithm, raw) != parsed.signature:
        return SignatureRefused("malformed", "the SSH signature holds more than a signature")
    public = load_ssh_public_key(text)
    if isinstance(public, RSAPublicKey) and public.key_size < MIN_RSA_BITS:
        what = f"an RSA key of {public.key_size} bits is too weak"
        return SignatureRefused("unsupported", what, hint="use ssh-ed25519")
    return None


def _refusal(line: Entry, namespace: str, at: datetime) -> SignatureRefused | None:
    """Why a line of ``allowed_signers`` does not let its key sign; None if it does."""
    if not line.serves(namespace):
        return SignatureRefused("wrong-namespace", f"the key {line.fingerprint} may not sign {namespace}")
    if line.valid_after is not None and at < line.valid_after:
        return SignatureRefused("not-yet", f"the key {line.fingerprint} is valid from {line.valid_after:%Y-%m-%d} on")
    if line.valid_before is not None and at > line.valid_before:
        what = f"the key {line.fingerprint} was valid until {line.valid_before:%Y-%m-%d}"
        return SignatureRefused("expired", what, hint="put the new key into stacks/access/allowed_signers")
    return None


def _by_file(message: bytes, private: Ed25519PrivateKey, namespace: str) -> str:
    space = namespace.encode()
    wrapper = SshsigWrapper(namespace=space, hash_algo=b"sha512", hash=hashlib.sha512(message).digest())
    raw = private.sign(wrapper.to_bytes())
    public = base64.b64decode(private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    blob = b"SSHSIG\x00\x00\x00\x01" + _strings(public, space, b"", b"sha512", _strings(b"ssh-ed25519", raw))
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _ARMOUR_WIDTH] for at in range(0, len(text), _ARMOUR_WIDTH)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def _by_program(message: bytes, key: Path, namespace: str, name: str) -> str:
    """The signature by ``ssh-keygen``, which asks for a passphrase on the terminal and knows the agent."""
    program = shutil.which(name)
    if program is None:
        raise OperationError(
            "this key needs ssh-keygen (it is behind a passphrase, in an agent, or no Ed25519 key)",
            where=str(key),
            hint="install OpenSSH's client, or use an Ed25519 key without a passphrase",
        )
    command = [program, "-Y", "sign", "-f", str(key), "-n", namespace]
    try:
        done = subprocess.run(command, input=message, capture_output=True, timeout=SIGN_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperationError(f"ssh-keygen did not sign: {type(error).__name__}", where=str(key)) from None
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise OperationError(
            f"ssh-keygen did not sign: {' '.join(told)[:200]}",
            where=str(key),
            hint="is it the right passphrase, or does the agent (SSH_AUTH_SOCK) hold the key?",
        )
    return done.stdout.decode("ascii", errors="replace")


def _strings(*values: bytes) -> bytes:
    """Strings as SSH writes them: length and bytes (RFC 4251 section 5)."""
    return b"".join(struct.pack("!L", len(value)) + value for value in values)
