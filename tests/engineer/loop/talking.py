"""What a scripted engineer sees of a conversation, and how it says what comes next.

An engineer is a pure function of the request: the server keeps nothing, so that a run that was killed
and goes on elsewhere is told what it would have been told.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from tests.engineer.models.scripted import Called, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.engineer.models.scripted import Question

    Step = Callable[["Seen"], "Said | None"]
    """What is said next, by what was seen so far; None where there is nothing to say about it."""
    Script = Callable[["Seen"], Sequence[Step]]
    """The steps of a phase. The last one is said again and again."""
    Mind = Callable[["Seen"], Said]
    """Whatever decides what is said next."""

_PHASE = re.compile(r"^phase: (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Round:
    """One answer of the engineer's, and what its calls came to: both as the request has them."""

    calls: tuple[tuple[str, str], ...]
    results: tuple[str, ...]

    @property
    def told(self) -> str:
        """All results in one text."""
        return "\n".join(self.results)


@dataclass(frozen=True, slots=True)
class Seen:
    """A phase so far: its name, the tools it has, what it was told besides, and every round of it."""

    phase: str
    tools: tuple[str, ...]
    asked: str
    rounds: tuple[Round, ...]

    def first(self, count: int) -> Seen:
        """As it was after so many rounds."""
        return replace(self, rounds=self.rounds[:count])


def seen(question: Question) -> Seen:
    """What the conversation of a request is: what the last message that names a phase says of it, wherever
    that stands. AssertionError where none does."""
    named = [each for each in question.messages if each["role"] == "user" and _named(each)]
    assert named, "no message has a line `phase: NAME`"
    told = [each for each in question.messages if each is not named[-1]]
    begun = takewhile(lambda each: each["role"] != "assistant", told)
    users = [each for each in begun if each["role"] == "user"]
    asked = "\n".join(_text(each) for each in (*users, named[-1]))
    return Seen(_named(named[-1]), question.tools, asked, tuple(_rounds(told)))


def _named(message: dict[str, Any]) -> str:
    """The phase that a message names; "" for none."""
    found = _PHASE.search(_text(message))
    return found[1] if found is not None else ""


def following(script: Script) -> Mind:
    """Says the steps in order, each decided by what had been seen when it was due."""

    def mind(now: Seen) -> Said:
        steps, at = script(now), 0
        for step in steps:
            said = step(now.first(at))
            if said is not None and at == len(now.rounds):
                return said
            at += said is not None
        again = steps[-1](now)
        assert again is not None
        return again

    return mind


def numbered(said: Said, at: int) -> Said:
    """With calls that have ids of their own, those of the round `at`."""
    calls = (replace(each, id=f"call_{at}_{n}") for n, each in enumerate(said.calls))
    return replace(said, calls=tuple(calls))


def do(name: str, /, **arguments: object) -> Step:
    """One call of a tool."""
    said = Said(calls=(Called(name, json.dumps(arguments)),))
    return lambda _seen: said


def at_once(*steps: Step) -> Step:
    """Several calls in one answer."""

    def together(now: Seen) -> Said:
        made = [said for step in steps if (said := step(now)) is not None]
        return Said(calls=tuple(call for said in made for call in said.calls))

    return together


def unless(word: str, step: Step) -> Step:
    """A step that is needless where the last answer has a word."""

    def asked(now: Seen) -> Said | None:
        return None if now.rounds and word in now.rounds[-1].told else step(now)

    return asked


def said(text: str) -> Step:
    """Words, and no call."""
    return lambda _seen: Said(text)


def written(name: str, arguments: str) -> Step:
    """A call whose arguments are written just so."""
    return lambda _seen: Said(calls=(Called(name, arguments),))


def _rounds(messages: Iterable[dict[str, Any]]) -> list[Round]:
    found: list[tuple[list[tuple[str, str]], list[str]]] = []
    for each in messages:
        if each["role"] == "assistant":
            functions = [call["function"] for call in each.get("tool_calls") or ()]
            found.append(([(f["name"], _settled(f["arguments"])) for f in functions], []))
        elif found:
            found[-1][1].append(_text(each))
    return [Round(tuple(calls), tuple(results)) for calls, results in found]


def _settled(arguments: str) -> str:
    """Arguments in one order and spacing, whoever wrote them."""
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments


def _text(message: dict[str, Any]) -> str:
    """What a message says, in one piece or in several."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(each.get("text", "") for each in content)
