"""Official releases: fetch one, verify it against its publisher's checksum, take the program out of it.

Two ways to fail, kept apart on purpose. `UnavailableError`: nothing was got (host unreachable, no answer in time, no such
file), so another way may be tried. `OperationError`: something was got that is not what its publisher published (wrong
checksum, cut short), and going on quietly would hide an attack or a broken mirror.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from mlops_infra.errors import OperationError
from mlops_infra.toolchain.manifest import Release, Tool
from mlops_infra.toolchain.places import Places

_CHUNK = 1 << 18
_MANIFEST_LIMIT = 1 << 20  # bytes of a checksum file; the largest of ours has 8 kB
_DIGEST_LINE = re.compile(r"^([0-9a-fA-F]{64})(?:\s+\*?(\S+))?\s*$")


class UnavailableError(Exception):
    """A release could not be had, for the reason given; not an error while there is another way."""


class Releases:
    """Fetches releases. Remembers hosts that did not answer, so that ten programs wait once and not ten times."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._silent: dict[str, str] = {}

    def fetch(self, tool: Tool, folder: Path) -> Path:
        """Download the official release of a program and verify it.

        Arguments: `tool` what to fetch; `folder` an existing empty folder to work in.
        Result: the executable program inside of `folder`.
        Raises: `UnavailableError` when it cannot be had; `OperationError` when what came is not what was published.
        """
        release = tool.release
        if release is None:
            raise UnavailableError("its publisher publishes no checksums, so no release can be verified")
        arch = release.arch.get(self._places.architecture)
        if self._places.system != "linux" or arch is None:
            raise UnavailableError(f"there is no release for {self._places.system}/{self._places.architecture}")
        address = self._address(release.address.format(version=tool.version, arch=arch))
        expected = self._expected(tool, release, address, arch)
        archive = folder / "release"
        digest = self._download(address, archive)
        if digest != expected:
            raise OperationError(
                f"the release of {tool.name} {tool.version} does not have its publisher's checksum: "
                f"SHA-256 {digest} came, {expected} was published",
                where=address,
                hint="do not use it; if your network rewrites downloads, run `mlops-infra setup --from source`",
            )
        program = folder / tool.name
        if release.member is None:
            archive.replace(program)
        else:
            _extract(archive, release.member.format(version=tool.version, arch=arch), program, address)
        program.chmod(0o755)
        return program

    def _address(self, official: str) -> str:
        mirror = self._places.mirror
        return official if mirror is None else f"{mirror.rstrip('/')}/{official.removeprefix('https://')}"

    def _expected(self, tool: Tool, release: Release, address: str, arch: str) -> str:
        pinned = release.sha256.get(self._places.architecture)
        if pinned is not None:
            return pinned.lower()
        listing = self._address(release.checksums.format(version=tool.version, arch=arch))
        name = address.rsplit("/", 1)[1]
        for line in self._text(listing).splitlines():
            match = _DIGEST_LINE.match(line.strip())
            if match and match.group(2) in (None, name):
                return match.group(1).lower()
        raise UnavailableError(f"{listing} lists no checksum for {name}")

    def _text(self, address: str) -> str:
        content = bytearray()
        with self._stream(address) as response:
            for chunk in response.iter_bytes(_CHUNK):
                content += chunk
                if len(content) > _MANIFEST_LIMIT:
                    raise UnavailableError(f"{address} is no checksum file")
        return content.decode("utf-8", "replace")

    def _download(self, address: str, target: Path) -> str:
        digest = hashlib.sha256()
        deadline = time.monotonic() + self._places.timeouts.download
        with self._stream(address) as response, target.open("wb") as stream:
            for chunk in response.iter_raw(_CHUNK):
                digest.update(chunk)
                stream.write(chunk)
                if time.monotonic() > deadline:
                    raise UnavailableError(f"{address} did not come within {self._places.timeouts.download:.0f} s")
        return digest.hexdigest()

    @contextmanager
    def _stream(self, address: str) -> Iterator[httpx.Response]:
        host = httpx.URL(address).host
        if host in self._silent:
            raise UnavailableError(self._silent[host])
        limits = self._places.timeouts
        timeout = httpx.Timeout(limits.read, connect=limits.connect)
        # As the checksum is over the bytes as published, the server must not compress them once more.
        headers = {"Accept-Encoding": "identity", "User-Agent": "mlops-infra"}
        started = False
        try:
            with (
                httpx.Client(timeout=timeout, headers=headers, follow_redirects=True, event_hooks=_ONLY_SAFE) as client,
                client.stream("GET", address) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise UnavailableError(f"{address} answered {response.status_code}")
                started = True
                yield response
        except (httpx.ConnectError, httpx.TimeoutException) as error:
            self._silent[host] = f"{host} does not answer ({type(error).__name__})"
            raise UnavailableError(self._silent[host]) from error
        except httpx.HTTPError as error:
            if not started:
                raise UnavailableError(f"{address} cannot be fetched ({type(error).__name__})") from error
            raise OperationError(
                f"a download was cut short ({type(error).__name__})",
                where=address,
                hint="run the command again; `mlops-infra setup --from source` builds the program instead",
            ) from error


def _refuse_downgrade(response: httpx.Response) -> None:
    following = response.next_request
    if following is not None and response.url.scheme == "https" and following.url.scheme != "https":
        raise UnavailableError(f"{response.url} leads to an address without TLS")


_ONLY_SAFE = {"response": [_refuse_downgrade]}


def _extract(archive: Path, member: str, target: Path, address: str) -> None:
    try:
        with tarfile.open(archive) as tar:
            content = tar.extractfile(member)
            if content is None:
                raise KeyError(member)
            with content, target.open("wb") as stream:
                shutil.copyfileobj(content, stream)
    except (KeyError, tarfile.TarError, EOFError) as error:
        raise OperationError(
            f"the release has no program {member}",
            where=address,
            hint="run `mlops-infra setup --from source`, and report that the manifest's address is wrong",
        ) from error
    archive.unlink()
