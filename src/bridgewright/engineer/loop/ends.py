"""How a run can end early, each with the code that a script tells it by."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from bridgewright.engineer.delivery.ends import EarlyEnd

if TYPE_CHECKING:
    from collections.abc import Iterable


class End(Enum):
    """Why there is no pull request: the word of JSON, the exit code, what it means. A delivery that ends
    early has its own (10 to 22)."""

    GAVE_UP = ("gave_up", 30, "the model says that it cannot be done, and why")
    LOOPING = ("looping", 31, "the same failing action was tried three times")
    STRAYED = (
        "strayed",
        32,
        "the model tried what nobody may: three times the same, or five in all",
    )
    LEAKED = ("leaked", 33, "the model wrote secrets down three times")
    UNVERIFIED = ("unverified", 34, "verify refused the work for the same reasons three times")
    UNMET = ("unmet", 35, "the model called a phase done three times that was not")
    STEPS = ("steps", 36, "all questions to the model that were allowed are used")
    TOKENS = ("tokens", 37, "all tokens that were allowed are used")
    COST = ("cost", 38, "all money that was allowed is spent")
    TIME = ("time", 39, "all time that was allowed is over")
    MODEL = ("model", 40, "the model did not answer")

    def __init__(self, word: str, code: int, meaning: str) -> None:
        self.word = word
        self.code = code
        self.meaning = meaning


LIMITS = frozenset({End.STEPS, End.TOKENS, End.COST, End.TIME})
"""Ends that more of the same would change: a run may be resumed with larger limits."""


class Stopped(EarlyEnd):
    """A run ended without a pull request. What was written stays in the working tree, nothing was sent.

    `end` says why, and has the exit code; `places` are the reasons one by one, where there are several.
    """

    code: ClassVar[str] = "engineer"

    def __init__(
        self, end: End, problem: str, *, remedy: str = "", places: Iterable[str] = ()
    ) -> None:
        self.end = end
        super().__init__(problem, remedy, places)
