"""The verdict on an attempt: whether it may have happened, and whether twice would hurt."""

from __future__ import annotations

import pytest

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import (
    Operation,
    Outcome,
    Phase,
    Response,
    Safety,
    Trouble,
    Verdict,
)
from bridgewright.core.model.moment import Moment
from bridgewright.core.policy.profile import CallProfile
from bridgewright.core.policy.verdict import (
    Judgement,
    judge_answer,
    judge_failure,
    repeatable,
    without_body,
)

NOW = Moment(0)
SAFETIES = list(Safety)


def profile(**others: object) -> CallProfile:
    return CallProfile("acme", "http://acme", lambda _: OPERATION, **others)  # type: ignore[arg-type]


OPERATION = Operation("things.create", Safety.UNSAFE)
PLAIN = profile()


def judged(
    response: Response, safety: Safety, by: CallProfile = PLAIN, operation: Operation = OPERATION
) -> Judgement:
    return judge_answer(response, operation, safety, by, NOW)


@pytest.mark.parametrize("safety", SAFETIES)
@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("phase", [Phase.MAYBE_SENT, Phase.TRUNCATED])
def test_what_may_have_happened_is_never_repeated_unless_that_is_harmless(
    safety: Safety, trouble: Trouble, phase: Phase
) -> None:
    found = judge_failure(TransportError(phase, trouble), safety)
    assert found.outcome is Outcome.UNKNOWN
    if safety is Safety.UNSAFE:
        assert not found.again
        assert found.verdict is Verdict.AMBIGUOUS
    if found.again:
        assert repeatable(safety)


@pytest.mark.parametrize("safety", SAFETIES)
@pytest.mark.parametrize("trouble", [Trouble.DNS, Trouble.REFUSED, Trouble.CONNECT_TIMEOUT])
def test_what_never_left_may_always_be_sent_again(safety: Safety, trouble: Trouble) -> None:
    found = judge_failure(TransportError(Phase.NOT_SENT, trouble), safety)
    assert (found.outcome, found.verdict, found.again, found.counts) == (
        Outcome.NOT_SENT,
        Verdict.TRANSIENT,
        True,
        True,
    )


def test_a_certificate_that_is_wrong_now_is_wrong_in_a_second_too() -> None:
    found = judge_failure(TransportError(Phase.NOT_SENT, Trouble.CERTIFICATE), Safety.SAFE)
    assert (found.verdict, found.again, found.counts) == (Verdict.PERMANENT, False, True)


@pytest.mark.parametrize("trouble", [Trouble.POOL, Trouble.UNUSABLE])
def test_what_we_did_ourselves_counts_against_nobody(trouble: Trouble) -> None:
    found = judge_failure(TransportError(Phase.NOT_SENT, trouble), Safety.SAFE)
    assert (found.again, found.counts) == (False, None)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
@pytest.mark.parametrize("safety", SAFETIES)
def test_an_error_of_the_server_says_nothing_about_the_deed(status: int, safety: Safety) -> None:
    found = judged(Response(status), safety)
    assert found.outcome is Outcome.UNKNOWN
    assert found.again == repeatable(safety)
    assert found.verdict is (Verdict.TRANSIENT if found.again else Verdict.AMBIGUOUS)


@pytest.mark.parametrize("safety", SAFETIES)
def test_a_throttle_means_that_nothing_was_done(safety: Safety) -> None:
    found = judged(Response(429, (("retry-after", "7"),)), safety)
    assert (found.verdict, found.outcome, found.again) == (
        Verdict.THROTTLED,
        Outcome.REJECTED,
        True,
    )
    assert found.counts is None
    assert found.pushback is not None
    assert found.pushback.after_s == 7


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 422])
@pytest.mark.parametrize("safety", SAFETIES)
def test_a_refusal_is_final_and_a_sign_of_health(status: int, safety: Safety) -> None:
    found = judged(Response(status), safety)
    assert (found.verdict, found.outcome, found.again, found.counts) == (
        Verdict.PERMANENT,
        Outcome.REJECTED,
        False,
        False,
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("safety", SAFETIES)
def test_a_redirect_is_never_an_answer_and_never_followed(status: int, safety: Safety) -> None:
    found = judged(Response(status), safety)
    assert not found.again
    assert not found.honest
    surely_not = status in (307, 308) or safety is Safety.SAFE
    assert found.outcome is (Outcome.REJECTED if surely_not else Outcome.UNKNOWN)


@pytest.mark.parametrize("safety", SAFETIES)
def test_a_success_of_the_wrong_shape_is_not_one(safety: Safety) -> None:
    picky = Operation("things.create", safety, accepts=lambda _: "HTML")
    found = judged(Response(200), safety, operation=picky)
    assert found.verdict is not Verdict.SUCCESS
    assert not found.honest
    assert found.again == repeatable(safety)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 304])
def test_a_success_is_a_success(status: int) -> None:
    assert judged(Response(status), Safety.UNSAFE).verdict is Verdict.SUCCESS


def test_a_providers_own_word_decides_where_the_status_does_not() -> None:
    says_yes, says_no = profile(should_retry=lambda _: True), profile(should_retry=lambda _: False)
    assert judged(Response(402), Safety.KEYED, says_yes).again
    assert not judged(Response(500), Safety.KEYED, says_no).again
    assert judged(Response(500), Safety.KEYED, says_no).verdict is Verdict.AMBIGUOUS
    assert not judged(Response(409), Safety.KEYED, says_no).again


def test_a_key_in_flight_is_asked_for_again_and_nobody_knows_meanwhile() -> None:
    by = profile(refusals=frozenset({409}))
    keyed, unsafe = (
        judged(Response(409), Safety.KEYED, by),
        judged(Response(409), Safety.UNSAFE, by),
    )
    assert (keyed.again, keyed.outcome) == (True, Outcome.UNKNOWN)
    assert (unsafe.again, unsafe.verdict) == (False, Verdict.AMBIGUOUS)


def test_a_body_that_cannot_be_sent_again_is_not() -> None:
    read = judged(Response(503), Safety.SAFE)
    assert not without_body(read, Safety.SAFE).again
    assert without_body(read, Safety.SAFE).verdict is Verdict.PERMANENT
    write = judged(Response(503), Safety.KEYED)
    assert without_body(write, Safety.KEYED).verdict is Verdict.AMBIGUOUS
