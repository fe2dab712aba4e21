"""A certificate as one object of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgewright.certify.certificate import Certificate, Result


def record(certificate: Certificate) -> dict[str, Any]:
    """Every value of it; `level` is null where none is reached."""
    return {
        "suite": certificate.suite,
        "target": certificate.target,
        "seed": certificate.seed,
        "began_at": certificate.began_at,
        "took_s": round(certificate.took_s, 3),
        "level": None if certificate.level is None else certificate.level.word,
        "whole": certificate.whole,
        "terms": list(certificate.terms),
        "versions": dict(certificate.versions),
        "checks": [_check(each) for each in certificate.results],
    }


def _check(result: Result) -> dict[str, Any]:
    check = result.check
    return {
        "code": check.code,
        "family": check.family.value,
        "level": check.level.word,
        "title": check.title,
        "status": result.status.value,
        "why": list(result.why),
    }
