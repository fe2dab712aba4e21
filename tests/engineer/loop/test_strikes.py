"""What ends a run that goes nowhere, or where it must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.loop.ends import End, Stopped
from bridgewright.engineer.loop.strikes import Strikes, fingerprint
from bridgewright.engineer.loop.tools.words import leaked, strayed
from bridgewright.engineer.loop.words import Breach, Lack, Result

FAILED = Result("error: it is not there", failed=True)


def ends_after(strikes: Strikes, calls: list[tuple[str, Result]]) -> tuple[int, End] | None:
    """With which call, from 1, and how."""
    for number, (mark, result) in enumerate(calls, start=1):
        try:
            strikes.failed("read", mark, result)
        except Stopped as error:
            return number, error.end
    return None


def test_the_same_failure_ends_it_the_third_time() -> None:
    assert ends_after(Strikes(), [("a", FAILED)] * 4) == (3, End.LOOPING)


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30))
def test_it_ends_with_the_first_mark_that_is_there_three_times(marks: list[str]) -> None:
    thrice = [n for n, mark in enumerate(marks, start=1) if marks[:n].count(mark) == 3]
    expected = (thrice[0], End.LOOPING) if thrice else None
    assert ends_after(Strikes(), [(mark, FAILED) for mark in marks]) == expected


def test_five_forbidden_calls_end_it_however_they_differ() -> None:
    calls = [(mark, strayed("it is outside")) for mark in "abcdef"]
    assert ends_after(Strikes(), calls) == (5, End.STRAYED)


def test_the_same_forbidden_call_ends_it_the_third_time_and_by_its_own_name() -> None:
    assert ends_after(Strikes(), [("a", strayed("it is outside"))] * 3) == (3, End.STRAYED)


def test_three_secrets_end_it() -> None:
    calls = [(mark, leaked("a key")) for mark in "abc"]
    assert ends_after(Strikes(), calls) == (3, End.LEAKED)


def test_what_was_counted_before_a_kill_counts_after_it() -> None:
    assert ends_after(Strikes(["a", "a"]), [("a", FAILED)]) == (1, End.LOOPING)
    four = [Breach.STRAYED] * 4
    assert ends_after(Strikes((), four), [("x", strayed("no"))]) == (1, End.STRAYED)


def test_a_verdict_counts_by_its_reasons_and_not_by_their_number_or_places() -> None:
    strikes = Strikes()
    strikes.refused(("missing-timeout", "missing-timeout"), ["one"])
    strikes.refused(("missing-timeout",), ["two"])
    strikes.refused(("retried-post",), ["three"])
    with pytest.raises(Stopped) as caught:
        strikes.refused(("missing-timeout",), ["four"])
    assert caught.value.end is End.UNVERIFIED
    assert caught.value.places == ("four",)
    assert "missing-timeout" in caught.value.problem


def test_a_phase_that_is_called_done_and_is_not_ends_it_the_third_time() -> None:
    strikes = Strikes()
    for _ in range(2):
        strikes.unmet("execute", Lack("its tests do not pass"))
    with pytest.raises(Stopped) as caught:
        strikes.unmet("execute", Lack("its tests do not pass"))
    assert caught.value.end is End.UNMET


def test_a_phase_that_verify_refuses_is_counted_by_its_reasons() -> None:
    strikes = Strikes()
    strikes.refused(("broken-rule",), ["one"])
    strikes.unmet("execute", Lack("two", ("broken-rule",)))
    with pytest.raises(Stopped) as caught:
        strikes.unmet("execute", Lack("three", ("broken-rule",)))
    assert caught.value.end is End.UNVERIFIED


def test_times_and_marks_make_no_difference_between_failures() -> None:
    one = "<data 0123456789ab>\n3 failed in 0.52s\n</data 0123456789ab>"
    other = "<data ba9876543210>\n3 failed in 12.01s\n</data ba9876543210>"
    assert fingerprint("run_tests", {}, one) == fingerprint("run_tests", {}, other)
    assert fingerprint("run_tests", {}, one) != fingerprint("run_tests", {}, one + "x")
    assert fingerprint("run_tests", {}, one) != fingerprint("check", {}, one)
    assert fingerprint("edit", {"path": "a"}) != fingerprint("edit", {"path": "b"})
