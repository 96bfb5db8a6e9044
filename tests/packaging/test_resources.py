from __future__ import annotations

from mlops_infra.resources import KINDS, data_dir


def test_every_kind_of_package_data_is_found() -> None:
    assert set(KINDS) == {"tools", "policies", "schema", "stacks"}
    for kind in KINDS:
        assert any(data_dir(kind).iterdir())
    assert (data_dir("tools") / "pulumi" / "go.mod").is_file()
    assert (data_dir("stacks") / "base.yaml").is_file()
    assert list(data_dir("schema").glob("*.json"))
