"""The models that a manifest names, in one of two ways."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.models.found import Reading, Trouble
from bridgewright.engineer.findings.models.importing import LIMIT_S, imported
from bridgewright.engineer.findings.models.still.reader import Reader
from bridgewright.engineer.findings.models.still.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bridgewright.engineer.findings.fields import Model


class Way(StrEnum):
    """How models are read. `IMPORT` runs the application's modules, in a process of their own, and knows
    what they come to; `STATIC` reads what is written, and what it cannot know is unknown."""

    IMPORT = "import"
    STATIC = "static"


def read(
    root: Path, names: Iterable[str], way: Way = Way.IMPORT, limit_s: float = LIMIT_S
) -> Reading:
    """The models behind names like `app.models` and `app.models:User`, in modules below a project's root
    or its `src`. Each module may take `limit_s` seconds to be imported. What cannot be read is a trouble,
    and never an error: the others are read all the same."""
    wanted: dict[str, list[str]] = {}
    for each in names:
        module, _, model = each.partition(":")
        wanted.setdefault(module, []).append(model)
    reader = Reader(Sources(root))
    models: dict[str, Model] = {}
    troubles: list[Trouble] = []
    for module, asked in wanted.items():
        found = reader.read(module) if way is Way.STATIC else imported(root, module, limit_s)
        chosen = _chosen(found, module, asked)
        models |= {each.path: each for each in chosen.models}
        troubles += chosen.troubles
    return Reading(tuple(models.values()), tuple(troubles))


def _chosen(found: Reading, module: str, asked: list[str]) -> Reading:
    """Those that were asked for by name, or all; and what was asked for and is not there."""
    if found.troubles:
        return found
    if "" in asked:
        none = (Trouble(module, "there is no model in it of a library that is known"),)
        return Reading(found.models, () if found.models else none)
    by_name = {each.name: each for each in found.models}
    troubles = [
        Trouble(f"{module}:{name}", _missing(name, found.others))
        for name in asked
        if name not in by_name
    ]
    return Reading(tuple(by_name[name] for name in asked if name in by_name), tuple(troubles))


def _missing(name: str, others: tuple[str, ...]) -> str:
    if name in others:
        return "it is no model of a library that is known, or its parents are not known"
    return "there is no such class in the module"
