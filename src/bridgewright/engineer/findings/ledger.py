"""`.integrations/findings.json`: what was found, what was accepted and until when, and how each
finding stands to the page. It is committed, and it is what is true when the page says otherwise."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError, NotFound
from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.page import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bridgewright.engineer.findings.finding import Finding

FILE = ".integrations/findings.json"
VERSION = 1
_REMEDY = "restore it from git, or delete it: then every finding is new"


class Status(StrEnum):
    """What is with a finding: it stands, a person lives with it for a while, or it is gone."""

    OPEN = "open"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Why a finding is lived with, and the last day of it."""

    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding as it was last seen. `first_seen` is the day it was first written down."""

    id: str
    code: str
    severity: Severity
    integration: str
    subject: str
    target: str
    bullet: str
    place: str
    evidence: tuple[str, ...]
    first_seen: date
    status: Status = Status.OPEN
    page: Standing = Standing.NEW
    accepted: Acceptance | None = None

    def expired(self, today: date) -> bool:
        """Whether it was accepted until a day that is over."""
        return self.accepted is not None and self.accepted.until < today


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries, by id. `leaving` are bullets that are being taken off the page: what is in it was
    not yet known to be done when this was written."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    leaving: tuple[str, ...] = ()

    def accepting(self, given: str, acceptance: Acceptance) -> Ledger:
        """With a finding that is lived with; `given` may be the beginning of its id. `NotFound` where
        no finding that stands begins so, or several do."""
        ids = [
            id_
            for id_, entry in self.entries.items()
            if id_.startswith(given) and entry.status is not Status.RESOLVED
        ]
        if len(ids) != 1:
            which = f"{len(ids)} findings begin" if ids else "no finding that stands begins"
            raise NotFound(f"{which} with {given!r}: `bridgewright findings --write` lists them")
        entry = replace(self.entries[ids[0]], status=Status.ACCEPTED, accepted=acceptance)
        return replace(self, entries={**self.entries, ids[0]: entry})

    def seen(
        self, found: Iterable[tuple[Finding, str]], today: date, spared: Callable[[str], bool]
    ) -> Ledger:
        """After a run: what it found, with the bullet of each. All else is resolved, but for what is of
        an integration that is `spared`, since it was not looked at, or not all of it. What comes back
        after it was resolved is as if it were new."""
        entries = {each.id: self._entry(each, line, today) for each, line in found}
        for id_, entry in self.entries.items():
            if id_ not in entries:
                gone = replace(entry, status=Status.RESOLVED, accepted=None)
                entries[id_] = entry if spared(entry.integration) else gone
        return replace(self, entries=entries)

    def _entry(self, finding: Finding, line: str, today: date) -> Entry:
        known = self.entries.get(finding.id)
        back = known is None or known.status is Status.RESOLVED
        status, accepted = Status.OPEN, None
        if known is not None and not back:
            accepted = known.accepted
            lived_with = accepted is not None and not known.expired(today)
            status = Status.ACCEPTED if lived_with else Status.OPEN
        return Entry(
            finding.id,
            finding.code,
            finding.severity,
            finding.integration,
            finding.subject,
            finding.target,
            line,
            str(finding.place),
            finding.evidence,
            known.first_seen if known is not None and not back else today,
            status,
            known.page if known is not None else Standing.NEW,
            accepted,
        )


def bytes_of(ledger: Ledger) -> bytes:
    """The file: sorted by id, so that two branches which found different things merge."""
    findings = {id_: _record(ledger.entries[id_]) for id_ in sorted(ledger.entries)}
    tree = {"version": VERSION, "findings": findings, "leaving": list(ledger.leaving)}
    text = json.dumps(tree, indent=2, ensure_ascii=False)
    return (text + "\n").encode()


def of_bytes(content: bytes, name: str) -> Ledger:
    """What a file says. `ConfigurationError` for what we did not write."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        raise ConfigurationError("is not JSON", place=name, remedy=_REMEDY) from None
    if not isinstance(tree, dict) or tree.get("version") != VERSION:
        problem = f"is no ledger of version {VERSION}"
        raise ConfigurationError(problem, place=name, remedy=_REMEDY)
    try:
        entries = {id_: _entry(id_, each) for id_, each in tree["findings"].items()}
        return Ledger(entries, tuple(_text(each) for each in tree["leaving"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"has an entry that cannot be understood ({type(error).__name__})"
        raise ConfigurationError(problem, place=name, remedy=_REMEDY) from None


def _record(entry: Entry) -> dict[str, Any]:
    accepted = entry.accepted
    return {
        "code": entry.code,
        "severity": entry.severity.value,
        "integration": entry.integration,
        "subject": entry.subject,
        "target": entry.target,
        "bullet": entry.bullet,
        "place": entry.place,
        "evidence": list(entry.evidence),
        "first_seen": entry.first_seen.isoformat(),
        "status": entry.status.value,
        "page": entry.page.value,
        "accepted": accepted and {"reason": accepted.reason, "until": accepted.until.isoformat()},
    }


def _entry(id_: str, record: dict[str, Any]) -> Entry:
    texts = ("code", "integration", "subject", "target", "bullet", "place")
    code, integration, subject, target, bullet, place = (_text(record[each]) for each in texts)
    accepted = record["accepted"]
    return Entry(
        id_,
        code,
        Severity(record["severity"]),
        integration,
        subject,
        target,
        bullet,
        place,
        tuple(_text(each) for each in record["evidence"]),
        date.fromisoformat(record["first_seen"]),
        Status(record["status"]),
        Standing(record["page"]),
        accepted and Acceptance(_text(accepted["reason"]), date.fromisoformat(accepted["until"])),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
