"""E: forgeries have no effect, and whatever is taken has exactly one, come what may."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.certify.check import Family, Finding, Level, found
from bridgewright.certify.inbound.delivery import (
    AN_HOUR_S,
    long_ago,
    re_encoded,
    with_a_changed_byte,
)
from bridgewright.certify.inbound.premises import Running
from bridgewright.core.model.moment import later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bridgewright.certify.inbound.delivery import Event, Packed
    from bridgewright.certify.inbound.desk import Desk

AT_ONCE_S = 1.5
"""How soon an answer has to come whose handler is slow."""
SLOW_S = 3.0
TWINS = 20
SETTLE_S = 0.5
"""How long effects are looked for that must not be there, after one that must be."""


class Ability(StrEnum):
    """What not every endpoint can be tried for."""

    TIME = "a scheme that signs a time"
    ROTATION = "a second key"
    CRASH = "an application that the suite may kill and start again"


@dataclass(frozen=True, slots=True)
class InboundCheck:
    """One line of an endpoint's certificate: `play` delivers and judges."""

    code: str
    level: Level
    title: str
    meaning: str
    play: Callable[[Desk], Finding] = field(repr=False)
    needs: frozenset[Ability] = frozenset()

    @property
    def family(self) -> Family:
        """All of them are about what comes in."""
        return Family.INBOUND


def _works(desk: Desk) -> Finding:
    event = desk.event("plain")
    answer = desk.honest(event)
    if not answer.taken:
        return Finding((f"an honest delivery was answered {answer.status}",))
    if not desk.happens([event]):
        return Finding(("an honest delivery was taken and had no effect",))
    return _once(desk, [event])


def _turned_away(desk: Desk, sent: Iterable[tuple[str, Event, Packed]]) -> Finding:
    """Dishonest deliveries are refused, and have no effect by the time that a later one has its own."""
    wrong, events = [], []
    for name, event, packed in sent:
        answer = desk.send(packed)
        events.append((name, event))
        if answer.taken or answer.status is None:
            wrong.append(f"{name}: answered {answer.status}")
        elif answer.status >= 500:  # noqa: PLR2004 - its own fault, which a provider would repeat
            wrong.append(f"{name}: crashed with {answer.status}")
    wrong += _settled(desk)
    wrong += [f"{name}: had an effect" for name, event in events if desk.effects_of(event)]
    return Finding(tuple(wrong))


def _forged(desk: Desk) -> Finding:
    forged, unsigned = desk.event("forged"), desk.event("unsigned")
    now = desk.now()
    return _turned_away(
        desk,
        [
            ("signed by a stranger", forged, desk.scheme.packed(forged, desk.stranger, now)),
            ("not signed", unsigned, desk.scheme.packed(unsigned, None, now)),
        ],
    )


def _stale(desk: Desk) -> Finding:
    old, early = desk.event("old"), desk.event("early")
    now = desk.now()
    return _turned_away(
        desk,
        [
            ("an hour old", old, desk.scheme.packed(old, desk.key, long_ago(now))),
            ("an hour early", early, desk.scheme.packed(early, desk.key, later(now, AN_HOUR_S))),
        ],
    )


def _changed(desk: Desk) -> Finding:
    byte, spaces = desk.event("byte"), desk.event("spaces")
    return _turned_away(
        desk,
        [
            ("one letter changed", byte, with_a_changed_byte(desk.packed(byte))),
            ("written anew", spaces, re_encoded(desk.packed(spaces))),
        ],
    )


def _rotated(desk: Desk) -> Finding:
    new, old = desk.event("new"), desk.event("previous")
    answers = [
        desk.honest(new),
        desk.send(desk.scheme.packed(old, desk.previous, desk.now())),
    ]
    wrong = [
        f"signed with the {name} key: answered {answer.status}"
        for name, answer in zip(("new", "previous"), answers, strict=True)
        if not answer.taken
    ]
    lost = "" if wrong or desk.happens([new, old]) else "one of them had no effect"
    return found(tuple(wrong), lost)


def _duplicate(desk: Desk) -> Finding:
    event = desk.event("again")
    answers = [desk.honest(event)]
    happened = desk.happens([event])
    answers += [desk.send(desk.packed(event, ago_s=ago_s)) for ago_s in (2, 4)]
    return found(_taken(answers), "" if happened else "it had no effect", _once(desk, [event]))


def _twins(desk: Desk) -> Finding:
    event = desk.event("twin")
    packed = desk.packed(event)
    answers = desk.send_together([packed] * TWINS)
    happened = desk.happens([event])
    nobody = "" if any(each.taken for each in answers) else "nobody took it"
    return found(nobody, "" if happened else "it had no effect", _once(desk, [event]))


def _order(desk: Desk) -> Finding:
    new = desk.event("second", version=2, ago_s=10, of="thing")
    old = desk.event("first", version=1, ago_s=20, of="thing")
    after = desk.event("third")
    for event in (new, old, after):
        desk.honest(event)
        if event is not old:
            desk.happens([event])
    time.sleep(SETTLE_S)
    mine = [each.version for each in desk.premises.effects() if each.object == new.object]
    if not mine or 2 not in mine:  # noqa: PLR2004 - the second version
        return Finding(("the newer event had no effect",))
    return found("the older event had the last word" if mine[-1] != 2 else "")  # noqa: PLR2004


def _crash(desk: Desk) -> Finding:
    assert isinstance(desk.premises, Running)  # noqa: S101 - asked for by `needs`
    events = [replace(desk.event(f"crash{number}"), slow_s=1.0) for number in range(3)]
    taken = [event for event in events if desk.honest(event).taken]
    desk.premises.crash()
    if desk.premises.problem:
        return Finding((desk.premises.problem,))
    if not taken:
        return Finding(("nothing was taken",))
    if desk.happens(taken, within_s=15.0):
        return Finding()
    lost = [event for event in taken if not desk.effects_of(event)]
    return Finding((f"{len(lost)} of {len(taken)} that were taken are lost after a crash",))


def _quick(desk: Desk) -> Finding:
    event = replace(desk.event("slow"), slow_s=SLOW_S)
    answer = desk.honest(event)
    took = f"answered {answer.status} after {answer.after_s:.1f} s, its handler takes {SLOW_S:g} s"
    late = "" if answer.taken and answer.after_s <= AT_ONCE_S else took
    lost = "" if desk.happens([event], SLOW_S + 5) else "the slow handler had no effect"
    return Finding(tuple(text for text in (late, lost) if text), late=bool(late) and not lost)


def _poison(desk: Desk) -> Finding:
    poison = replace(desk.event("poison"), poison=True)
    desk.honest(poison)
    others = [desk.event(f"other{number}") for number in range(5)]
    answers = [desk.honest(each) for each in others]
    lost = "" if desk.happens(others) else "others had no effect beside a poisoned event"
    return found(_taken(answers), lost)


def _taken(answers: Iterable[object]) -> tuple[str, ...]:
    statuses = [each.status for each in answers if not each.taken]  # type: ignore[attr-defined]
    return (f"answered {', '.join(map(str, statuses))}",) if statuses else ()


def _settled(desk: Desk) -> list[str]:
    """Wait until what was sent had its effects: a delivery that came after all of it has its own."""
    after = desk.event("after")
    has = desk.honest(after).taken and desk.happens([after])
    time.sleep(SETTLE_S)
    return [] if has else ["an honest delivery afterwards had no effect"]


def _once(desk: Desk, events: Iterable[Event]) -> Finding:
    wrong = _settled(desk)
    counts = [len(desk.effects_of(event)) for event in events]
    wrong += [f"one event had {count} effects" for count in counts if count > 1]
    return Finding(tuple(wrong))


CHECKS = (
    InboundCheck(
        "E0",
        Level.BRONZE,
        "works when nothing is wrong",
        "An honest delivery is answered 2xx and has one effect. Without it no other check says"
        " anything.",
        _works,
    ),
    InboundCheck(
        "E1",
        Level.BRONZE,
        "a forgery is refused",
        "Deliveries that a stranger signed, or nobody: answered 4xx, without an effect.",
        _forged,
    ),
    InboundCheck(
        "E2",
        Level.BRONZE,
        "an old delivery is refused",
        "Signed an hour ago, or an hour from now: answered 4xx, without an effect.",
        _stale,
        frozenset({Ability.TIME}),
    ),
    InboundCheck(
        "E3",
        Level.BRONZE,
        "a changed delivery is refused",
        "One letter changed, or the same JSON written anew: answered 4xx, without an effect.",
        _changed,
    ),
    InboundCheck(
        "E4",
        Level.SILVER,
        "a key can be changed",
        "While the key is changed, deliveries signed with either are taken and have their effects.",
        _rotated,
        frozenset({Ability.ROTATION}),
    ),
    InboundCheck(
        "E5",
        Level.BRONZE,
        "a duplicate has one effect",
        "The same event three times, each signed anew: each answered 2xx, one effect.",
        _duplicate,
    ),
    InboundCheck(
        "E6",
        Level.SILVER,
        f"{TWINS} duplicates at once have one effect",
        "The same delivery on many connections at the same time.",
        _twins,
    ),
    InboundCheck(
        "E7",
        Level.SILVER,
        "the newer event has the last word",
        "Of two events of one thing the newer comes first: the older one does not undo it.",
        _order,
    ),
    InboundCheck(
        "E8",
        Level.SILVER,
        "what was taken survives a crash",
        "Events are answered 2xx, the process is killed at once and started again: they have their"
        " effects.",
        _crash,
        frozenset({Ability.CRASH}),
    ),
    InboundCheck(
        "E9",
        Level.BRONZE,
        "a slow handler holds no answer back",
        f"The handler takes {SLOW_S:g} s; the answer comes within {AT_ONCE_S:g} s, and the effect in"
        " its time.",
        _quick,
    ),
    InboundCheck(
        "E10",
        Level.SILVER,
        "a poisoned event stops no other",
        "The handler of one event always fails: others are taken and have their effects.",
        _poison,
    ),
)
