"""Which dead letters failed alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.lifecycle import fingerprint
from bridgewright.core.lifecycle.fingerprint import (
    Frame,
    code,
    of_call,
    of_event,
    of_failure,
    of_frames,
)
from bridgewright.core.model.item import Called, Failure

NAMES = st.text("abc_", min_size=1, max_size=4)
FRAMES = st.builds(Frame, file=NAMES, function=NAMES, own=st.booleans())
CALL = Called("stripe", "charges.create", "rejected", 1, 402, "answered", "card_declined", "req_1")


@given(st.text(max_size=9), st.lists(FRAMES, max_size=20))
def test_an_id_names_its_rule_and_is_stable(kind: str, frames: list[Frame]) -> None:
    found, _ = of_frames(kind, frames)
    assert found == of_frames(kind, list(frames))[0]
    version, _, digest = found.partition(":")
    assert version == fingerprint.VERSION
    assert len(digest) == fingerprint.ID_CHARACTERS


@given(st.lists(FRAMES, min_size=1), st.lists(FRAMES))
def test_the_frames_of_others_do_not_split_a_problem(own: list[Frame], others: list[Frame]) -> None:
    own = [replace(frame, own=True) for frame in own]
    others = [replace(frame, own=False) for frame in others]
    assert of_frames("E", own + others) == of_frames("E", own)
    assert of_frames("E", others + own) == of_frames("E", own)


@given(st.lists(FRAMES, min_size=1), st.integers(1, 50))
def test_however_deep_a_function_calls_itself_it_is_one_problem(
    frames: list[Frame], deeper: int
) -> None:
    last = replace(frames[-1], own=True)
    whole = [*frames, last]
    assert of_frames("E", whole) == of_frames("E", whole + [last] * deeper)


@given(st.lists(FRAMES), NAMES, NAMES)
def test_another_kind_of_exception_is_another_problem(
    frames: list[Frame], one: str, two: str
) -> None:
    same = of_frames(one, frames)[0] == of_frames(two, frames)[0]
    assert same is (one == two)


def test_where_nothing_is_the_users_own_every_frame_counts() -> None:
    lib = [Frame("a.py", "f", own=False), Frame("b.py", "g", own=False)]
    assert of_frames("E", lib) != of_frames("E", lib[:1])
    assert of_frames("E", ())[1] == "E"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"attempts": 7}, True),
        ({"request_id": "req_2"}, True),
        ({"phase": "maybe_sent"}, True),
        ({"status": 500}, False),
        ({"code": "expired_card"}, False),
        ({"operation": "refunds.create"}, False),
        ({"provider": "twilio"}, False),
    ],
)
def test_a_call_is_the_same_problem_by_provider_operation_status_and_code(
    change: dict[str, object], *, same: bool
) -> None:
    other = replace(CALL, **change)  # type: ignore[arg-type]
    assert (of_call(other)[0] == of_call(CALL)[0]) is same


def test_the_title_says_what_a_person_would() -> None:
    assert of_call(CALL)[1] == "stripe charges.create: 402 card_declined"
    unanswered = replace(CALL, status=None, code="", outcome="unknown")
    assert of_call(unanswered)[1] == "stripe charges.create: unknown"
    frames = [Frame("app.py", "remind", own=True), Frame("mail.py", "send", own=True)]
    assert of_frames("ValueError", frames)[1] == "ValueError in send (mail.py)"
    assert of_event("Unhandled", "x.y")[1] == "Unhandled: x.y"


def test_a_failure_of_which_nothing_is_known_is_grouped_by_its_kind() -> None:
    one, other = Failure("WorkerLost", text="a"), Failure("WorkerLost", text="b")
    assert of_failure(one) == of_failure(other)
    assert of_failure(replace(one, problem="p1:x", title="t")) == ("p1:x", "t")


@pytest.mark.parametrize("given", ["card_declined", "E42.1", 21211])
def test_a_code_that_is_a_word_is_kept(given: object) -> None:
    assert code(given) == str(given)


@pytest.mark.parametrize(
    "given", ["ada@example.org", "no such card", "", "x" * 65, None, True, b"x"]
)
def test_what_is_no_code_is_not_kept(given: object) -> None:
    assert code(given) == ""
