"""OpenSSH's ``ssh-keygen``, for keys that this process cannot use itself: to sign behind a passphrase, in an agent or in hardware, and to
verify with types of keys that the library does not know.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mlops_infra.errors import OperationError
from mlops_infra.identity.public_keys import type_of

PROGRAM: Final = "ssh-keygen"
SIGN_SECONDS: Final = 120.0
"""How long it may wait for a passphrase or for somebody to touch a key."""
VERIFY_SECONDS: Final = 30.0
_SIGNER: Final = "signer"


class KeygenMissingError(OperationError):
    """There is no ``ssh-keygen`` on this machine."""


def sign(message: bytes, key: Path, namespace: str, name: str = PROGRAM) -> str:
    """The signature of `message`; asks for a passphrase on the terminal, and knows the agent.

    Arguments: `name`: the program. Raises OperationError where nobody could sign.
    """
    try:
        program = _found(name)
    except KeygenMissingError:
        raise KeygenMissingError(
            "this key needs ssh-keygen (it is behind a passphrase, in an agent, or no Ed25519 key)",
            where=str(key),
            hint="install OpenSSH's client, or use an Ed25519 key without a passphrase",
        ) from None
    command = [program, "-Y", "sign", "-f", str(key), "-n", namespace]
    try:
        done = _run(command, message, SIGN_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperationError(f"ssh-keygen did not sign: {type(error).__name__}", where=str(key)) from None
    if done.returncode:
        raise OperationError(
            f"ssh-keygen did not sign: {_last_line(done.stderr)}",
            where=str(key),
            hint="is it the right passphrase, or does the agent (SSH_AUTH_SOCK) hold the key?",
        )
    return done.stdout.decode("ascii", errors="replace")


def objection(message: bytes, signature: str, namespace: str, public: bytes, name: str = PROGRAM) -> str | None:
    """Why `signature` is not one of `message` by the key with the bytes `public`; None if it is. Nothing but exit code 0 means that it is.

    Who may sign when and for what is not asked here: `signatures.verify` knows ``allowed_signers``. Raises KeygenMissingError.
    """
    program = _found(name)
    with tempfile.TemporaryDirectory(prefix="mlops-infra-") as folder:
        allowed, signed = Path(folder) / "allowed_signers", Path(folder) / "signature"
        allowed.write_text(f"{_SIGNER} {type_of(public)} {base64.b64encode(public).decode()}\n", encoding="ascii")
        signed.write_text(signature, encoding="ascii")
        command = [program, "-Y", "verify", "-f", str(allowed), "-I", _SIGNER, "-n", namespace, "-s", str(signed)]
        try:
            done = _run(command, message, VERIFY_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            return type(error).__name__
    return (_last_line(done.stderr) or f"exit code {done.returncode}") if done.returncode else None


def _found(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise KeygenMissingError("there is no ssh-keygen on this machine", hint="install OpenSSH's client")
    return program


def _run(command: Sequence[str], message: bytes, seconds: float) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=message, capture_output=True, timeout=seconds, check=False)


def _last_line(told: bytes) -> str:
    return " ".join(told.decode(errors="replace").strip().splitlines()[-1:])[:200]
