"""Moments, secrets, headers, backoff, presence."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import RetryLater
from bridgewright.core.lifecycle.presence import SILENCE_S, claimed_sources, is_alive, unclaimed
from bridgewright.core.model import moment as moments
from bridgewright.core.model.inbound import Coverage, Headers
from bridgewright.core.model.moment import Moment
from bridgewright.core.model.operation import Overview, SourceCount, WorkerRow
from bridgewright.core.model.secret import Secret
from bridgewright.core.timing.backoff import Backoff

NOW = Moment(1_800_000_000_000_000)
CANARY = "whsec_canary_7f3a"


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5))])))
def test_a_moment_is_the_instant_it_was_made_from(when: datetime) -> None:
    assert moments.as_datetime(moments.from_datetime(when)) == when


def test_a_naive_datetime_is_no_moment() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moments.from_datetime(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test


@given(st.integers(0, 2**50), st.floats(-(10**6), 10**6))
def test_later_and_seconds_between_are_inverse(start: int, seconds: float) -> None:
    there = moments.later(Moment(start), seconds)
    assert abs(moments.seconds_between(Moment(start), there) - seconds) < 1e-6


def test_a_moment_reads_as_utc() -> None:
    assert moments.as_text(NOW) == "2027-01-15T08:00:00.000Z"


@pytest.mark.parametrize("show", [repr, str, "{}".format, "%s".__mod__, lambda s: f"{s!r:>20}"])
def test_a_secret_never_shows(show) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - several kinds of callables
    assert CANARY not in show(Secret(CANARY))


def test_a_secret_is_not_pickled_and_not_copied() -> None:
    for spread in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="reference"):
            spread(Secret(CANARY))


def test_a_secret_is_equal_to_the_same_secret_only() -> None:
    assert Secret(CANARY) == Secret(CANARY)
    assert Secret(CANARY) != Secret("other")
    assert Secret(CANARY) != CANARY
    assert Secret("\ud800é") == Secret("\ud800é")
    assert Secret(CANARY).reveal() == CANARY


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6))
def test_headers_keep_order_and_repeats_and_know_no_case(pairs: list[tuple[str, str]]) -> None:
    headers = Headers.of(pairs)
    assert len(headers.items()) == len(pairs)
    for name in {name for name, _ in headers.items()}:
        values = [value for key, value in headers.items() if key == name]
        assert headers.every(name) == values
        assert headers.first(name) == values[0]


def test_headers_show_no_values() -> None:
    assert CANARY not in repr(Headers.of({"authorization": CANARY}))


def test_coverage_reads_as_words() -> None:
    assert (Coverage.BODY | Coverage.TIME).words() == ("body", "time")
    assert Coverage.NOTHING.words() == ()


@given(
    st.integers(1, 10_000),
    st.floats(0, 1, exclude_max=True),
    st.builds(
        Backoff, base_s=st.floats(0, 3_600), factor=st.floats(1, 10), cap_s=st.floats(0, 86_400)
    ),
)
def test_a_wait_is_never_longer_than_its_ceiling_nor_than_the_cap(
    attempt: int, roll: float, backoff: Backoff
) -> None:
    assert 0 <= backoff.wait_s(attempt, roll) <= backoff.ceiling_s(attempt) <= backoff.cap_s


def test_the_ceiling_grows_by_the_factor() -> None:
    backoff = Backoff(base_s=5, factor=3, cap_s=3_600)
    assert [backoff.ceiling_s(n) for n in (1, 2, 3, 8)] == [5, 15, 45, 3_600]


@pytest.mark.parametrize("after_s", [-1, float("nan"), float("inf"), 31_536_001])
def test_retry_later_takes_seconds_within_a_year(after_s: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        RetryLater(after_s)


def _worker(seconds_ago: float, *, stopped: bool = False) -> WorkerRow:
    seen_at = moments.later(NOW, -seconds_ago)
    return WorkerRow("w", "host", 1, ("stripe",), NOW, seen_at, stopped)


def test_a_worker_is_alive_until_it_is_silent_too_long_or_signed_off() -> None:
    assert is_alive(_worker(SILENCE_S), NOW)
    assert not is_alive(_worker(SILENCE_S + 1), NOW)
    assert not is_alive(_worker(0, stopped=True), NOW)


def test_waiting_items_without_a_living_worker_are_named() -> None:
    sources = (SourceCount("github", waiting=2), SourceCount("stripe", waiting=1))
    overview = Overview("s.db", sources, workers=(_worker(1),))
    assert claimed_sources(overview, NOW) == {"stripe"}
    assert unclaimed(overview, NOW) == ("github",)
