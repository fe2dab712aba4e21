"""Schemas that several answers are made of, and kinds that several tools take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.engineer.offering.kinds import Field, Number, OneOf, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT: dict[str, Any] = {"type": "string"}
MAYBE: dict[str, Any] = {"type": ["string", "null"]}
COUNT: dict[str, Any] = {"type": "integer"}
YES: dict[str, Any] = {"type": "boolean"}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}
OBJECTS: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
OBJECT: dict[str, Any] = {"type": "object"}

NAME = Text(r"[a-z][a-z0-9_]{0,40}", "a name of a-z, 0-9 and _")
CODES = Text(r"[A-Za-z0-9]{1,8}(?:,[A-Za-z0-9]{1,8}){0,99}", "codes with commas between them", 800)
EVENT_TYPE = Text(r"[\w*][\w.*/-]{0,199}", "a type of event; * stands for anything")
SEED = Field("seed", "Draw as another run did.", Number(0, 2**31), "--seed")


def choice(values: Iterable[object]) -> OneOf:
    """One of the words that are values of ours."""
    return OneOf(tuple(str(each) for each in values))
