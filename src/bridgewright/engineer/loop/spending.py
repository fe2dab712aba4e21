"""What a run uses of questions, tokens, money and time, and its end when that is all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.engineer.loop.conversation import chars
from bridgewright.engineer.loop.ends import End, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.engineer.loop.words import Limits, Spent
    from bridgewright.engineer.models.words import Answer, Asked

CHARS_PER_TOKEN = 4
"""Taken where an endpoint counts none: of English and of code it is about so many."""
_REMEDY = "what was written is kept: go on with bridgewright engineer resume, and a larger limit"


class Spending:
    """What was used so far, by this process and by those before it. `now` gives seconds that only grow."""

    __slots__ = ("_before", "_began", "_limits", "_now", "_spent")

    def __init__(self, limits: Limits, before: Spent, now: Callable[[], float]) -> None:
        self._limits = limits
        self._before = before
        self._spent = before
        self._now = now
        self._began = now()

    @property
    def spent(self) -> Spent:
        """So far."""
        passed = self._now() - self._began
        return replace(self._spent, seconds=self._before.seconds + passed)

    @property
    def seconds_left(self) -> float:
        """Until the time is over."""
        return self._limits.minutes * 60.0 - self.spent.seconds

    def refuse_more(self) -> None:
        """`Stopped` when a limit is reached: asked before each question."""
        spent, limits = self.spent, self._limits
        if spent.steps >= limits.steps:
            raise Stopped(End.STEPS, f"{spent.steps} questions were asked", remedy=_REMEDY)
        if spent.tokens >= limits.tokens:
            raise Stopped(End.TOKENS, f"{spent.tokens} tokens were used", remedy=_REMEDY)
        if limits.cost is not None and spent.cost is not None and spent.cost >= limits.cost:
            raise Stopped(End.COST, f"{spent.cost:f} was spent", remedy=_REMEDY)
        if self.seconds_left <= 0:
            raise Stopped(End.TIME, f"{spent.seconds / 60:.0f} minutes are over", remedy=_REMEDY)

    def asked(self) -> None:
        """Count a question, whatever becomes of it."""
        self._spent = replace(self._spent, steps=self._spent.steps + 1)

    def answered(self, asked: Asked, answer: Answer) -> None:
        """Count what an answer cost."""
        usage = answer.usage
        if usage is None:
            said = sum(map(chars, (*asked.messages, answer.message())))
            tokens = self._spent.tokens + said // CHARS_PER_TOKEN
            self._spent = replace(self._spent, tokens=tokens, counted=False)
            return
        tokens = self._spent.tokens + usage.input_tokens + usage.output_tokens
        cost = self._spent.cost
        if usage.cost is not None:
            cost = usage.cost.amount + (cost or 0)
        self._spent = replace(self._spent, tokens=tokens, cost=cost)

    def told(self) -> str:
        """What is left, in a line for the model."""
        spent, limits = self.spent, self._limits
        steps, minutes = limits.steps - spent.steps, max(self.seconds_left, 0.0) / 60.0
        return f"{steps} of {limits.steps} questions, {minutes:.0f} of {limits.minutes:.0f} minutes left"
