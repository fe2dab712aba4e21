"""How a question to a model can fail, each in one word."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from bridgewright.core.errors import BridgewrightError


class Failure(Enum):
    """Why there is no answer: its word, whether it is worth asking again, what to do."""

    NO_KEY = ("no_key", False, "look at the key, and at what it is allowed")
    NO_MODEL = ("no_model", False, "look at the model's name and the endpoint's URL")
    NO_CREDIT = ("no_credit", False, "add credit at the provider, or choose another model")
    TOO_LONG = ("too_long", False, "shorten the conversation, or choose a model that reads more")
    REFUSED = ("refused", False, "look at what the endpoint complains of")
    FOREIGN = ("foreign", False, "look at the endpoint's URL: what answers there is no model")
    TOO_FAST = ("too_fast", True, "wait, or ask the provider for a higher limit")
    AILING = ("ailing", True, "ask again later: the endpoint has trouble")
    UNREACHABLE = ("unreachable", True, "look at the network and the endpoint's URL")
    CUT = ("cut", True, "ask again: the answer broke off, and nothing of it was used")
    MALFORMED = ("malformed", True, "ask again: what came is no answer, and nothing of it was used")
    ENDLESS = ("endless", True, "ask for less: the answer did not come to its end")

    def __init__(self, word: str, again: bool, remedy: str) -> None:  # noqa: FBT001 - a table's column
        self.word = word
        self.again = again
        self.remedy = remedy


class ModelError(BridgewrightError):
    """A model did not answer. `failure` says why, `problem` in the endpoint's words without any secret.

    `again` says that the same question, asked anew, may be answered and harms nobody: nothing of an
    answer was used. `after_s` is how long the endpoint wants to be left alone, `status` what it said by
    HTTP; None where it did not.
    """

    code: ClassVar[str] = "model"

    def __init__(
        self,
        failure: Failure,
        problem: str,
        *,
        status: int | None = None,
        after_s: float | None = None,
    ) -> None:
        self.failure = failure
        self.problem = problem
        self.status = status
        self.after_s = after_s
        wait = "" if after_s is None else f" (not before {after_s:g} s)"
        super().__init__(f"{problem}{wait}. {failure.remedy}")

    @property
    def again(self) -> bool:
        """Whether it is worth asking again."""
        return self.failure.again
