"""T: whoever cannot prove to be the provider is not spoken to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.check import Check, Family, Finding, Level, found
from bridgewright.certify.checks.judging import each, honest
from bridgewright.certify.trial import READ, Trial, one
from bridgewright.simulate.faults.ordeal import Ordeal

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from bridgewright.certify.check import Evidence
    from bridgewright.certify.observed import Observed

_GOOD = one(Ordeal.TLS, READ, deadline_s=5.0)
_KINDS = Ordeal.TLS_WRONG_HOST, Ordeal.TLS_EXPIRED, Ordeal.TLS_SELF_SIGNED


def _against(*kinds: Ordeal) -> Callable[[Random], tuple[Trial, ...]]:
    return lambda _: (_GOOD, *(one(kind, READ, deadline_s=4.0) for kind in kinds))


def _trust(evidence: Evidence) -> str:
    if evidence.own[0].last.ok:
        return ""
    return "it does not trust the authority in CA_FILE, so it refuses good certificates as well"


def _judge_refused(evidence: Evidence) -> Finding:
    def silent(observed: Observed) -> str:
        return "sent a request to an impostor" if observed.requests else ""

    return found(each(evidence.own[1:], silent, honest), Finding(idle=_trust(evidence)))


def _judge_unknown(evidence: Evidence) -> Finding:
    return Finding(_judge_refused(evidence).wrong)


def _judge_once(evidence: Evidence) -> Finding:
    def once(observed: Observed) -> str:
        connections = observed.ports[0].connections
        return f"shook hands {connections} times" if connections > 1 else ""

    return found(each(evidence.own[1:], once))


CHECKS = (
    Check(
        "T1",
        Family.TLS,
        Level.BRONZE,
        "somebody else's certificate is refused",
        "A good certificate for another host: no request is sent.",
        _against(Ordeal.TLS_WRONG_HOST),
        _judge_refused,
        pairs=("A0",),
    ),
    Check(
        "T2",
        Family.TLS,
        Level.BRONZE,
        "an expired certificate is refused",
        "No request is sent.",
        _against(Ordeal.TLS_EXPIRED),
        _judge_refused,
        pairs=("A0",),
    ),
    Check(
        "T3",
        Family.TLS,
        Level.BRONZE,
        "a self-signed certificate is refused",
        "No request is sent.",
        _against(Ordeal.TLS_SELF_SIGNED),
        _judge_unknown,
        pairs=("A0",),
    ),
    Check(
        "T4",
        Family.TLS,
        Level.SILVER,
        "a bad certificate is not tried again",
        "It does not get better within a call: one handshake each.",
        _against(*_KINDS),
        _judge_once,
        pairs=("A0", "B1", "T3"),
    ),
)
