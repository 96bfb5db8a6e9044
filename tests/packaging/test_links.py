"""Pages: every relative link leads somewhere, and every page can be reached from the README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
START = ROOT / "README.md"
PAGES = (START, ROOT / "policies" / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@cache
def tokens(page: Path) -> tuple[Token, ...]:
    return tuple(MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")))


@cache
def anchors(page: Path) -> frozenset[str]:
    """What GitHub calls the headings of a page: lower case, without punctuation, numbered where one comes again."""
    found: dict[str, int] = {}
    names = set()
    for opening, inline in zip(tokens(page), tokens(page)[1:], strict=False):
        if opening.type == "heading_open":
            text = "".join(child.content for child in inline.children or () if child.type in {"text", "code_inline"})
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            again = found[slug] = found.get(slug, -1) + 1
            names.add(f"{slug}-{again}" if again else slug)
    return frozenset(names)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Where the relative links and images of a page lead: a path, and an anchor or nothing."""
    for token in tokens(page):
        for child in token.children or ():
            address = urlsplit(str(child.attrGet("href") or child.attrGet("src") or ""))
            if not address.scheme and not address.netloc and (address.path or address.fragment):
                yield (page.parent / unquote(address.path)).resolve() if address.path else page, address.fragment


def dead(page: Path) -> Iterator[str]:
    for target, anchor in links(page):
        name = f"{page.relative_to(ROOT)} → {target}"
        if not target.is_relative_to(ROOT) or not target.exists():
            yield name
        elif anchor and not (target.suffix == ".md" and anchor in anchors(target)):
            yield f"{name}#{anchor}"


def test_every_relative_link_leads_somewhere() -> None:
    assert len(PAGES) > 20
    assert [link for page in PAGES for link in dead(page)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    left = [START]
    while left:
        page = left.pop()
        if page not in reached and page.suffix == ".md" and page.is_file():
            reached.add(page)
            left += [target / "README.md" if target.is_dir() else target for target, _ in links(page)]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []
