"""Public SSH keys: which types there are, who verifies with them, and by what a key is known.

Keys that `sshsig` does not know are verified by ``ssh-keygen`` (`identity.keygen`). A key is known by the SHA-256 of its bytes, as OpenSSH
shows it; only its one canonical form is read, so that no key has two fingerprints.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key

LIBRARY_TYPES: Final = frozenset({"ssh-ed25519", "ssh-rsa"})
HARDWARE_TYPES: Final = frozenset({"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"})
"""FIDO keys (OpenSSH, PROTOCOL.u2f)."""
PROGRAM_TYPES: Final = HARDWARE_TYPES | {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"}
SUGGESTED: Final = "use ssh-ed25519, ecdsa-sha2-…, a hardware key (sk-…) or ssh-rsa"


class UnknownTypeError(ValueError):
    """A key of a type that is not taken, such as ``ssh-dss``, or a certificate."""


def fingerprint(blob: bytes) -> str:
    """``SHA256:`` and the base64 of the digest of a key's bytes, as ``ssh-keygen -l`` shows it."""
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"


def type_of(blob: bytes) -> str:
    """The type that a key's bytes name; empty where they name none."""
    length = struct.unpack("!L", blob[:4])[0] if len(blob) >= 4 else 0
    return blob[4 : 4 + length].decode("ascii", errors="replace") if length < len(blob) else ""


def read(text: str) -> bytes:
    """The bytes of the key in a line ``TYPE BASE64 [comment]``.

    Raises UnknownTypeError, or ValueError for what is no key, or not in the form in which OpenSSH writes it.
    """
    kind, encoded = text.split(maxsplit=2)[:2]
    if kind not in LIBRARY_TYPES | PROGRAM_TYPES:
        raise UnknownTypeError(kind)
    blob = base64.b64decode(encoded, validate=True)
    try:
        key = load_ssh_public_key(f"{kind} {encoded}".encode())
    except UnsupportedAlgorithm:
        raise UnknownTypeError(kind) from None
    # A hardware key's bytes hold its application behind the point, which is not part of the key that was loaded.
    if kind not in HARDWARE_TYPES:
        canonical = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1]
        if canonical != encoded.encode():
            raise ValueError("not canonical")
    return blob
