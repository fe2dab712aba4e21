"""What every report says of a certificate, in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.check import Level, Status

if TYPE_CHECKING:
    from bridgewright.certify.certificate import Certificate

MARKS = {
    Status.PASSED: "ok",
    Status.FAILED: "fail",
    Status.VACUOUS: "vacuous",
    Status.NOT_APPLICABLE: "n/a",
    Status.UNPLAYED: "unplayed",
}
"""A status as one short word."""


def verdict(certificate: Certificate) -> str:
    """The level, or what stands between the target and the lowest one."""
    if not certificate.whole:
        return "no level: only a part of the suite was played"
    if certificate.level is not None:
        return certificate.level.name.capitalize()
    missed = [
        each.check.code
        for each in certificate.results
        if each.check.level is Level.BRONZE
        and each.status not in {Status.PASSED, Status.NOT_APPLICABLE}
    ]
    return (
        f"no level: {', '.join(missed)} {'is' if len(missed) == 1 else 'are'} asked for by Bronze"
    )


def next_step(certificate: Certificate) -> str:
    """What the next level asks for that was not passed; empty at the top."""
    reached = 0 if certificate.level is None else certificate.level.value
    if not certificate.whole or reached == Level.GOLD.value:
        return ""
    level = Level(reached + 1)
    missed = [
        each.check.code
        for each in certificate.results
        if each.check.level.value <= level.value
        and each.status not in {Status.PASSED, Status.NOT_APPLICABLE}
    ]
    name = level.name.capitalize()
    if not missed:
        return f"{name} is for targets that make many calls in one process: see --session"
    return f"missing for {name}: {', '.join(missed)}"


def counts(certificate: Certificate) -> str:
    """How many checks came out how."""
    said = ((status, certificate.count(status)) for status in Status)
    return ", ".join(f"{count} {status.value}" for status, count in said if count)


def preface(certificate: Certificate) -> list[tuple[str, str]]:
    """Names and values that say what was tried, on what."""
    versions = ", ".join(f"{name} {version}" for name, version in certificate.versions)
    return [
        ("target", certificate.target),
        ("level", verdict(certificate)),
        ("next", next_step(certificate)),
        ("checks", counts(certificate)),
        ("terms", "; ".join(certificate.terms)),
        ("suite", f"{certificate.suite}, seed {certificate.seed}"),
        ("began", f"{certificate.began_at}, took {certificate.took_s:.0f} s"),
        ("versions", versions),
    ]
