"""Tools that keep the plan. Phases are the program's to advance: the model cannot call one complete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bridgewright.core.redact.values import redacted
from bridgewright.engineer.guidance.visible import visible
from bridgewright.engineer.loop.tools.words import Argument, Tool
from bridgewright.engineer.loop.words import Result
from bridgewright.engineer.planning import keeping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.loop.ground import Ground


def planning(ground: Ground) -> Iterator[Tool]:
    """Tools `note` and `decide`."""
    yield Tool(
        "note",
        "Keep what you read, in the notes: facts of the provider, with their source.",
        lambda given: _note(ground, given),
        (
            Argument("text", "What you learned."),
            Argument("source", "Where: a file, a document, a tool's answer."),
        ),
    )
    yield Tool(
        "decide",
        "Keep a decision in the plan, in your own words: what is built, and why so.",
        lambda given: _decide(ground, given),
        (Argument("decision", "One sentence."), Argument("because", "One sentence.")),
    )


def _note(ground: Ground, given: Mapping[str, Any]) -> Result:
    text = redacted(visible(given["text"])[0], ground.redaction, named=True)
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    keeping.note(ground.plan, text, given["source"], day)
    return Result("noted")


def _decide(ground: Ground, given: Mapping[str, Any]) -> Result:
    decision, because = (
        redacted(given[name], ground.redaction, named=True) for name in ("decision", "because")
    )
    plan = keeping.read(ground.plan)
    if any(each == decision for each, _ in plan.decisions):
        return Result("decided already")
    keeping.decide(ground.plan, decision, because)
    return Result("decided")
