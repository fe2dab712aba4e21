"""How a delivery can end, each with the code that a script tells it by."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from bridgewright.core.errors import BridgewrightError

if TYPE_CHECKING:
    from collections.abc import Iterable


class End(Enum):
    """Why nothing, or not all, was delivered: the word of JSON, the exit code, what it means."""

    CONFLICT = (
        "conflict",
        10,
        "the base and the branch changed the same lines: nothing was merged",
    )
    DIVERGED = ("diverged", 11, "here and at the remote the branch has commits the other has not")
    MERGED = (
        "merged",
        12,
        "the branch was merged already and is still at the remote: to begin it anew needs --recreate",
    )
    IN_THE_WAY = (
        "in_the_way",
        13,
        "changes in the working tree, or a merge that is not finished, are in the way",
    )
    OUTSIDE = ("outside", 14, "something is staged that is not of the integration")
    LEAKED = ("leaked", 15, "a secret would have left: nothing was sent")
    NOTHING = ("nothing", 16, "the branch has nothing that the base has not")
    REJECTED = ("rejected", 17, "the remote did not take the push, or does not have what it took")
    UNREACHABLE = ("unreachable", 18, "the remote or GitHub did not answer")
    NO_GH = ("no_gh", 19, "there is no gh, and no token for GitHub's API")
    REFUSED = ("refused", 20, "GitHub refused: the pull request was not made or not changed")
    BUSY = ("busy", 21, "another delivery, or another git, is at work in this repository")
    UNVERIFIED = ("unverified", 22, "verify does not accept what was committed: nothing was sent")

    def __init__(self, word: str, code: int, meaning: str) -> None:
        self.word = word
        self.code = code
        self.meaning = meaning


class EarlyEnd(BridgewrightError):
    """Work ended before it was done. What was done stays done, and the next run goes on from it.

    `problem` says why, `remedy` what to do, `places` are the files, the lines or the reasons that it is about.
    """

    def __init__(self, problem: str, remedy: str, places: Iterable[str]) -> None:
        self.problem = problem
        self.remedy = remedy
        self.places = tuple(places)
        where = f" ({', '.join(self.places[:_MOST_NAMED])})" if self.places else ""
        super().__init__(f"{problem}{where}. {remedy}" if remedy else f"{problem}{where}")


class DeliveryError(EarlyEnd):
    """A delivery ended early. `end` says why, and has the exit code."""

    code: ClassVar[str] = "delivery"

    def __init__(
        self, end: End, problem: str, *, remedy: str = "", places: Iterable[str] = ()
    ) -> None:
        self.end = end
        super().__init__(problem, remedy, places)


_MOST_NAMED = 10
