"""X: an answer cannot send credentials and data elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.check import Check, Family, Finding, Level, found
from bridgewright.certify.checks.judging import each, honest
from bridgewright.certify.trial import READ, WRITE, Trial, one
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.ordeal import Ordeal

if TYPE_CHECKING:
    from random import Random

    from bridgewright.certify.check import Evidence
    from bridgewright.certify.observed import Observed

_HOSTS = Fault.FOUND_ELSEWHERE, Fault.MOVED_ELSEWHERE, Ordeal.PERMANENTLY_ELSEWHERE
_PORTS = Ordeal.FOUND_OTHER_PORT, Ordeal.MOVED_OTHER_PORT


def _other_host(_: Random) -> tuple[Trial, ...]:
    return tuple(one(port, deed, deadline_s=4.0) for port in _HOSTS for deed in (READ, WRITE))


def _other_port(_: Random) -> tuple[Trial, ...]:
    return tuple(one(port, deed, deadline_s=4.0) for port in _PORTS for deed in (READ, WRITE))


def _redirected(_: Random) -> tuple[Trial, ...]:
    return (
        one(Fault.FOUND_ELSEWHERE, WRITE, deadline_s=4.0),
        one(Ordeal.FOUND_OTHER_PORT, WRITE, deadline_s=4.0),
    )


def _judge_leaks(evidence: Evidence) -> Finding:
    def leaked(observed: Observed) -> str:
        kinds = " and ".join(sorted(observed.leaked))
        return f"{kinds} went there" if kinds else ""

    return found(each(evidence.own, leaked))


CHECKS = (
    Check(
        "X1",
        Family.EXFILTRATION,
        Level.SILVER,
        "a redirect takes nothing to another host",
        "302, 307 and 308 to another host: neither the secret, in whatever header, nor the body"
        " arrives there.",
        _other_host,
        _judge_leaks,
        pairs=("A0",),
    ),
    Check(
        "X2",
        Family.EXFILTRATION,
        Level.SILVER,
        "a redirect takes nothing to another port",
        "Another port of the same host is another origin: neither the secret nor the body arrives"
        " there.",
        _other_port,
        _judge_leaks,
        pairs=("A0",),
    ),
    Check(
        "X3",
        Family.EXFILTRATION,
        Level.SILVER,
        "a redirected write is no success",
        "302 turns a POST into a GET: whatever is there, nothing was written.",
        _redirected,
        lambda evidence: found(each(evidence.own, honest)),
        pairs=("A0",),
    ),
)
