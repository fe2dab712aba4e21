"""Which dead letters failed alike.

A fingerprint is made of what a person would call the same problem: the exception's type and the way
through the user's own functions; or, where a call's failure ended the handler, the provider, the
operation, the status and the provider's code. Line numbers and messages are left out: they differ from one
deployment, and from one event, to the next.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.core.model.item import Called, Failure

VERSION = "p1"
"""Stands in every id: a rule that groups otherwise gets a new one, and old links still mean the same."""
MOST_FRAMES = 8
"""The innermost of the user's frames that count: deeper recursion is no other problem."""
ID_CHARACTERS = 16
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a traceback: the file's name, the function, and whether it is the user's own code."""

    file: str
    function: str
    own: bool


def of_frames(kind: str, frames: Iterable[Frame]) -> tuple[str, str]:
    """The id and the title of an exception's problem. Without a frame of the user's own all count."""
    found = list(frames)
    own = [frame for frame in found if frame.own] or found
    way: list[str] = []
    for frame in own:
        step = f"{frame.file} {frame.function}"
        if not way or way[-1] != step:
            way.append(step)
    way = way[-MOST_FRAMES:]
    title = f"{kind} in {own[-1].function} ({own[-1].file})" if own else kind
    return _id("frames", kind, *way), title


def of_call(called: Called) -> tuple[str, str]:
    """The id and the title of a problem that a call's failure is."""
    status = "" if called.status is None else str(called.status)
    end = " ".join(part for part in (status, called.code) if part) or called.outcome
    title = f"{called.provider} {called.operation}: {end}"
    return _id("call", called.provider, called.operation, status, called.code), title


def of_event(kind: str, event_type: str) -> tuple[str, str]:
    """The id and the title of what is wrong with every event of a type."""
    return _id("event", kind, event_type), f"{kind}: {event_type}"


def of_failure(failure: Failure) -> tuple[str, str]:
    """The id and the title kept with a failure; by its kind alone where nothing else is known."""
    if failure.problem:
        return failure.problem, failure.title or failure.kind
    return _id("kind", failure.kind), failure.kind


def code(given: object) -> str:
    """A provider's error code as it may be kept: a short word or number, empty for anything else."""
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    return text if _CODE.fullmatch(text) else ""


def _id(*parts: str) -> str:
    whole = "\0".join(parts).encode("utf-8", "surrogatepass")
    return f"{VERSION}:{hashlib.sha256(whole).hexdigest()[:ID_CHARACTERS]}"
