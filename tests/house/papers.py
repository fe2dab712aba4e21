"""Papers that have a form: change fragments, decision records, dependency locks."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from tests.house.tree import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = ("fragment", "decision", "lock")
FRAGMENT = re.compile(r"(?:\d+|\+[a-z0-9-]+)\.(?:added|changed|fixed|removed|security)\.md")
HEADINGS = ["Context", "Decision", "Consequences", "What would change our mind"]
DECISIONS = "docs/decisions"


def malformed_fragments(root: Path) -> Iterator[Finding]:
    """Change fragments that towncrier would leave out, or that say nothing to a user."""
    for path in sorted((root / "changes").iterdir()):
        place = path.relative_to(root).as_posix()
        if path.name in {"README.md", ".gitignore"}:
            continue
        if not FRAGMENT.fullmatch(path.name):
            yield Finding("fragment", place, "is not named ISSUE.kind.md or +slug.kind.md")
        elif not path.read_text(encoding="utf-8").strip().endswith("."):
            yield Finding("fragment", place, "is not made of sentences")


def malformed_decisions(root: Path) -> Iterator[Finding]:
    """Decision records that are misnumbered, or lack one of the four headings."""
    paths = [path for path in sorted((root / DECISIONS).glob("*.md")) if path.stem != "index"]
    for expected, path in enumerate(paths, start=1):
        place = path.relative_to(root).as_posix()
        if not re.fullmatch(rf"{expected:04d}-[a-z0-9-]+", path.stem):
            yield Finding("decision", place, f"should be {expected:04d}-title-in-words.md")
        text = path.read_text(encoding="utf-8")
        if not text.startswith(f"# {path.stem[:4]} "):
            yield Finding("decision", place, f"its title should begin `# {path.stem[:4]} `")
        headings = re.findall(r"(?m)^## (.+)$", text)
        if headings != HEADINGS:
            yield Finding("decision", place, f"its headings should be: {', '.join(HEADINGS)}")


def stale_locks(root: Path) -> Iterator[Finding]:
    """Requirements that their lock does not answer, and pins without a hash."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"run": list(project["dependencies"])}
    wanted["dev"] = [*wanted["run"], *project["optional-dependencies"].get("fast", ())]
    for path in sorted((root / "requirements").glob("*.in")):
        wanted[path.stem] = [*wanted.get(path.stem, ()), *asked(path)]
    for name, requirements in wanted.items():
        place = f"requirements/{name}.txt"
        pins = pinned((root / place).read_text(encoding="utf-8"))
        for pin, hashes in pins.values():
            if not hashes:
                yield Finding("lock", place, f"{pin} has no hash")
        for requirement in requirements:
            if not answered(requirement, pins):
                yield Finding("lock", place, f"does not hold {requirement}: sh tools/lock.sh")


def asked(path: Path) -> list[str]:
    """The requirements of an .in file."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def pinned(text: str) -> dict[str, tuple[str, int]]:
    """The pins of a lock: name to version and number of hashes."""
    pins = {}
    for block in re.split(r"(?m)^(?=[a-zA-Z0-9])", text):
        if found := re.match(r"([\w.-]+)(?:\[[\w, -]+\])?==([^\s;\\]+)", block):
            pins[_plain(found[1])] = (found[2], block.count("--hash=sha256:"))
    return pins


def answered(wanted: str, pins: dict[str, tuple[str, int]]) -> bool:
    """Whether a lock holds a version that a requirement allows."""
    requirement = Requirement(wanted)
    pin = pins.get(_plain(requirement.name))
    return pin is not None and requirement.specifier.contains(pin[0], prereleases=True)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
