"""SSH keys and signatures for tests, right ones and every kind of wrong one, made without OpenSSH."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@dataclass(frozen=True)
class SshKey:
    """A key pair. `private` is one of ``cryptography``."""

    private: Any

    @property
    def public(self) -> str:
        """Type and base64, as in a ``.pub`` file."""
        return self.private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    @property
    def blob(self) -> bytes:
        return base64.b64decode(self.public.split()[1])

    @property
    def fingerprint(self) -> str:
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")
        return f"SHA256:{digest}"

    def line(self, principal: str, options: str = "") -> str:
        """A line of ``allowed_signers``."""
        return " ".join(filter(None, [principal, options, self.public])) + "\n"

    def write(self, file: Path) -> Path:
        """The private key as OpenSSH keeps it, without a passphrase."""
        data = self.private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        file.write_bytes(data)
        file.chmod(0o600)
        return file

    def sign(self, message: bytes, namespace: str, digest: str = "sha512", *, after: bytes = b"") -> str:
        """An armoured signature; `after` are bytes behind it inside of the armour."""
        space, name = namespace.encode(), digest.encode()
        to_sign = b"SSHSIG" + strings(space, b"", name, hashlib.new(digest, message).digest())
        return armoured(signature_blob(self.blob, space, name, self._raw(to_sign)) + after)

    def _raw(self, data: bytes) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return strings(b"ssh-ed25519", self.private.sign(data))
        if isinstance(self.private, rsa.RSAPrivateKey):
            return strings(b"rsa-sha2-512", self.private.sign(data, padding.PKCS1v15(), hashes.SHA512()))
        return strings(b"ecdsa-sha2-nistp256", _pair(self.private, data))


@dataclass(frozen=True)
class TokenKey(SshKey):
    """What a FIDO token would hold, without the token: PROTOCOL.u2f, "SSH U2F Signatures". `flags` say whether somebody touched it."""

    flags: int = 1
    application: bytes = b"ssh:"

    @property
    def kind(self) -> str:
        name = "ssh-ed25519" if isinstance(self.private, ed25519.Ed25519PrivateKey) else "ecdsa-sha2-nistp256"
        return f"sk-{name}@openssh.com"

    @property
    def blob(self) -> bytes:
        kind, _, rest = super().public.partition(" ")
        inner = base64.b64decode(rest)[4 + len(kind) :]
        return strings(self.kind.encode()) + inner + strings(self.application)

    @property
    def public(self) -> str:
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"

    def _raw(self, data: bytes) -> bytes:
        after = bytes([self.flags]) + struct.pack("!L", 7)
        signed = hashlib.sha256(self.application).digest() + after + hashlib.sha256(data).digest()
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return strings(self.kind.encode(), self.private.sign(signed)) + after
        return strings(self.kind.encode(), _pair(self.private, signed)) + after


def _pair(private: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """The two numbers of an ECDSA signature (RFC 5656 section 3.1.2)."""
    numbers = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
    return strings(*(number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers))


@cache
def ed25519_key(seed: int = 1) -> SshKey:
    """The same key for the same seed."""
    return SshKey(ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


@cache
def rsa_key(bits: int = 2048) -> SshKey:
    """An RSA key; some tenths of a second for each size."""
    return SshKey(rsa.generate_private_key(65537, bits))


@cache
def ecdsa_key() -> SshKey:
    """A key of a type that only ``ssh-keygen`` verifies."""
    return SshKey(ec.generate_private_key(ec.SECP256R1()))


@cache
def token_key(kind: str = "ed25519", flags: int = 1) -> TokenKey:
    """A FIDO key, as if a token held it."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(b"t" * 32) if kind == "ed25519" else ecdsa_key().private
    return TokenKey(private, flags)


def strings(*values: bytes) -> bytes:
    """Strings as SSH writes them."""
    return b"".join(struct.pack("!L", len(value)) + value for value in values)


def signature_blob(public: bytes, namespace: bytes, digest: bytes, raw: bytes, reserved: bytes = b"") -> bytes:
    """PROTOCOL.sshsig, "Blob format"."""
    return b"SSHSIG\x00\x00\x00\x01" + strings(public, namespace, reserved, digest, raw)


def armoured(blob: bytes) -> str:
    """PROTOCOL.sshsig, "Armored format"."""
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def unarmoured(signature: str) -> bytes:
    """The bytes inside of the armour."""
    return base64.b64decode("".join(signature.splitlines()[1:-1]))
