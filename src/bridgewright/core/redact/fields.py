"""Fields whose name says that their value is secret, however it is spelt."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from bridgewright.core.redact.redaction import spelt_alike

if TYPE_CHECKING:
    from bridgewright.core.redact.redaction import Redaction

INSIDE = (
    "password passwd passphrase passcode secret token apikey accesskey privatekey signingkey"
    " encryptionkey credential bearer mysqlpwd jwt signature cookie authorization"
    " cardnumber cardno securitycode dateofbirth birthdate birthday socialsecurity"
    " accountnumber routingnumber sortcode taxid passportnumber"
).split()
"""Names that are secret wherever they stand in a field's name, its case and separators left out."""

WORDS = frozenset("auth pwd pass pin otp totp cvv cvv2 cvc cvc2 csc pan iban ssn dob sig".split())
"""Names that are secret as words of their own (`card_pin`, `otpCode`), for they stand in others
(`shipping`, `author`)."""

_INSIDE = re.compile("|".join(INSIDE))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_PATH = re.compile(r"[\[\].]+")
MAX_NAME_CHARS = 256


def is_secret(name: str, redaction: Redaction, parent: str = "") -> bool:
    """Whether the value under a name is to be masked.

    `parent` is the name one level up: `number` is nothing, `card` and then `number` is. A name that
    is a path (`card[number]`, `user.password`) is looked at step by step.
    """
    if len(name) > MAX_NAME_CHARS:
        return True  # nobody names a field so: withheld
    steps = [parent, *(step for step in _PATH.split(name) if step)]
    return any(_is_secret_step(step, above, redaction) for above, step in pairwise(steps))


def _is_secret_step(step: str, above: str, redaction: Redaction) -> bool:
    alike = spelt_alike(step)
    joined = spelt_alike(above[-MAX_NAME_CHARS:]) + alike
    return (
        _INSIDE.search(joined) is not None
        or alike in redaction.fields
        or joined in redaction.fields
        or alike in WORDS
        or not WORDS.isdisjoint(word.lower() for word in _WORD.findall(step))
    )
