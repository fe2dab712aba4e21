"""Findings and projects for tests."""

from __future__ import annotations

from datetime import date

from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.finding import Finding, Place

TODAY = date(2026, 11, 29)


def finding(what: str, *, code: str = "DM005", severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        code,
        severity,
        "twilio",
        "Integration",
        f"User.{what}",
        "Twilio SMS",
        f"User model lacks {what} field needed for Twilio SMS.",
        Place("app/models.py", 3),
    )


def line(what: str) -> str:
    return f"- [Integration] User model lacks {what} field needed for Twilio SMS."
