"""One thing that does not fit, and what was looked at without finding any."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.engineer.findings.codes import Severity

ID_DIGITS = 12
"""48 bits: two of a thousand findings share an id once in half a thousand million projects."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file, as it lies below the project's folder, and a line of it, counted from 1."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding. `sentence` is made of the code, the subject (`User.phone`) and the target (`Twilio
    send_sms Body, 1600`) only, so that the same facts are the same bytes; what may change from day to
    day is `evidence`, which is shown beside it."""

    code: str
    severity: Severity
    integration: str
    tag: str
    subject: str
    target: str
    sentence: str
    place: Place
    evidence: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def id(self) -> str:
        """Who it is: the beginning of a hash over code, integration, subject and target."""
        said = f"{self.code}|{self.integration}|{self.subject}|{self.target}"
        return hashlib.sha256(said.encode()).hexdigest()[:ID_DIGITS]


@dataclass(frozen=True, slots=True)
class Undecided:
    """What could not be looked at, why, and what would let it be; never a pass."""

    integration: str
    what: str
    why: str
    place: Place


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of looking: `checks` counts each comparison that was made. `remarks` say what was left
    out by intent."""

    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    checks: int = 0
    integrations: int = 0
    remarks: tuple[str, ...] = ()
