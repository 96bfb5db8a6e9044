"""promote --git: a branch with one commit, and the text of a pull request; the working tree and what is staged stay as they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from promotion_world import SOURCE, TARGET, PromotionWorld, image

from mlops_infra.errors import UsageError
from mlops_infra.promotion import git


def run(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_outside_of_a_repository_it_says_so(project: PromotionWorld, tmp_path: Path) -> None:
    project.ready()
    with pytest.raises(UsageError, match="is no git repository"):
        git.propose(project.context(), project.rooms, SOURCE, TARGET)


@pytest.fixture
def root(project: PromotionWorld, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository around the project, in which somebody has a name."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
    project.ready()
    root = project.world.project.root
    run(root, "init", "-q")
    run(root, "add", "stacks")
    run(root, "commit", "-q", "-m", "start")
    return root


def test_proposed_again_the_branch_moves_unless_somebody_added_to_it(project: PromotionWorld, root: Path) -> None:
    first = git.propose(project.context(), project.rooms, SOURCE, TARGET)
    (root / "more.txt").write_text("more")
    run(root, "add", "more.txt")
    run(root, "commit", "-q", "-m", "more")
    again = git.propose(project.context(), project.rooms, SOURCE, TARGET)
    assert again.branch == first.branch
    assert run(root, "rev-parse", f"{again.branch}^") == run(root, "rev-parse", "HEAD")
    theirs = run(root, "commit-tree", f"{again.branch}^{{tree}}", "-p", again.branch, "-m", "their own").strip()
    run(root, "branch", "--force", again.branch, theirs)
    with pytest.raises(UsageError, match="holds commits that are not of a promotion") as refused:
        git.propose(project.context(), project.rooms, SOURCE, TARGET)
    assert refused.value.where == again.branch
    assert run(root, "rev-parse", again.branch).strip() == theirs


def test_a_branch_holds_the_edited_file(project: PromotionWorld, root: Path) -> None:
    (root / "stacks" / "notes.txt").write_text("staged")
    run(root, "add", "stacks/notes.txt")
    before = run(root, "status", "--porcelain", "stacks/prod.yaml", "stacks/notes.txt")
    made = git.propose(project.context(), project.rooms, SOURCE, TARGET)
    assert run(root, "diff", "--name-only", f"HEAD..{made.branch}").split()[-1] == "stacks/releases/status.yaml"
    assert image(2) in run(root, "show", f"{made.branch}:stacks/prod.yaml")
    assert made.commit == run(root, "rev-parse", made.branch).strip()
    assert run(root, "status", "--porcelain", "stacks/prod.yaml", "stacks/notes.txt") == before
    assert "| approvals | fail | approve" in made.body
    assert project.deployed() == image(1)
    assert project.journal is None
