"""What a run of the engineer is told, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from decimal import Decimal

    from bridgewright.engineer.delivery.words import Delivered

MOST_TASK_CHARS = 40_000
"""Of an issue or a prompt: GitHub takes 65,536, and nobody needs so many to ask for an integration."""


class Phase(StrEnum):
    """What is done one after the other. The first and the end of the last are the program's alone; from
    `deliver` a run goes back to `execute` when the work is refused."""

    SYNC = "sync"
    PLAN = "plan"
    EXECUTE = "execute"
    FEEDBACK = "feedback"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a run ends that has not ended by itself.

    `steps`: questions to the model; a small integration takes twenty to forty. `tokens`: read and written,
    all questions together. `cost`: in the currency of BRIDGEWRIGHT_MODEL_PRICES, None for no bound, and only
    where prices are set. `minutes`: of the whole run, a run that was resumed counted from its beginning
    without the pause.
    """

    steps: int = 100
    tokens: int = 2_000_000
    cost: Decimal | None = None
    minutes: float = 90.0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.tokens < 1 or not 0 < self.minutes <= 1_440:  # noqa: PLR2004 - a day
            raise ConfigurationError(
                "a run needs at least a step, a token, and up to 1440 minutes",
                remedy="give larger limits, or none",
            )


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for. `text` is somebody's words: data for the model, and instructions only as far as
    the definition goes. `issue` is the number it has at GitHub, None for a prompt."""

    title: str
    text: str = field(repr=False)
    issue: int | None = None
    author: str = ""


class Breach(StrEnum):
    """What a call tried that nobody may: to leave its bounds, or to write a secret down."""

    STRAYED = "strayed"
    LEAKED = "leaked"


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool answers the model. `breach` says that the call was forbidden, and not only wrong."""

    text: str = field(repr=False)
    failed: bool = False
    breach: Breach | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """What is wanting for a phase to be done: `told` for the model, `reasons` where verify names them."""

    told: str = field(repr=False)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has used so far. `cost` is None where no prices are set; `counted` is False where the
    endpoint counts no tokens, and so a quarter of the characters is taken for their number."""

    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    cost: Decimal | None = None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended that brought its work home."""

    delivered: Delivered
    spent: Spent
    checks: tuple[str, ...]
    run: str
