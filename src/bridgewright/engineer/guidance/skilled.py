"""Skills: those of a project, those of ours, and what a skill says."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.definition import frontmatter
from bridgewright.engineer.guidance import within
from bridgewright.engineer.guidance.visible import visible
from bridgewright.engineer.guidance.words import Skill
from bridgewright.engineer.pack.contents import SKILLS
from bridgewright.engineer.skills.reading import FILE, held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.engineer.encoded import Encoded

PLACES = (".opencode/skill", ".opencode/skills", ".agents/skills", ".claude/skills")
"""Where a project has its skills; of two of one name the first is taken."""
MOST_SKILLS = 100
MOST_CHARS = 40_000
"""Characters of one file of a skill: a body has fewer than five hundred lines."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The skills of a project, and why others of it are left out."""

    skills: tuple[Skill, ...] = ()
    remarks: tuple[str, ...] = ()


def skills(root: Path) -> tuple[Skill, ...]:
    """Those of a project that keep to the specification, each name once."""
    return surveyed(root).skills


def surveyed(root: Path) -> Surveyed:
    """The same, and what is to be said of the others. Nothing is raised."""
    found: dict[str, tuple[Skill, str]] = {}
    places = folders(root)
    remarks = list(places.remarks)
    for folder in places.files[:MOST_SKILLS]:
        place = f"{folder}/{FILE}"
        try:
            inside = within.real(root, folder, place)
            content = within.content(inside, FILE, place)
            skill, hidden = _read(content, folder.rpartition("/")[2], inside, place)
        except ConfigurationError as error:
            remarks.append(str(error))
            continue
        first, text = found.setdefault(skill.name, (skill, content.text))
        if text != content.text:
            remarks.append(f"{place}: is left out: {first.place} has this name, and another text")
        if hidden and first is skill:
            remarks.append(f"{place}: {hidden} hidden characters were taken out of its description")
    if len(places.files) > MOST_SKILLS:
        remarks.append(f"{places.files[MOST_SKILLS]}: is left out: {MOST_SKILLS} are the most")
    return Surveyed(tuple(skill for skill, _ in found.values()), tuple(remarks))


def folders(root: Path) -> within.Walked:
    """The folders of a project that have a `SKILL.md`, good or not, as paths below it."""
    walks = [within.walked(root, place) for place in PLACES]
    files = [each.rpartition("/") for walk in walks for each in walk.files]
    found = tuple(folder for folder, _, name in files if name == FILE)
    return within.Walked(found, tuple(remark for walk in walks for remark in walk.remarks))


def ours(beside: Iterable[Skill] = ()) -> tuple[Skill, ...]:
    """The skills of our pack, without those that a project has by the same name: its own come first."""
    taken = {each.name for each in beside}
    folder = Path(str(files("bridgewright.engineer.pack") / "files" / "skills"))
    found = [
        _read(within.content(folder / name, FILE), name, folder / name, f"our {name}/{FILE}")[0]
        for name in SKILLS
        if name not in taken
    ]
    return tuple(found)


def _read(content: Encoded, called: str, folder: Path, place: str) -> tuple[Skill, int]:
    """A skill, and how many hidden characters its description had."""
    wrong = held(content, called, place)
    if wrong:
        raise ConfigurationError(f"is left out: {wrong[0].what}", place=place)
    head, _ = frontmatter.split(content.lines(), place)
    told, hidden = visible(str(head["description"]))
    return Skill(str(head["name"]), " ".join(told.split()), folder, place), hidden


def skill_text(skill: Skill, file: str = FILE, most_chars: int = MOST_CHARS) -> str:
    """What a skill says: its body, or another file of its folder (`references/…`, `scripts/…`). What was cut
    or taken out is said at its end, within the bound. `ConfigurationError` when there is no such text."""
    content = within.content(skill.folder, file, f"{skill.name}/{file}")
    lines = content.lines()
    if file == FILE:
        lines = lines[frontmatter.split(lines, skill.place)[1] :]
    text, hidden = visible("\n".join(lines).strip("\n"))
    end = f"\n[{hidden} hidden characters were taken out]" if hidden else ""
    if len(text) + len(end) > most_chars:
        end = f"\n[… cut: the file has {len(text)} characters …]{end}"
    return f"{text[: max(0, most_chars - len(end))]}{end}"[: max(0, most_chars)]
