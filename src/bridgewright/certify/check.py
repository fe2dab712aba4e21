"""A check: what it asks for, what it plays, and how what came of it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from bridgewright.certify.observed import Observed
    from bridgewright.certify.trial import Trial


class Level(Enum):
    """What a certificate may say. Each level has all checks of the one before, and more."""

    BRONZE = 1
    SILVER = 2
    GOLD = 3

    @property
    def word(self) -> str:
        """Its name in lower case."""
        return self.name.lower()


class Status(StrEnum):
    """What came of a check.

    `vacuous` is kept by a target that had nothing to keep: one that never tries again waits as long
    as it is asked to. It counts as not passed. `not_applicable` counts neither way.
    """

    PASSED = "passed"
    FAILED = "failed"
    VACUOUS = "vacuous"
    NOT_APPLICABLE = "not applicable"
    UNPLAYED = "unplayed"


class Family(StrEnum):
    """What a check is about."""

    TIME = "A time"
    RETRY = "B retry"
    AMBIGUITY = "C ambiguity"
    PROTECTION = "D protection"
    INBOUND = "E inbound"
    HYGIENE = "F hygiene"
    CONCURRENCY = "N concurrency"
    RESOURCES = "R resources"
    TLS = "T TLS"
    EXFILTRATION = "X exfiltration"


class Need(StrEnum):
    """What not every target can do."""

    SESSION = "many calls in one process"
    KEYS = "a provider that knows idempotency keys"
    MEMORY = "a system that tells a process's memory"
    TRACES = "trace context"


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement: what is wrong, nothing where nothing is. `late` says that only time is, which a
    loaded machine may be to blame for. `idle` says that the target had nothing to keep, and why."""

    wrong: tuple[str, ...] = ()
    late: bool = False
    idle: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a whole run: whether the provider knows idempotency keys, the memory that a
    program's process needs to do anything at all, and the trace that calls belong to."""

    keys: bool = True
    idle_mb: float = 0.0
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a check judges: its trials as they came out, in their order, and those of all checks."""

    own: tuple[Observed, ...]
    terms: Terms
    everything: tuple[Observed, ...] = field(default=(), repr=False)


class Named(Protocol):
    """A check as certificates show it, however it is played."""

    @property
    def code(self) -> str:
        """Its stable name."""
        ...

    @property
    def family(self) -> Family:
        """What it is about."""
        ...

    @property
    def level(self) -> Level:
        """The lowest level that asks for it."""
        ...

    @property
    def title(self) -> str:
        """What a target that passes does, in a few words."""
        ...

    @property
    def meaning(self) -> str:
        """What is done to a target, and what it must do."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a certificate. `code` never changes its meaning.

    `pairs` are the codes of checks without which this one says nothing; `needs` what a target must
    be able to do for it to apply.
    """

    code: str
    family: Family
    level: Level
    title: str
    meaning: str
    trials: Callable[[Random], Sequence[Trial]]
    judge: Callable[[Evidence], Finding]
    pairs: tuple[str, ...] = ()
    needs: frozenset[Need] = frozenset()


def found(*parts: Finding | tuple[str, ...] | str) -> Finding:
    """One finding of several; texts that are empty say nothing."""
    wrong: list[str] = []
    late, idle = [], ""
    for part in parts:
        if isinstance(part, Finding):
            wrong += part.wrong
            late += [part.late] * bool(part.wrong)
            idle = idle or part.idle
        else:
            texts = [part] if isinstance(part, str) else part
            more = [text for text in texts if text]
            wrong += more
            late += [False] * bool(more)
    return Finding(tuple(wrong), late=bool(late) and all(late), idle=idle)
