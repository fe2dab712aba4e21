"""What a handler under test does: everything that the suite wants to know of it, in one call.

The contract, for handlers in any language: the event's JSON has an object `certify`. Where its `poison`
is true, fail. Where `slow_s` is more than 0, take so many seconds. Then append one line to the file
that `CERTIFY_EFFECTS` names: `id object version` of that object, with spaces between them.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "CERTIFY_EFFECTS"
"""Names the file that effects are written to."""


class PoisonedError(Exception):
    """The handler was asked to fail."""


def happened(event: Mapping[str, Any] | bytes) -> None:
    """Handle one event of the suite; `PoisonedError` for one that no handler survives. Blocks for as
    long as the event asks for. Events of anybody else have no effect."""
    content = json.loads(event) if isinstance(event, bytes) else event
    told = content.get("certify")
    if told is None:
        return
    if told["poison"]:
        raise PoisonedError("the suite asked for a failure")
    time.sleep(told["slow_s"])
    line = f"{told['id']} {told['object']} {told['version']}\n"
    with Path(os.environ[VARIABLE]).open("a", encoding="utf-8") as file:
        file.write(line)


@dataclass(frozen=True, slots=True)
class Effect:
    """One line: something that a handler did."""

    event: str
    object: str
    version: int


def read(text: str) -> tuple[Effect, ...]:
    """The effects in a file; a line that is not whole yet is left for later."""
    found = []
    for line in text.splitlines(keepends=True):
        words = line.split()
        if line.endswith("\n") and len(words) == 3 and words[2].isdigit():  # noqa: PLR2004
            found.append(Effect(words[0], words[1], int(words[2])))
    return tuple(found)
