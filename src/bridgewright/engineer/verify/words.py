"""What `verify` says: checks, how each came out, and why work is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why work is refused. Stable: CI and programs may rely on these names."""

    MISSING_TIMEOUT = "missing-timeout"
    RETRIED_POST = "retried-post"
    LEAKED_KEY = "leaked-key"
    UNVERIFIED_WEBHOOK = "unverified-webhook"
    NOT_RESILIENT = "not-resilient"
    UNCERTIFIED = "uncertified"
    FORGED_CERTIFICATE = "forged-certificate"
    STALE_CERTIFICATE = "stale-certificate"
    FAILING_TESTS = "failing-tests"
    TESTS_CANNOT_FAIL = "tests-that-cannot-fail"
    WRONG_BRANCH = "wrong-branch"
    EDITED_MAIN = "edited-main"
    OUTSIDE_PATHS = "outside-paths"
    UNCONVENTIONAL_COMMIT = "unconventional-commit"
    NO_WORK = "no-work"
    BROKEN_MANIFEST = "broken-manifest"
    UNREPORTED_FINDING = "unreported-finding"
    BROKEN_RULE = "broken-rule"
    OPEN_PLAN = "open-plan"
    TICKED_WITHOUT_EVIDENCE = "ticked-without-evidence"


class Standing(StrEnum):
    """How a check came out. `undecided` is what nobody could find out: it never counts as kept."""

    KEPT = "kept"
    REFUSED = "refused"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"


class About(StrEnum):
    """The checks, in the order in which they are made: what is quick first."""

    BRANCH = "branch"
    PATHS = "paths"
    COMMITS = "commits"
    SECRETS = "secrets"
    RULES = "rules"
    FINDINGS = "findings"
    RESILIENCE = "resilience"
    TESTS = "tests"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that is not as it should be: `place` is a file and line, a commit, or an integration."""

    reason: Reason
    place: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        told = (
            f"{self.reason}: {self.place}: {self.what}"
            if self.place
            else f"{self.reason}: {self.what}"
        )
        return f"{told}. {self.mend}" if self.mend else told


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check came out. `told` is what was looked at, in a few words, or why nothing was."""

    about: About
    standing: Standing
    refusals: tuple[Refusal, ...] = ()
    told: str = ""


def judged(about: About, refusals: tuple[Refusal, ...], told: str = "") -> Outcome:
    """Refused for any refusal, and else kept."""
    standing = Standing.REFUSED if refusals else Standing.KEPT
    return Outcome(about, standing, refusals, told)


def undecided(about: About, why: str) -> Outcome:
    """What could not be found out, and why."""
    return Outcome(about, Standing.UNDECIDED, (), why)


def skipped(about: About, why: str) -> Outcome:
    """What does not apply, or was not asked for."""
    return Outcome(about, Standing.SKIPPED, (), why)
