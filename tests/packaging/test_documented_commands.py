"""Pages name commands and options that there are: those of the generated reference, which a test of its own keeps current."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference" / "cli.md"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "decisions").glob("*.md")))
GLOBAL = frozenset({"--help", "--version"})


def reference() -> dict[str, frozenset[str]]:
    """The options of every command, by its name."""
    head, *sections = re.split(r"^## mlops-infra ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shared = GLOBAL | options(head)
    return {section.partition("\n")[0].strip(): shared | options(section) for section in sections}


def options(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def calls(page: Path) -> Iterator[str]:
    """What follows the tool's name in the code of a page, up to the end of the command; comments are no code."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        inside = [child.content for child in token.children or () if child.type == "code_inline"]
        for code in [token.content] if token.type == "fence" else inside:
            without = re.sub(r"(^|\s)#.*$", "", code, flags=re.MULTILINE)
            yield from re.findall(r"(?<![\w/.-])(?:\.venv/bin/)?mlops-infra +([a-z][^\n;`&)]*)", without)


def known(call: str, commands: dict[str, frozenset[str]]) -> bool:
    words = re.match(r"([a-z-]+)(?: ([a-z-]+))?", call)
    name = next((name for name in (words[0], words[1]) if name in commands), None) if words else None
    return name is not None and not options(call) - commands[name]


def test_every_named_command_and_option_is_there() -> None:
    commands = reference()
    assert known("audit verify --bucket", commands)
    assert not known("audit verify --buckets", commands)
    assert not known("audits verify", commands)
    named = [(page.name, call) for page in PAGES for call in calls(page)]
    assert len(named) > 50
    assert [found for found in named if not known(found[1], commands)] == []
