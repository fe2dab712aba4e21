"""Values that give themselves away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridgewright.core.model.secret import Secret
from bridgewright.core.redact.pan import _RANGES, cards, is_card
from bridgewright.core.redact.redaction import MASK, Redaction, redaction
from bridgewright.core.redact.values import MAX_TEXT_CHARS, redacted, unsuspicious
from tests.rules.redact.canaries import CANARIES, HELD, REDACTION, apart, canaries, plain, survives


@given(before=plain, left=apart, canary=canaries, right=apart, after=plain)
def test_a_canary_planted_anywhere_does_not_survive(
    before: str, left: str, canary: str, right: str, after: str
) -> None:
    text = f"{before}{left}{canary}{right}{after}"
    assert not survives(canary, redacted(text, REDACTION))
    assert not survives(canary, redacted(text, REDACTION, named=True))


@given(text=st.text() | st.text("0123456789 -.+@eyJ._sk%", max_size=80))
def test_any_text_comes_out_as_text_and_what_looks_harmless_is_not_changed(text: str) -> None:
    shown = redacted(text, REDACTION)
    if unsuspicious(text, REDACTION):
        assert shown == text


@pytest.mark.slow
@given(filling=st.integers(0, 400), canary=canaries)
def test_a_canary_on_the_seam_of_a_cut_does_not_survive(filling: int, canary: str) -> None:
    text = "x " * ((MAX_TEXT_CHARS - filling) // 2) + canary + " more" * 100
    shown = redacted(text, REDACTION)
    assert not survives(canary, shown)
    assert shown.endswith("(cut)")


def test_what_was_masked_says_what_it_was() -> None:
    shown = {canary: redacted(canary, REDACTION) for canary in CANARIES}
    assert shown["4242 4242 4242 4242"] == "card:****4242"
    assert shown["sk_live_51HCanaryCanaryCanary"] == "sk_****"
    assert shown["AKIAIOSFODNN7CANARY"] == "AKIA****"
    assert shown[HELD] == MASK
    assert shown["jane.doe+canary@example.co.uk"].startswith("email:")
    assert shown["+15005550006"].startswith("phone:")


def test_a_pseudonym_is_stable_under_one_key_and_another_under_another() -> None:
    text = "Jane@Example.com wrote to jane@example.com"
    one, two = redacted(text, Redaction(b"one")).split(" wrote to ")
    assert one == two
    assert one not in redacted(text, Redaction(b"two"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Custom abc def", "Authorization: ****"),
        ("{'Authorization': 'Bearer abcDEF123456', 'a': 1}", "{'Authorization': ****, 'a': 1}"),
        ("Bearer abcDEF123456, then", "Bearer ****, then"),
        ("message: password=hunter2&x=y", "message: password=****&x=y"),
        (r"{\"password\": \"a b\", \"x\": 1}", r"{\"password\": ****, \"x\": 1}"),
        ('"api_key" : "a\\"b", "n": 1', '"api_key" : ****, "n": 1'),
        ("auth={'user': 'joe', 'k': 'v'}", "auth=****"),
        (
            "[(b'Set-Cookie', b'a=b'), (b'Server', b'x')]",
            "[(b'Set-Cookie', ****), (b'Server', b'x')]",
        ),
        ("Cookie: a=b; c=d\nHost: x", "Cookie: ****\nHost: x"),
        ("https://joe:pass@example.com/x", "https://****@example.com/x"),
        ("mail\\u0040 jane\\u0040example.com", "mail@ email:"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----.", "pem:****."),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "pem:****"),
        ("AWS4-HMAC-SHA256 Credential=a/b, Signature=c", "AWS4-HMAC-SHA256 ****"),
    ],
)
def test_a_value_is_masked_by_the_name_before_it(text: str, shown: str) -> None:
    assert redacted(text, REDACTION, named=True).startswith(shown)


@pytest.mark.parametrize(
    "text",
    [
        "cus_NffrFeUfNV2Hib pi_3MtwBwLkdIwHu7ix28a3tqPa req_8273hs83",
        "order 1234567890123456, invoice 2026-11-23-0001",
        "id 1763878912123456789 at 1763878912123",
        "SM0123456789abcdef0123456789abcdef",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "the token expired; basic rules; a shipping author",
        "pkg@1.2.3 and user@localhost",
        "desk_reservation task_manager_report risk_assessment_2026",
        "keyJournalEntries",
        "2026-11-23T06:21:52.123+01:00",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert redacted(text, REDACTION, named=True) == text


@given(at=st.datetimes(datetime(2005, 1, 1), datetime(2039, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_timestamps_of_any_precision_stay(at: datetime) -> None:
    """In microseconds those from late 2039 on begin as some cards do, and one in ten looks like one."""
    since = at.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    for unit in (timedelta(seconds=1), timedelta(milliseconds=1), timedelta(microseconds=1)):
        text = str(since // unit)
        assert redacted(text, REDACTION) == text


def test_snowflake_ids_stay_but_for_one_in_some_hundred() -> None:
    first = datetime(2012, 1, 1, tzinfo=UTC) - datetime(2010, 11, 4, 1, 42, 54, tzinfo=UTC)
    ids = (
        ((int(first.total_seconds() * 1000) + step * 29_000_017) << 22) | (step * 7919 % 4_194_304)
        for step in range(20_000)
    )
    taken = sum(is_card(str(each)) for each in ids)
    assert taken <= 20_000 * 0.004


@given(digits=st.text("0123456789", min_size=12, max_size=19))
def test_a_card_has_the_right_check_digit_the_range_and_the_length_of_an_issuer(
    digits: str,
) -> None:
    if is_card(digits):
        wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
        assert not is_card(wrong)
        assert any(low <= int(digits[:6]) <= high for low, high, _ in _RANGES)


def test_the_ranges_of_issuers_do_not_overlap() -> None:
    ranges = sorted((low, high) for low, high, _ in _RANGES)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))


def test_a_card_is_found_behind_a_date_and_between_amounts() -> None:
    text = "2026-11-23 4242 4242 4242 4242 19.99"
    assert [text[begin:end] for begin, end, _ in cards(text)] == ["4242 4242 4242 4242"]


@given(secret=st.text(min_size=6, max_size=40), before=plain, after=plain)
def test_a_secret_in_use_is_masked_as_urls_json_and_repr_write_it(
    secret: str, before: str, after: str
) -> None:
    assume(secret not in MASK)
    held = redaction(b"", (), [Secret(secret)])
    for spelt in (secret, repr(secret)[1:-1]):
        assert f"{before}{spelt}{after}" != redacted(f"{before}{spelt}{after}", held)


def test_a_secret_in_use_is_masked_within_basic_credentials() -> None:
    assert "czNjcjN0" not in redacted("Og== YWNjb3VudDpzM2NyM3QvV2l0aCtPZGQ9U2lnbnM=", REDACTION)


def test_a_short_secret_is_not_looked_for() -> None:
    assert redaction(b"", (), [Secret("test")]).known is None


@pytest.mark.parametrize(
    "piece",
    [
        *("a", "@", "eyJ", "1-", "+1", "a@", "a.a@a.", "://", "sk_", "-----BEGIN A-----", "token "),
        *(
            "password=",
            '\\"',
            'password="',
            "<a",
            "%40",
            "4",
            "4242 ",
            "[{",
            "a=\\",
            "x@a.",
            '"a":',
        ),
        *("SG.", " ", "=>", "4.", "-----", "digest a=", "bearer ", "a-", "(", "+1 (", "://a"),
    ],
)
def test_hostile_texts_of_200_kb_take_steps_in_proportion_to_the_cap(piece: str) -> None:
    """Steps are not counted by `re`: a text that made them grow by the square would take hours."""
    text = (piece * 200_000)[:200_000]
    assert len(redacted(text, REDACTION, named=True)) <= 2 * MAX_TEXT_CHARS
