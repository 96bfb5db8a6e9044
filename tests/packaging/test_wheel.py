"""The built wheel works alone: installed into an empty environment, with the checkout out of reach."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def run_installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a program of an environment that has the wheel, and our dependencies but not our checkout."""
    folder = tmp_path_factory.mktemp("installed")
    environment, work = folder / "env", folder / "work"
    work.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, capture_output=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    answer = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    # A folder named in a .pth file is searched, but .pth files in it (such as our editable install's) are not read.
    dependencies = [path for path in site.getsitepackages() if Path(path).is_dir()]
    Path(answer.stdout.strip(), "dependencies.pth").write_text("\n".join(dependencies) + "\n", encoding="utf-8")
    variables = {
        "HOME": str(work),
        "PATH": os.environ["PATH"],
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
    }

    def run(program: str, *arguments: str, cwd: Path = work) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(environment / "bin" / program), *arguments],
            cwd=cwd,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_it_holds_all_that_the_tool_needs_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = "mlops_infra/_data/"
    shipped = [path for kind in ("tools", "policies", "stacks") for path in (ROOT / kind).rglob("*")]
    expected = {
        data + path.relative_to(ROOT).as_posix()
        for path in shipped
        if path.is_file() and not {"__pycache__", ".mlops-infra"} & set(path.parts)
    }
    assert expected <= names
    assert {name for name in names if name.startswith(data)} == expected
    assert "mlops_infra/py.typed" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_the_checkout_is_out_of_reach(run_installed: Run) -> None:
    program = "import mlops_infra, mlops_infra.resources as r; print(mlops_infra.__file__, *map(r.data_dir, r.KINDS))"
    answer = run_installed("python", "-c", program)
    assert answer.returncode == 0, answer.stderr
    assert str(ROOT) not in answer.stdout
    assert answer.stdout.count("_data") == 4


def test_help_is_shown(run_installed: Run) -> None:
    answer = run_installed("mlops-infra", "--help")
    assert answer.returncode == 0, answer.stderr
    assert "config" in answer.stdout


def test_doctor_lists_the_programs(run_installed: Run) -> None:
    answer = run_installed("mlops-infra", "doctor")
    assert answer.returncode in (0, 1), answer.stderr  # 1: a program is missing on this machine
    assert "Traceback" not in answer.stderr
    for name in ("pulumi", "opa", "kube-apiserver"):
        assert name in answer.stdout


def test_config_validate_accepts_the_shipped_stack_files(run_installed: Run, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns(".mlops-infra", "__pycache__"))
    answer = run_installed("mlops-infra", "config", "validate", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr

    with (tmp_path / "stacks" / "dev.yaml").open("a", encoding="utf-8") as stream:
        stream.write("\nno-such-key: 1\n")
    answer = run_installed("mlops-infra", "config", "validate", cwd=tmp_path)
    assert answer.returncode == 2, answer.stdout + answer.stderr
    assert "no-such-key" in answer.stdout + answer.stderr
