"""Snapshots of moto's state, so that a start replays only what came after.

A snapshot is a cache of the journal, never the only copy: it names the versions that wrote it, and where it is damaged, of another
version, or cannot be made, the journal is replayed from its beginning. It is read only from the project's own folder (0700), file 0600.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import io
import os
import pickle
import platform
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

_VERSIONS: Final = f"1 moto {importlib.metadata.version('moto')} python {platform.python_version()}".encode()
_DEPTH: Final = 100_000
"""Depth of nested objects that a snapshot may have; moto's resources point at each other."""
_STACK: Final = 512 * 1024 * 1024
"""Bytes of (virtual) stack for that depth."""

_LOCKS: Final = (type(threading.Lock()), type(threading.RLock()))


class Snapshots:
    """The one snapshot file of a state, made in place of the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> tuple[int, list[tuple[str, str]]]:
        """Put the saved state into moto. Returns the number of the last request in it and what had been lost by then (account, text);
        (0, []) where there is no usable snapshot."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return 0, []
        digest, (versions, _, payload) = data[:32], data[32:].partition(b"\n")
        if hashlib.sha256(versions + b"\n" + payload).digest() != digest or versions != _VERSIONS:
            return 0, []
        number, lost, state = _deeply(lambda: pickle.loads(payload))  # noqa: S301 written by ourselves, see the module's text
        _install(state)
        return number, lost

    def save(self, number: int, lost: list[tuple[str, str]]) -> bool:
        """Save moto's state after request `number`. False, with a line on stderr, where something in it cannot be saved; the snapshot
        before, which is still right, stays."""
        try:
            payload = _deeply(lambda: _dumped((number, lost, _collect())))
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
            print(f"no snapshot: {error}", file=sys.stderr, flush=True)
            return False
        content = _VERSIONS + b"\n" + payload
        aside = self._path.with_suffix(".new")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)
        return True

    def forget(self, account: str) -> None:
        """Remove an account from moto, and the snapshot that knows it."""
        from moto.s3.models import s3_backends  # noqa: PLC0415 only the AWS process loads moto

        for backends in _backends().values():
            # Not `reset`: S3's would dispose of the objects of all accounts.
            backends.pop(account, None)
        owners = s3_backends.bucket_accounts
        for bucket in [name for name, (_, owner) in owners.items() if owner == account]:
            del owners[bucket]
        self._path.unlink(missing_ok=True)


class _Pickler(pickle.Pickler):
    """Pickles what moto's backends hold: locks become new ones, private keys PEM, registries their service's name, and dictionaries with
    a mind of their own (S3's object versions, whose `items` shows only the newest) their real content."""

    def reducer_override(self, obj: Any) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415
        from moto.core.base_backend import BackendDict  # noqa: PLC0415

        if isinstance(obj, BackendDict):
            return _registry, (obj.service_name,)
        if isinstance(obj, dict) and _has_own_access(type(obj)):
            return _empty, (type(obj),), (list(dict.items(obj)), vars(obj)), None, None, _fill
        if isinstance(obj, _LOCKS):
            return (threading.Lock if isinstance(obj, _LOCKS[0]) else threading.RLock, ())
        if isinstance(obj, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
            return _private_key, (_pem(obj),)
        return NotImplemented


def _has_own_access(kind: type) -> bool:
    """Whether a kind of dictionary shows or stores its items in a way of its own."""
    return any(
        inspect.isfunction(getattr(kind, name, None)) for name in ("__iter__", "__getitem__", "__setitem__", "items")
    )


def _empty(kind: type[dict[Any, Any]]) -> dict[Any, Any]:
    return kind.__new__(kind)


def _fill(target: dict[Any, Any], state: tuple[list[tuple[Any, Any]], dict[str, Any]]) -> None:
    items, attributes = state
    vars(target).update(attributes)
    for key, value in items:
        dict.__setitem__(target, key, value)


def _registry(service: str) -> Any:
    from moto import backends as registry  # noqa: PLC0415

    return registry.get_backend(service)  # type: ignore[call-overload]


def _pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


def _private_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    return serialization.load_pem_private_key(pem, None)


def _dumped(value: Any) -> bytes:
    target = io.BytesIO()
    _Pickler(target, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return target.getvalue()


def _in_use() -> list[Any]:
    """moto's own list of the backends in use; there is no public one."""
    from moto.core import base_backend  # noqa: PLC0415

    holder: Any = base_backend.BackendDict
    instances: list[Any] = holder._instances
    return instances


def _backends() -> dict[str, Any]:
    """moto's backends in use, by service."""
    return {backends.service_name: backends for backends in _in_use()}


def _collect() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """By service: its accounts, and what the service keeps beside them (who owns which bucket)."""
    return {name: (dict(backends), dict(vars(backends))) for name, backends in _backends().items()}


def _install(state: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for service, (accounts, beside) in state.items():
        backends = _registry(service)
        backends.update(accounts)
        vars(backends).update(beside)
        if backends not in _in_use():
            _in_use().append(backends)


def _deeply(work: Callable[[], Any]) -> Any:
    """Run in a thread whose stack is deep enough for nested objects; pickle recurses."""
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001 raised again in the caller's thread
            failure.append(error)

    before, limit = threading.stack_size(_STACK), sys.getrecursionlimit()
    sys.setrecursionlimit(_DEPTH)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
        sys.setrecursionlimit(limit)
    if failure:
        raise failure[0]
    return outcome[0]
