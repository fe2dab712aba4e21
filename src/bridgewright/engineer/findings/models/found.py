"""What came of reading models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.engineer.findings.fields import Model


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that could not be read, and why; nothing may be concluded from its absence."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True, slots=True)
class Reading:
    """Models, and what could not be read. `others` are classes that are no models, or of a library that
    is not known."""

    models: tuple[Model, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    others: tuple[str, ...] = ()
