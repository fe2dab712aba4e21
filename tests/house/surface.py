"""The public surface, as recorded in surface.txt: at most 25 names, with what they offer.

`python -m tests.house.surface` records it anew; the diff shows a reviewer what users will notice.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import bridgewright

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = Path(__file__).with_name("surface.txt")
MOST_NAMES = 25


def surface() -> str:
    """Every public name, and below each class what a user can call or read on it."""
    lines: list[str] = []
    for name in sorted(bridgewright.__all__):
        value = getattr(bridgewright, name)
        lines.append(name)
        if isinstance(value, type):
            lines.extend(f"    {line}" for line in members(value))
    return "\n".join(lines) + "\n"


def members(owner: type) -> Iterator[str]:
    """The public members that a class of ours defines itself."""
    for name, value in sorted(vars(owner).items()):
        if name.startswith("_"):
            continue
        if isinstance(value, classmethod | staticmethod):
            yield f"{name}{signature(value.__func__)}"
        elif inspect.isfunction(value):
            kind = "async " if inspect.iscoroutinefunction(value) else ""
            yield f"{kind}{name}{signature(value)}"
        else:
            yield name


def signature(function: object) -> str:
    """Parameters without annotations, which differ in spelling from one Python to the next."""
    assert callable(function)
    given = inspect.signature(function)
    bare = [
        each.replace(annotation=inspect.Parameter.empty)
        for name, each in given.parameters.items()
        if name not in {"self", "cls"}
    ]
    return str(inspect.Signature(bare))


if __name__ == "__main__":
    RECORD.write_text(surface(), encoding="utf-8")
