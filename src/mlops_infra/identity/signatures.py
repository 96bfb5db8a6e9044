"""SSH signatures (OpenSSH's PROTOCOL.sshsig): making them, and finding out whose they are.

Verification is ``sshsig`` over ``cryptography``: no program is needed to check what most keys signed. What that library leaves open is
closed here: the text must be exactly one signature, only SHA-256 and SHA-512 are taken, RSA keys have at least 2048 bits (NIST SP 800-131A
rev. 2), and whatever goes wrong inside of it is a refusal. ECDSA and hardware keys, which it does not know, are verified by ``ssh-keygen``;
where that program is missing they prove nothing. An Ed25519 key in a file that opens without a passphrase signs in this process; it
signs with every other one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
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

from mlops_infra.errors import GateError, UsageError
from mlops_infra.identity import keygen
from mlops_infra.identity.public_keys import HARDWARE_TYPES, PROGRAM_TYPES, SUGGESTED, fingerprint, type_of
from mlops_infra.identity.signers import AllowedSigners, Entry

MAX_BYTES: Final = 16 * 1024
MIN_RSA_BITS: Final = 2048
_ARMOUR_WIDTH: Final = 70
_PRESENT: Final = 0x01
"""The flag of a hardware key's signature that says that somebody touched it (OpenSSH, PROTOCOL.u2f)."""
_AFTER_FLAGS: Final = 4
"""Bytes of the counter, which ends such a signature, behind its flags."""
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


def sign(message: bytes, key: Path, namespace: str, *, program: str = keygen.PROGRAM) -> str:
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
            return keygen.sign(message, key, namespace, program)
        if isinstance(private, Ed25519PrivateKey):
            return _by_file(message, private, namespace)
    return keygen.sign(message, key, namespace, program)


def verify(
    message: bytes,
    signature: str,
    namespace: str,
    signers: AllowedSigners,
    at: datetime,
    *,
    program: str = keygen.PROGRAM,
) -> Signer:
    """Who signed `message`. Steps: form, namespace and hash, the signature itself, whose key, revoked, when, and for what.

    ``ssh-keygen`` is asked only about keys that somebody is known to have.
    Arguments: `at`: the moment for which the key must be valid, with its zone; `program`: OpenSSH's. Raises SignatureRefused with the
    first reason.
    """
    parsed = _parsed(signature)
    if parsed.namespace != namespace.encode():
        raise SignatureRefused("wrong-namespace", "the signature was made for something else")
    if parsed.hash_algo not in (b"sha256", b"sha512"):
        raise SignatureRefused("unsupported", "the signature's hash is neither SHA-256 nor SHA-512")
    if type_of(parsed.public_key) in PROGRAM_TYPES:
        lines = _lines(signers, fingerprint(parsed.public_key))
        _check_by_program(message, signature, parsed, program)
    else:
        lines = _lines(signers, fingerprint(_checked(message, signature, parsed, namespace)))
    known = lines[0].fingerprint
    if known in signers.revoked:
        raise SignatureRefused("revoked", f"the key {known} is revoked", hint="sign with another key")
    refusals = [refusal for line in lines if (refusal := _refusal(line, namespace, at)) is not None]
    if len(refusals) == len(lines):
        raise refusals[0]
    return Signer(lines[0].principals[0], known)


def _lines(signers: AllowedSigners, known: str) -> tuple[Entry, ...]:
    """The lines of ``allowed_signers`` about a key, at least one."""
    lines = signers.of(known)
    if not lines:
        raise SignatureRefused(
            "unknown-key",
            f"nobody is known to have the key {known}",
            hint="stacks/access/allowed_signers names the keys (docs/access.md)",
        )
    return lines


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


def _checked(message: bytes, signature: str, parsed: SshsigSignature, namespace: str) -> bytes:
    """The bytes of the key that really signed the message, as the library finds out."""
    try:
        key = check_signature(message, signature, namespace)
    except NotImplementedError:
        raise SignatureRefused("unsupported", "keys of this type are not supported", hint=SUGGESTED) from None
    except InvalidSignature:
        raise SignatureRefused("bad-signature", "the signature is not of this message") from None
    except Exception:  # noqa: BLE001 - the library meets hostile bytes; whatever it raises must refuse
        raise SignatureRefused("malformed", "the SSH signature is damaged") from None
    problem = _form_problem(key, parsed)
    if problem is not None:
        raise problem
    return parsed.public_key


def _check_by_program(message: bytes, signature: str, parsed: SshsigSignature, program: str) -> None:
    """Have ``ssh-keygen`` find out whether the key in the signature really signed the message; raises where it did not, or cannot say."""
    kind = type_of(parsed.public_key)
    try:
        why = keygen.objection(message, signature, parsed.namespace.decode(), parsed.public_key, program)
    except keygen.KeygenMissingError:
        raise SignatureRefused(
            "unsupported",
            f"only ssh-keygen verifies keys of the type {kind}, and it is not on this machine",
            hint="install OpenSSH's client (8.2 or newer), or sign with an Ed25519 key",
        ) from None
    if why is not None:
        raise SignatureRefused("bad-signature", f"ssh-keygen does not take the signature: {why}")
    # Its form is proved by now: type, signature, one byte of flags, counter.
    if kind in HARDWARE_TYPES and not parsed.signature[-1 - _AFTER_FLAGS] & _PRESENT:
        raise SignatureRefused(
            "unsupported", "nobody touched the hardware key", hint="make a key without `no-touch-required`"
        )


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


def _strings(*values: bytes) -> bytes:
    """Strings as SSH writes them: length and bytes (RFC 4251 section 5)."""
    return b"".join(struct.pack("!L", len(value)) + value for value in values)
