"""What other commands say of a checkout: `check` of its code, `findings` of its models.

They are asked as programs: what they import of the work is imported in a process of their own, with nothing
in its environment, and is killed when its time is over.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.verify.place import run, variables
from bridgewright.engineer.verify.reported import Found, Surveyed
from bridgewright.engineer.verify.words import About, Outcome, Reason, Refusal, judged, undecided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.engineer.verify.place import Integration

MOST_S = 300.0
_SAID = 200
_ERROR = "error"
_REASONS = {
    "102": Reason.MISSING_TIMEOUT,
    **dict.fromkeys(("201", "202", "301", "802"), Reason.LEAKED_KEY),
    **dict.fromkeys(("401", "402", "403", "404"), Reason.UNVERIFIED_WEBHOOK),
    **dict.fromkeys(("501", "502"), Reason.RETRIED_POST),
}


def rules(checkout: Path, integrations: Sequence[Integration]) -> Outcome:
    """What `bridgewright check` says of a checkout: errors are refused, and what it cannot tell is
    undecided."""
    del integrations
    record, why = _asked(checkout, "check", "--json")
    return undecided(About.RULES, why) if record is None else ruled(record)


def ruled(record: Mapping[str, Any]) -> Outcome:
    """From the JSON of `check`."""
    problems = record["problems"]
    found = tuple(
        Refusal(
            _reason(each["code"]),
            f"{each['path']}:{each['line']}",
            f"{each['code']}: {each['message']}",
            each["mend"],
        )
        for each in problems
        if each["severity"] == _ERROR
    )
    unknown = record["undecided"]
    told = f"{len(problems) or 'no'} problems, {len(record['excused']) or 'none'} excused"
    if unknown and not found:
        first = f"{unknown[0]['path']}:{unknown[0]['line']}: {unknown[0]['message']}"
        return undecided(About.RULES, f"{told}, and {len(unknown)} undecided: {first}")
    return judged(About.RULES, found, told)


def _reason(code: str) -> Reason:
    """By the number of the rule, whatever stands before it."""
    return _REASONS.get("".join(each for each in code if each.isdigit()), Reason.BROKEN_RULE)


def survey(checkout: Path) -> Surveyed:
    """What `bridgewright findings` finds in a checkout."""
    record, why = _asked(checkout, "findings", "--json", "--fail-on", "never")
    return Surveyed((), 0, (why,)) if record is None else surveyed(record)


def surveyed(record: Mapping[str, Any]) -> Surveyed:
    """From the JSON of `findings`. What was accepted in the work itself is found all the same: that is
    for who takes the work over to say."""
    found = tuple(Found(each["id"], each["sentence"]) for each in record["findings"])
    unknown = tuple(f"{each['what']} ({each['why']})" for each in record["undecided"])
    return Surveyed(found, record["checks"], unknown)


def _asked(checkout: Path, *words: str) -> tuple[dict[str, Any] | None, str]:
    """The one JSON object of a command, or why there is none."""
    # -P: what lies in the checkout must not be taken for the modules that judge it.
    command = [sys.executable, "-P", "-m", "bridgewright", *words]
    with tempfile.TemporaryDirectory(prefix="bridgewright-verify-") as home:
        done = run(command, checkout, variables(Path(home), {}), MOST_S)
    for line in done.said.splitlines():
        if line.startswith('{"command": "'):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                return record, ""
    said = "it did not end" if done.code is None else " ".join(done.said.split())[-_SAID:]
    return None, f"`bridgewright {words[0]}` says nothing: {said}"
