"""The Python in README and docs: every block of a page, in its order, is one program that must run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.house.tree import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = ("block", "link")
FENCE = re.compile(r"^( *)(`{3,}|~{3,}|:{3,}) *(.*)$")
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(?:#[^)\s]*)?\)")
SPELLINGS = re.compile(
    r"(?i)^\{?(?:code-block\}|code\}|sourcecode\})? *(python|py|python3|pycon|ipython)\b"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: what it is tagged with, its lines, and the line its first one stands on."""

    tag: str
    lines: tuple[str, ...]
    at: int


def pages(root: Path) -> list[Path]:
    """The pages that people read."""
    found = [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").rglob("*.md")]
    return sorted(path for path in found if path.exists() and "_build" not in path.parts)


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page."""
    opened, tag, lines, at = "", "", [], 0
    for number, line in enumerate(text.splitlines(), start=1):
        fence = FENCE.match(line)
        if opened:
            if fence and fence[2].startswith(opened) and not fence[3]:
                yield Block(tag, tuple(lines), at)
                opened = ""
            else:
                lines.append(line)
        elif fence and not fence[2].startswith(":"):
            opened, tag, lines, at = fence[2], fence[3].strip(), [], number + 1


def program(text: str) -> str:
    """The Python blocks of a page as one program, in which every line keeps its number."""
    lines = [""] * len(text.splitlines())
    for block in blocks(text):
        if block.tag == "python":
            lines[block.at - 1 : block.at - 1 + len(block.lines)] = block.lines
    return "\n".join(lines) + "\n"


def unrun(root: Path) -> Iterator[Finding]:
    """Blocks of Python that are tagged so that nobody runs them."""
    for path in pages(root):
        for block in blocks(path.read_text(encoding="utf-8")):
            if block.tag != "python" and SPELLINGS.match(block.tag):
                place = f"{path.relative_to(root).as_posix()}:{block.at}"
                yield Finding(
                    "block", place, f"is tagged {block.tag!r}: tag it `python`, and it is run"
                )


def dead_links(root: Path) -> Iterator[Finding]:
    """Links in pages that lead to no file. Sphinx sees those inside docs; people also read the rest."""
    others = (root / "changes" / "README.md", *(root / "src").rglob("README.md"))
    for path in (*pages(root), *(other for other in others if other.exists())):
        for link in LINK.findall(path.read_text(encoding="utf-8")):
            if not (path.parent / link).exists():
                yield Finding(
                    "link", path.relative_to(root).as_posix(), f"leads to no file: {link}"
                )
