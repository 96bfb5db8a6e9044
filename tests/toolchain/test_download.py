from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from fake_toolchain import FakeGo, Heard, ReleaseServer, Reply, script

from mlops_infra.errors import OperationError
from mlops_infra.toolchain import MANIFEST, Places, Tool, ensure, locate

OPA = MANIFEST["opa"]  # its release is the program itself
ETCD = MANIFEST["etcd"]  # its release is an archive, its checksums one file for all
RELEASED = [tool for tool in MANIFEST.values() if tool.release is not None]


def leftovers(places: Places) -> list[Path]:
    return list(places.work.iterdir())


@pytest.mark.parametrize("tool", RELEASED, ids=[tool.name for tool in RELEASED])
def test_a_good_release_is_installed(tool: Tool, mirrored: Places, release_server: ReleaseServer) -> None:
    release_server.publish(tool)
    program = ensure([tool.name], how="release", places=mirrored)[tool.name]

    assert (program.source, program.version) == ("release", tool.version)
    assert program.path == mirrored.installed(tool.name, tool.version)
    assert program.path.read_text() == script(tool)
    assert leftovers(mirrored) == []
    again = ensure([tool.name], how="release", places=mirrored)[tool.name]
    assert again.source == "cache"
    assert len(release_server.requests) == 2  # once its checksums, once the release


def test_a_release_behind_a_redirect_is_installed(mirrored: Places, release_server: ReleaseServer) -> None:
    address = release_server.publish(OPA)
    release_server.replies["/elsewhere"] = release_server.replies[address]
    release_server.replies[address] = Reply(location="/elsewhere")
    assert ensure(["opa"], how="release", places=mirrored)["opa"].source == "release"


@pytest.mark.parametrize("tool", [OPA, ETCD], ids=["program", "archive"])
def test_a_release_with_another_checksum_is_fatal(
    tool: Tool, mirrored: Places, release_server: ReleaseServer, fake_go: FakeGo
) -> None:
    address = release_server.publish(tool)
    release_server.replies[address] = Reply(release_server.replies[address].body + b"!")

    with pytest.raises(OperationError, match="does not have its publisher's checksum") as caught:
        ensure([tool.name], places=mirrored)
    assert str(caught.value.where).endswith(address)
    assert locate(tool.name, mirrored) is None
    assert leftovers(mirrored) == []
    assert fake_go.calls("build") == []


@pytest.mark.parametrize("tool", [OPA, ETCD], ids=["program", "archive"])
def test_a_release_that_is_cut_short_is_fatal(
    tool: Tool, mirrored: Places, release_server: ReleaseServer, fake_go: FakeGo
) -> None:
    release_server.replies[release_server.publish(tool)].cut = True

    with pytest.raises(OperationError, match="cut short"):
        ensure([tool.name], places=mirrored)
    assert locate(tool.name, mirrored) is None
    assert leftovers(mirrored) == []
    assert fake_go.calls("build") == []


def test_a_release_that_is_not_there_is_built_instead(
    mirrored: Places, release_server: ReleaseServer, fake_go: FakeGo, heard: Heard
) -> None:
    assert ensure(["opa"], progress=heard, places=mirrored)["opa"].source == "source"
    assert any("answered 404" in step.text for step in heard.steps)


def test_a_release_without_checksums_is_not_used(
    mirrored: Places, release_server: ReleaseServer, fake_go: FakeGo
) -> None:
    release_server.publish(OPA)
    _, checksums = release_server.paths(OPA)
    release_server.replies[checksums] = Reply(b"<html>sign in to this network</html>")
    assert ensure(["opa"], places=mirrored)["opa"].source == "source"
    assert release_server.requests == [checksums]


def test_a_host_that_hangs_is_waited_for_once(
    impatient: Places, release_server: ReleaseServer, fake_go: FakeGo
) -> None:
    names = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"]
    for name in names:
        address = release_server.publish(MANIFEST[name])
        release_server.replies[address + ".sha256"] = Reply(hangs=True)

    programs = ensure(names, places=impatient)
    assert {program.source for program in programs.values()} == {"source"}
    assert len(release_server.requests) == 1


def test_a_release_that_stops_coming_is_built_instead(
    impatient: Places, release_server: ReleaseServer, fake_go: FakeGo
) -> None:
    release_server.replies[release_server.publish(OPA)].hangs = True
    assert ensure(["opa"], places=impatient)["opa"].source == "source"


def test_an_unreachable_host_is_no_error(toolchain_places: Places, fake_go: FakeGo) -> None:
    assert ensure(["opa", "etcd"], places=toolchain_places)["etcd"].source == "source"


def test_only_a_release_was_asked_for_and_there_is_none(toolchain_places: Places, fake_go: FakeGo) -> None:
    with pytest.raises(OperationError, match=r"no release could be had of opa: 127\.0\.0\.1 does not answer") as caught:
        ensure(["opa"], how="release", places=toolchain_places)
    assert "--from release" in str(caught.value.hint)
    assert fake_go.calls("build") == []


def test_kwok_publishes_no_checksums_and_so_no_release_is_used(toolchain_places: Places) -> None:
    with pytest.raises(OperationError, match="publishes no checksums"):
        ensure(["kwok"], how="release", places=toolchain_places)


def test_there_is_no_release_for_another_machine(toolchain_places: Places) -> None:
    with pytest.raises(OperationError, match="no release for linux/riscv64"):
        ensure(["opa"], how="release", places=replace(toolchain_places, architecture="riscv64"))


def test_a_release_of_another_version_than_it_says_is_refused(mirrored: Places, release_server: ReleaseServer) -> None:
    release_server.publish(OPA, script(OPA, "1.0.0"))
    with pytest.raises(OperationError, match=r"says that it is version 1\.0\.0, not"):
        ensure(["opa"], how="release", places=mirrored)
    assert locate("opa", mirrored) is None


def test_an_archive_without_the_program_is_an_error(mirrored: Places, release_server: ReleaseServer) -> None:
    address, checksums = release_server.paths(ETCD)
    for body in (b"no archive at all", b""):
        release_server.replies[address] = Reply(body)
        name = address.rsplit("/", 1)[1]
        release_server.replies[checksums] = Reply(f"{hashlib.sha256(body).hexdigest()}  {name}\n".encode())
        with pytest.raises(OperationError, match="the release has no program etcd-v"):
            ensure(["etcd"], how="release", places=mirrored)
        assert leftovers(mirrored) == []


def test_what_a_killed_download_left_is_removed(mirrored: Places, release_server: ReleaseServer) -> None:
    left = mirrored.work / "release-opa-killed"
    left.mkdir(parents=True)
    (left / "release").write_text("half")
    release_server.publish(OPA)
    ensure(["opa"], how="release", places=mirrored)
    assert leftovers(mirrored) == []
