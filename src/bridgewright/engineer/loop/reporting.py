"""Findings, found in the sandbox and written down outside of it: what imports the work's modules can change
nothing, and what changes the page imports nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.finding import Finding, Place
from bridgewright.engineer.findings.keeping import Manner, keep
from bridgewright.engineer.loop.ground import LONG
from bridgewright.engineer.loop.tools.words import marked, output
from bridgewright.engineer.loop.words import Result
from bridgewright.engineer.offering.answers import object_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.keeping import Kept
    from bridgewright.engineer.loop.ground import Ground

_MOST_CHARS = 6_000
_MOST_SENTENCE = 400


def reported(ground: Ground) -> Kept:
    """Look, and write what was found to the page and the ledger, as `findings look --write` does.
    `ConfigurationError` when it cannot be found out."""
    outcome = ground.command(("findings", "look", "--json"), bounds=LONG)
    record = object_of("findings", outcome.output.encode())
    tags = {each.name: each.tag for each in ground.all()}
    try:
        answer = record or {}
        found = [_finding(each, tags) for each in answer["findings"]]
        doubtful = {str(each["integration"]) for each in answer["undecided"]}
    except (KeyError, TypeError, ValueError):
        said = output(outcome.output[-_MOST_CHARS:], ground.redaction).strip()
        problem = f"findings gave no answer: {said or 'it said nothing'}"
        raise ConfigurationError(problem, remedy="mend that first") from None
    manner = Manner(ground.definition.findings, spared=lambda name: name in doubtful)
    return keep(ground.root, found, ground.today(), manner)


def told(ground: Ground) -> Result:
    """The same, as a tool answers it."""
    kept = reported(ground)
    lines = [f"added: {each}" for each in kept.added] + [
        f"removed: {each}" for each in kept.removed
    ]
    said = output("\n".join(lines) or "nothing to add or remove", ground.redaction)
    return Result(marked(f"{ground.definition.findings} and its ledger are written", said))


def _finding(told: Mapping[str, Any], tags: Mapping[str, str]) -> Finding:
    """From the JSON of `findings`, each text as one printable line."""
    name = _line(told["integration"])
    return Finding(
        _line(told["code"]),
        Severity(told["severity"]),
        name,
        tags[name],
        _line(told["subject"]),
        _line(told["target"]),
        _line(told["sentence"]),
        Place(_line(told["file"]), int(told["line"])),
        tuple(_line(each) for each in told["evidence"]),
        _line(told["remedy"]),
    )


def _line(text: object) -> str:
    return "".join(c if c.isprintable() else " " for c in str(text))[:_MOST_SENTENCE]
