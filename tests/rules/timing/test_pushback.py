"""Pushback: every form a provider uses is read, everything else is ignored, and nothing raises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import A_YEAR_S
from bridgewright.core.model.call import Response
from bridgewright.core.model.moment import Moment, from_datetime
from bridgewright.core.timing.pushback import GENERAL, Form, Pushback, PushbackRule, read

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
AT = from_datetime(NOW)
EPOCH = int(NOW.timestamp())


def asked(*rules: PushbackRule, now: Moment = AT, **headers: str) -> Pushback | None:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return read(Response(429, pairs), rules, now)


def after_s(*rules: PushbackRule, now: Moment = AT, **headers: str) -> float | None:
    found = asked(*rules, now=now, **headers)
    return None if found is None else found.after_s


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        ("1.5", 1.5),
        ("007", 7),
        ("+3", 3),
        ("9999999999", A_YEAR_S),
        ("3, 5", 5),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30),
        ("Monday, 23-Nov-26 12:00:30 GMT", 30),
        ("Mon Nov 23 12:00:30 2026", 30),
        ("Mon, 23 Nov 2026 13:00:30 +0100", 30),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_in_every_form(value: str, seconds: float) -> None:
    assert after_s(retry_after=value) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "soon",
        "-5",
        "nan",
        "inf",
        "1e9",
        "0x10",
        "٣",
        "5 seconds",
        "Mon, 99 Nov 2026 12:00:30 GMT",
        "Mon, 23 Nov 99999 12:00:30 GMT",
        "1" * 400,
        "\0",
        "5;6",
    ],
)
def test_garbage_says_nothing(value: str) -> None:
    assert asked(retry_after=value) is None


def test_a_date_is_compared_with_the_answers_own_date_and_not_with_our_clock() -> None:
    wrong = from_datetime(NOW - timedelta(days=3))
    assert after_s(retry_after=http_date(40), date=http_date(10), now=wrong) == 30
    assert after_s(retry_after=http_date(40), date="no date", now=AT) == 40


def test_of_duplicates_the_longest_counts() -> None:
    response = Response(429, (("retry-after", "3"), ("retry-after", "9"), ("retry-after", "x")))
    assert read(response, (), AT) == Pushback(9, "retry-after")


@pytest.mark.parametrize(
    ("headers", "seconds", "rule"),
    [
        ({"retry_after_ms": "250", "retry_after": "1"}, 0.25, "retry-after-ms"),
        ({"x_amz_retry_after": "3500"}, 3.5, "x-amz-retry-after"),
        ({"x_ratelimit_retry_after": "4"}, 4, "x-ratelimit-retry-after"),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "12"}, 12, "x-ratelimit-reset"),
        (
            {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(EPOCH + 9)},
            9,
            "x-ratelimit-reset",
        ),
        (
            {"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{EPOCH + 9}000"},
            9,
            "x-ratelimit-reset",
        ),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "6m0s"}, 360, "x-ratelimit-reset"),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "100ms"}, 0.1, "x-ratelimit-reset"),
        (
            {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "2026-11-23T12:00:05Z"},
            5,
            "x-ratelimit-reset",
        ),
        ({"ratelimit_remaining": "0", "ratelimit_reset": "8"}, 8, "ratelimit-reset"),
        ({"ratelimit": '"minute";r=0;t=20, "day";r=0;t=900'}, 900, "ratelimit"),
        ({"ratelimit": '"minute";r=0;t=20, "day";r=7;t=900'}, 20, "ratelimit"),
    ],
)
def test_what_others_call_it_is_read_too(
    headers: dict[str, str], seconds: float, rule: str
) -> None:
    found = asked(**headers)
    assert found is not None
    assert (found.after_s, found.rule) == (pytest.approx(seconds), rule)


@pytest.mark.parametrize("remaining", ["1", "", "x"])
def test_a_reset_says_nothing_while_something_remains(remaining: str) -> None:
    assert asked(x_ratelimit_remaining=remaining, x_ratelimit_reset="60") is None
    assert asked(ratelimit='"minute";r=1;t=20') is None


def test_a_providers_own_rules_come_first_and_mean_what_they_say() -> None:
    own = PushbackRule("x-reset", Form.EPOCH, when_empty="x-left")
    headers = {"x_left": "0", "x_reset": str(EPOCH + 60), "retry_after": "1"}
    assert after_s(own, **headers) == 60
    assert after_s(own, **(headers | {"x_left": "5"})) == 1
    assert after_s(PushbackRule("x-wait", Form.DURATION), x_wait="1m30s") == 90
    assert after_s(PushbackRule("x-when", Form.DATE), x_when=http_date(15)) == 15


forms = st.sampled_from([None, *Form])
names = st.sampled_from([rule.header for rule in GENERAL] + ["ratelimit", "date", "x-own"])


@given(
    st.lists(st.tuples(names, st.text(max_size=300)), max_size=8),
    forms,
    st.integers(-(10**17), 10**17),
)
def test_no_header_raises_and_no_wait_is_absurd(
    pairs: list[tuple[str, str]], form: Form | None, now: int
) -> None:
    rules = () if form is None else (PushbackRule("x-own", form),)
    found = read(Response(429, tuple(pairs)), rules, Moment(now))
    assert found is None or 0 <= found.after_s <= A_YEAR_S


@given(st.from_regex(r"[0-9+\-.:,; TZGMT]{0,40}", fullmatch=True), st.sampled_from(list(Form)))
def test_no_near_miss_raises(value: str, form: Form) -> None:
    read(Response(429, (("x-own", value), ("date", value))), (PushbackRule("x-own", form),), AT)
