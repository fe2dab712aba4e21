"""Fault rules: which requests they strike, and how they are written."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.faults.rules import Faults, Kind, Phase, Rule, When, usual_phase
from bridgewright.simulate.faults.written import UnreadableRuleError, content_of, rule_of
from bridgewright.simulate.wire import Heard
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterable

CREATE = "stripe.payment_intents.create"


def heard(number: int = 1, **headers: str) -> Heard:
    return Heard("POST", "/v1/things", tuple(headers.items()), b"", 1, number, at_s=0.0)


def struck(faults: Faults, requests: int, operation: str = CREATE) -> list[int]:
    return [n for n in range(1, requests + 1) if faults.meet(operation, heard())]


@given(first=st.integers(1, 5), after=st.integers(0, 5), every=st.integers(1, 4))
def test_a_rule_strikes_each_so_manieth_of_those_after_some_and_no_more_than_so_many(
    first: int, after: int, every: int
) -> None:
    faults = Faults(VirtualClock())
    faults.on(CREATE).after(after).every(every).first(first).reset()

    assert struck(faults, 60) == [after + every * n for n in range(1, first + 1)]


@given(share=st.floats(0, 1), seed=st.integers())
@settings(max_examples=tries(100))
def test_chance_is_decided_by_the_seed_alone(share: float, seed: int) -> None:
    both = []
    for _ in range(2):
        faults = Faults(VirtualClock(), seed)
        faults.on().chance(share).status(500)
        both.append(struck(faults, 50))
    assert both[0] == both[1]
    assert len(both[0]) == {0.0: 0, 1.0: 50}.get(share, len(both[0]))


def test_chance_does_not_depend_on_how_threads_interleave() -> None:
    alone, together = Faults(VirtualClock(), 7), Faults(VirtualClock(), 7)
    for faults in (alone, together):
        faults.on().chance(0.5).status(500)
    met: Counter[bool] = Counter()

    def some() -> None:
        met.update([together.meet(CREATE, heard()) is not None for _ in range(50)])

    threads = [threading.Thread(target=some) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met[True] == len(struck(alone, 400))


def test_a_window_opens_and_closes_by_the_providers_clock() -> None:
    clock = VirtualClock()
    faults = Faults(clock)
    faults.on().window(30, begins_s=10).status(503)
    seen = []
    for _ in range(9):
        seen.append(bool(struck(faults, 1)))
        clock.advance(5)
    assert seen == [False, False, True, True, True, True, True, True, False]


def test_the_oldest_rule_that_strikes_is_the_one_that_happens_and_all_of_them_count() -> None:
    faults = Faults(VirtualClock())
    older = faults.on("stripe.*").first(1).reset()
    newer = faults.on(CREATE).first(2).stall()
    kinds = [met and met.kind for met in (faults.meet(CREATE, heard()) for _ in range(3))]
    assert kinds == [Kind.RESET, Kind.STALL, None]
    assert faults.untouched == ()
    faults.remove(older)
    assert faults.rules == (newer,)


def test_a_rule_is_about_the_operations_it_names_and_the_requests_it_looks_at() -> None:
    faults = Faults(VirtualClock())
    faults.on("twilio.*").stall()
    faults.on("stripe.*", only=lambda each: each.header("x-tenant") == "a").close()
    faults.on("stripe.*").keepalive_race()
    assert faults.meet(CREATE, heard()) is None
    assert faults.meet(CREATE, heard(**{"x-tenant": "a"})) is not None
    assert faults.meet(CREATE, heard(number=2)) is not None
    assert faults.meet("twilio.messages.create", heard()) is not None


def test_what_until_says_ends_a_rule() -> None:
    over: list[bool] = []
    faults = Faults(VirtualClock())
    faults.on().until(lambda: bool(over)).reset()
    assert struck(faults, 2) == [1, 2]
    over.append(True)
    assert struck(faults, 2) == []


def test_a_lost_response_is_one_whose_effect_happened() -> None:
    faults = Faults(VirtualClock())
    lost = faults.on().lose_response()
    assert (lost.kind, lost.phase) == (Kind.CLOSE, Phase.AFTER_EFFECT)
    assert faults.on().after_effect().status(500).phase is Phase.AFTER_EFFECT
    assert faults.on().reset().phase is Phase.BEFORE_EFFECT
    assert faults.on().truncate().phase is Phase.MID_BODY


@pytest.mark.parametrize(
    ("share", "count"), [(1.5, 1), (-0.1, 1), (0.5, 0)], ids=["more", "less", "none"]
)
def test_what_no_fault_can_be_is_refused(share: float, count: int) -> None:
    planned = Faults(VirtualClock()).on()
    with pytest.raises(ValueError, match=r"between 0 and 1|one request or more"):
        planned.chance(share).first(count)


def _rules() -> st.SearchStrategy[Rule]:
    whens = st.builds(
        When,
        after=st.integers(0, 9),
        first=st.none() | st.integers(1, 9),
        every=st.integers(1, 9),
        chance=st.floats(0, 1),
        begins_s=st.floats(0, 100),
        ends_s=st.floats(101, 200),
    )
    return st.builds(
        Rule,
        kind=st.sampled_from(Kind),
        where=st.text(max_size=9),
        when=whens,
        phase=st.sampled_from(Phase),
        status=st.integers(100, 599),
        retry_after=st.none() | st.text(max_size=5),
        seconds=st.floats(0, 9),
        name=st.text(max_size=5),
        how=st.sampled_from(["", "add", "null"]),
        reused=st.booleans(),
    )


@given(rule=_rules())
@settings(max_examples=tries(200))
def test_a_rule_is_read_as_it_was_written(rule: Rule) -> None:
    assert rule_of(json.loads(json.dumps(content_of(rule)))) == rule


@pytest.mark.parametrize("kind", Kind)
def test_what_a_written_rule_leaves_out_is_as_usual(kind: Kind) -> None:
    assert rule_of({"kind": kind.value}) == Rule(kind, phase=usual_phase(kind))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "a fault is a JSON object"),
        ({}, "a fault needs a kind, one of status"),
        ({"kind": "explode"}, "kind is one of status"),
        ({"kind": "reset", "wher": "*"}, "a fault has no 'wher'; it has how"),
        ({"kind": "reset", "when": {"frist": 1}}, "when has no 'frist'"),
        ({"kind": "reset", "phase": "later"}, "phase is one of before_effect"),
        ({"kind": "slow", "seconds": "9"}, "seconds is like 0.0, and not '9'"),
        ({"kind": "reset", "when": {"every": 2.5}}, "every is like 1, and not 2.5"),
        ({"kind": "reset", "when": {"first": "1"}}, "first is a whole number or null"),
        ({"kind": "status", "retry_after": 5}, "retry_after is text or null"),
        ({"kind": "reset", "when": {"every": 0}}, "every is 1 or more"),
    ],
)
def test_a_rule_that_makes_no_sense_says_what_would(content: Any, says: str) -> None:
    with pytest.raises(UnreadableRuleError, match=says.replace("(", r"\(")):
        rule_of(content)


@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["kind", "when", "first", "status"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    )
)
@settings(max_examples=tries(300))
def test_any_json_is_a_rule_or_says_what_is_wrong(content: Any) -> None:
    try:
        rule = rule_of(content)
    except UnreadableRuleError:
        return
    _meets(rule, [heard()])


def _meets(rule: Rule, requests: Iterable[Heard]) -> None:
    faults = Faults(VirtualClock())
    faults.add(rule)
    for each in requests:
        faults.meet(CREATE, each)
