"""What `lint` and `explain` have in common: a definition, the rules that hold for it, and where it works."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.definition import reading
from bridgewright.engineer.guidance.skilled import folders
from bridgewright.engineer.permissions.compiling import Surroundings, rules
from bridgewright.engineer.permissions.host import Place
from bridgewright.engineer.permissions.strict import Work

if TYPE_CHECKING:
    from bridgewright.engineer.definition.words import Definition
    from bridgewright.engineer.permissions.words import Rule

PROJECT = "opencode.json"


@dataclass(frozen=True, slots=True)
class Permitted:
    """A definition as it holds in a project. `text` is its file's; `skills` are the folders of the project's
    skills."""

    definition: Definition
    text: str
    rules: tuple[Rule, ...]
    place: Place
    work: Work
    skills: tuple[Path, ...]


def permitted(path: Path | None, root: Path) -> Permitted:
    """Of the definition in a file, or of the project's, or of ours. `ConfigurationError` when it, or the
    project's `opencode.json`, cannot be read: rules that are not known are not guessed."""
    definition = reading.find(root) if path is None else reading.read(path, root)
    skills = _skilled(root)
    return Permitted(
        definition,
        _text(definition.path, path, root),
        rules_of(definition, root, _bytes(root / PROJECT)),
        Place(root, root, Path.home()),
        Work(definition.branch, definition.base),
        skills,
    )


def _text(name: str, path: Path | None, root: Path) -> str:
    there = path or root / name
    if there.is_file():
        return encoded.read(there, name).text
    ours = (files("bridgewright.engineer.definition") / "default.md").read_bytes()
    return encoded.decode(ours, name).text


def rules_of(definition: Definition, root: Path, project: bytes | None) -> tuple[Rule, ...]:
    """The rules that hold for a definition in a project, whose `opencode.json` says so too."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    skills = tuple(map(str, _skilled(root)))
    around = Surroundings(str(Path.home()), data, skills=skills)
    return rules(definition.head, around, _asked(project), definition.path)


def _skilled(root: Path) -> tuple[Path, ...]:
    return tuple(root / each for each in folders(root).files)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _asked(data: bytes | None) -> object:
    """What the project's own configuration says of permissions, for all agents."""
    if data is None:
        return None
    try:
        told = json.loads(encoded.decode(data, PROJECT).text)
    except ValueError:
        problem = "is no JSON, so the rules that it adds are not known"
        remedy = "remove its comments and trailing commas, or look from a folder without it"
        raise ConfigurationError(problem, place=PROJECT, remedy=remedy) from None
    return told.get("permission") if isinstance(told, dict) else None
