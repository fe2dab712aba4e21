"""One phase: the model is asked, what it calls is carried out, until it is done or the run is stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import BridgewrightError, ConfigurationError
from bridgewright.engineer.loop.conversation import fitted
from bridgewright.engineer.loop.ends import End, Stopped
from bridgewright.engineer.loop.strikes import fingerprint
from bridgewright.engineer.loop.tools.catalogue import DONE, GIVE_UP
from bridgewright.engineer.loop.tools.words import failure, output
from bridgewright.engineer.loop.words import Result
from bridgewright.engineer.models.ends import ModelError
from bridgewright.engineer.models.words import Asked, Message, Role
from bridgewright.engineer.planning.words import STRIKES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.redact.redaction import Redaction
    from bridgewright.engineer.loop.journal import Journal
    from bridgewright.engineer.loop.spending import Spending
    from bridgewright.engineer.loop.strikes import Strikes
    from bridgewright.engineer.loop.tools.words import Tool
    from bridgewright.engineer.loop.words import Lack, Phase
    from bridgewright.engineer.models.words import Answer, Model, ToolCall

    Wanting = Callable[[Mapping[str, Any]], Lack | None]
    """What is wanting for a phase to be done; None for nothing."""

_SPEAK = "Call a tool. `done` ends the phase, `give_up` says that the task cannot be done."
_WRITE = frozenset({"write", "edit", "scaffold"})
_RUN = frozenset({"check", "certify", "run_tests", "findings_look", "bash"})
_MOST_REASON = 1_000
_MOST_SAID = 120


@dataclass(frozen=True, slots=True)
class Table:
    """Whom and what a run has at hand, in all of its phases."""

    model: Model
    journal: Journal
    strikes: Strikes
    spending: Spending
    redaction: Redaction = field(repr=False)
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """One phase to be played: what is said once, what in each turn, and what is wanting at the end."""

    phase: Phase
    tools: Mapping[str, Tool]
    rules: Message
    opening: Message
    now: Callable[[str], Message]
    wanting: Wanting


def played(table: Table, play: Play) -> Mapping[str, Any]:
    """What the model gave to `done`. `Stopped` for every other end."""
    return _Turns(table, play).played()


class _Turns:
    __slots__ = ("_changes", "_history", "_play", "_silent", "_table")

    def __init__(self, table: Table, play: Play) -> None:
        self._table = table
        self._play = play
        self._history: list[Message] = []
        self._silent = 0
        self._changes = 0

    def played(self) -> Mapping[str, Any]:
        while True:
            answer = self._asked()
            self._history.append(answer.message())
            if not answer.calls:
                self._spoken()
                continue
            self._silent = 0
            for call in answer.calls:
                done = self._called(call)
                if done is not None:
                    return done

    def _spoken(self) -> None:
        self._silent += 1
        if self._silent >= STRIKES:
            told = f"{STRIKES} answers called no tool"
            raise Stopped(End.LOOPING, told, remedy="choose a model that calls tools")
        self._history.append(Message(Role.USER, _SPEAK))

    def _asked(self) -> Answer:
        """The next answer. An endpoint that fails for a while is asked again, and each time counts."""
        table, tries = self._table, 0
        while True:
            table.spending.refuse_more()
            table.spending.asked()
            asked = self._question()
            table.journal.write("asking", phase=self._play.phase, step=table.spending.spent.steps)
            try:
                answer = table.model.ask(asked)
            except ModelError as error:
                tries += 1
                table.journal.write("unanswered", why=error.failure.word)
                if not error.again or tries >= STRIKES:
                    raise Stopped(End.MODEL, str(error), remedy=_RESUME) from error
                continue
            table.spending.answered(asked, answer)
            self._keep(answer)
            return answer

    def _keep(self, answer: Answer) -> None:
        spent = self._table.spending.spent
        self._table.journal.write(
            "answered",
            tools=[self._shown(each.name) for each in answer.calls],
            ended=answer.ended,
            tokens=spent.tokens,
            cost=None if spent.cost is None else str(spent.cost),
            counted=spent.counted,
            seconds=round(spent.seconds, 1),
        )

    def _question(self) -> Asked:
        play, table = self._play, self._table
        current = play.now(table.spending.told())
        messages = (play.rules, play.opening, *fitted(self._history), current)
        tools = tuple(each.offered() for each in play.tools.values())
        left = max(table.spending.seconds_left, 1.0)
        return Asked(messages, tools, table.temperature, within_s=left)

    def _called(self, call: ToolCall) -> Mapping[str, Any] | None:
        """Carry out a call, and keep its answer; what was given to `done` when the phase is done."""
        table = self._table
        mark = fingerprint(call.name, call.arguments)
        name = self._shown(call.name)
        about = self._shown(_about(call))
        table.journal.write("calling", tool=name, mark=mark, about=about)
        result = self._result(call)
        told = fingerprint(call.name, call.arguments, self._alike(call.name, result))
        table.journal.write(
            "called",
            tool=name,
            mark=told,
            failed=result.failed,
            breach=result.breach,
            chars=len(result.text),
        )
        if call.name == DONE and not result.failed:
            return call.arguments
        self._history.append(Message(Role.TOOL, result.text, call_id=call.id, failed=result.failed))
        if result.failed and call.name != DONE:
            table.strikes.failed(name or "a call without a name", told, result)
        return None

    def _shown(self, text: str) -> str:
        """A name that the model gave, for the journal."""
        line = "".join(c if c.isprintable() else " " for c in text)
        return output(line, self._table.redaction)[:_MOST_SAID]

    def _alike(self, name: str, result: Result) -> str:
        """What makes a failure the same as another. What runs the work is tried anew after each change."""
        if name in _WRITE and not result.failed:
            self._changes += 1
        attempt = f"after change {'x' * self._changes}" if name in _RUN else ""
        return f"{attempt}{result.text}" if result.failed else ""

    def _result(self, call: ToolCall) -> Result:
        if call.fault is not None:
            return Result(f"error: {call.fault.why}", failed=True)
        tool = self._play.tools.get(call.name)
        try:
            if tool is None:
                raise ConfigurationError(
                    f"there is no tool {call.name[:80]!a} in this phase",
                    remedy=f"there are: {', '.join(self._play.tools)}",
                )
            result = tool.call(call.arguments)
        except BridgewrightError as error:
            return failure(error)
        except (OSError, ValueError) as error:  # a name that no file can have, say
            return Result(f"error: it cannot be done: {type(error).__name__}", failed=True)
        if call.name == GIVE_UP:
            why = str(call.arguments["why"])[:_MOST_REASON]
            raise Stopped(End.GAVE_UP, output(why, self._table.redaction))
        return self._ended(call) if call.name == DONE else result

    def _ended(self, call: ToolCall) -> Result:
        lack = self._play.wanting(call.arguments)
        if lack is None:
            return Result("")
        self._table.strikes.unmet(self._play.phase, lack)
        return Result(f"not done yet: {lack.told}", failed=True)


_RESUME = "when it answers again, go on with: bridgewright engineer resume"


def _about(call: ToolCall) -> str:
    """Which file, target or name a call is about: never a text that it gives."""
    for name in ("path", "folder", "target", "name"):
        value = call.arguments.get(name)
        if isinstance(value, str):
            return value
    return ""
