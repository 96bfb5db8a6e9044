from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from fake_toolchain import put, script

from mlops_infra.errors import ExitCode, UsageError
from mlops_infra.toolchain import MANIFEST, Places, inspect, locate

OPA = MANIFEST["opa"]


def cached(places: Places) -> Path:
    return put(places.installed("opa", OPA.version).parent, "opa", script(OPA))


def on_path(places: Places, version: str) -> Path:
    return put(Path(places.path), "opa", script(OPA, version))


def with_setting(places: Places, path: Path | str) -> Places:
    return replace(places, environment={**places.environment, "MLOPS_INFRA_OPA": str(path)})


def test_nothing_is_found_where_nothing_is(toolchain_places: Places) -> None:
    assert locate("opa", toolchain_places) is None


def test_a_setting_comes_before_path_and_path_before_the_cache(toolchain_places: Places, tmp_path: Path) -> None:
    cached(toolchain_places)
    found = locate("opa", toolchain_places)
    assert found is not None
    assert (found.source, found.version) == ("cache", OPA.version)

    path = on_path(toolchain_places, "1.23.0")
    found = locate("opa", toolchain_places)
    assert found is not None
    assert (found.source, found.version, found.path) == ("path", "1.23.0", path)

    chosen = put(tmp_path / "mine", "my-opa", script(OPA, "1.21.3"))
    found = locate("opa", with_setting(toolchain_places, chosen))
    assert found is not None
    assert (found.source, found.version, found.path) == ("setting", "1.21.3", chosen)


@pytest.mark.parametrize("version", ["1.21.2", "2.0.0", "nonsense"])
def test_a_program_on_path_of_another_version_is_passed_over(toolchain_places: Places, version: str) -> None:
    on_path(toolchain_places, version)
    assert locate("opa", toolchain_places) is None
    cached(toolchain_places)
    found = locate("opa", toolchain_places)
    assert found is not None
    assert found.source == "cache"


def test_the_first_compatible_program_of_path_wins(toolchain_places: Places, tmp_path: Path) -> None:
    on_path(toolchain_places, "0.60.0")
    second = put(tmp_path / "second", "opa", script(OPA, "1.22.0"))
    places = replace(toolchain_places, path=os.pathsep.join([toolchain_places.path, "", str(tmp_path / "second")]))
    found = locate("opa", places)
    assert found is not None
    assert found.path == second


def test_a_setting_whose_program_will_not_do_is_an_error(toolchain_places: Places, tmp_path: Path) -> None:
    cached(toolchain_places)
    for path, reason in [
        (tmp_path / "nothing", "no such file"),
        (put(tmp_path, "old", script(OPA, "1.0.0")), "1.0.0 is too old, 1.21.3 to below 2.0.0 is needed"),
        (put(tmp_path, "broken", "nonsense"), "does not tell its version"),
    ]:
        with pytest.raises(UsageError, match="MLOPS_INFRA_OPA names a program that will not do") as caught:
            locate("opa", with_setting(toolchain_places, path))
        assert reason in caught.value.what
        assert caught.value.where == str(path)
        assert caught.value.exit_code is ExitCode.BAD_USAGE


def test_an_unknown_program_is_an_error_that_names_the_known_ones(toolchain_places: Places) -> None:
    with pytest.raises(UsageError, match="no program 'helm'") as caught:
        locate("helm", toolchain_places)
    assert "kube-apiserver" in str(caught.value.hint)


def test_inspect_tells_of_every_program_and_how_to_mend_it(toolchain_places: Places, tmp_path: Path) -> None:
    on_path(toolchain_places, "1.0.0")
    put(Path(toolchain_places.path), "etcd", script(MANIFEST["etcd"]))
    put(Path(toolchain_places.path), "kubectl", "nonsense")
    environment = {**toolchain_places.environment, "MLOPS_INFRA_KWOK": str(tmp_path / "nothing")}
    seen = {row.name: row for row in inspect(replace(toolchain_places, environment=environment))}

    assert list(seen) == list(MANIFEST)
    assert (seen["etcd"].verdict, seen["etcd"].hint) == ("ok", "")
    assert seen["opa"].verdict == "too old"
    assert seen["opa"].found is not None
    assert seen["opa"].found.version == "1.0.0"
    assert seen["opa"].hint == "run `mlops-infra setup --only opa`"
    assert seen["kubectl"].verdict == "broken"
    assert (seen["pulumi"].verdict, seen["pulumi"].found, seen["pulumi"].optional) == ("missing", None, False)
    assert (seen["kwok"].verdict, seen["kwok"].optional) == ("missing", False)
    assert "MLOPS_INFRA_KWOK" in seen["kwok"].hint
    assert seen["alertmanager"].optional


def test_inspect_prefers_one_that_will_do(toolchain_places: Places) -> None:
    on_path(toolchain_places, "1.0.0")
    cached(toolchain_places)
    seen = {row.name: row for row in inspect(toolchain_places)}
    assert seen["opa"].verdict == "ok"
    assert seen["opa"].found is not None
    assert seen["opa"].found.source == "cache"
