"""Files that tests read, and what in them should not be there: secrets, and people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.engineer.check.project import recorded
from bridgewright.engineer.leaks.texts import leaks as secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PHONE = re.compile(r"(?<![\w+])\+[1-9]\d{7,14}(?!\d)")
_MADE_UP = re.compile(
    r"\+1500555\d{4}|\+1\d{3}555\d{4}|\+44(?:7700900|1632960|2079460)\d{3}|\+1234567\d*"
)
"""Numbers that are nobody's: Twilio's test numbers, and those that regulators keep for fiction."""
_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64}+(?:@|%40)(?P<domain>(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w@])"
)
_RESERVED = re.compile(
    r"(?i)(?:.*\.)?(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)|(?:users\.)?noreply\.github\.com"
)
"""Domains that can have no mailbox (RFC 2606), and GitHub's that stands for one."""


def leaks(path: Path) -> Iterator[tuple[int, str]]:
    """What should not be in a file, by its line: one of each kind a line."""
    text = recorded(path)
    found = [(each.line, each.kind) for each in secrets(text)]
    for number, line in enumerate(text.splitlines(), start=1):
        found.extend((number, kind) for kind in persons(line))
    yield from sorted(dict.fromkeys(found))


def persons(line: str) -> Iterator[str]:
    """What in a line may be somebody's: telephone numbers and addresses not kept for tests and fiction."""
    for found in _PHONE.finditer(line):
        if not _MADE_UP.fullmatch(found.group()):
            yield "a telephone number that may be somebody's"
    for found in _EMAIL.finditer(line):
        if not _RESERVED.fullmatch(found["domain"]):
            yield "an e-mail address outside the domains reserved for examples"
