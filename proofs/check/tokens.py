"""Secrets for samples, made when a project is written: the shape is right, and nobody ever had them."""

from __future__ import annotations

import random
import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MARK = re.compile(r"<<(\w+)>>")
_HEX = "0123456789abcdef"
_LETTERS = string.ascii_letters + string.digits
_UPPER = string.ascii_uppercase + "234567"
_BASE64 = _LETTERS + "+/"
_LINES = 6


def filled(text: str, seed: str) -> str:
    """A text with a secret for each mark in it; the same for the same seed. `KeyError` for a mark that
    has no form."""
    dice = random.Random(seed)
    return _MARK.sub(lambda mark: _FORMS[mark.group(1)](dice), text)


def _drawn(alphabet: str, count: int, before: str = "") -> Callable[[random.Random], str]:
    return lambda dice: before + "".join(dice.choices(alphabet, k=count))


def _password(dice: random.Random) -> str:
    return "".join(dice.choices(_LETTERS, k=11)) + dice.choice("!$%&") + str(dice.randrange(10, 99))


def _pem(kind: str) -> Callable[[random.Random], str]:
    def made(dice: random.Random) -> str:
        lines = ["".join(dice.choices(_BASE64, k=64)) for _ in range(_LINES)]
        return "\n".join([f"-----BEGIN {kind} KEY-----", *lines, f"-----END {kind} KEY-----"])

    return made


def _sendgrid(dice: random.Random) -> str:
    return (
        "SG." + "".join(dice.choices(_LETTERS, k=22)) + "." + "".join(dice.choices(_LETTERS, k=43))
    )


def _slack_hook(dice: random.Random) -> str:
    parts = "".join(dice.choices(_UPPER, k=9)), "".join(dice.choices(_UPPER, k=10))
    ends = "".join(dice.choices(_LETTERS, k=24))
    return f"https://hooks.slack.com/services/T{parts[0]}/B{parts[1]}/{ends}"


def _slack(dice: random.Random) -> str:
    numbers = "-".join(str(dice.randrange(10**11, 10**12)) for _ in range(2))
    return f"xoxb-{numbers}-" + "".join(dice.choices(_LETTERS, k=24))


_FORMS: dict[str, Callable[[random.Random], str]] = {
    "akia": _drawn(_UPPER, 16, "AKIA"),
    "aws": _drawn(_BASE64, 40),
    "base62": _drawn(_LETTERS, 32),
    "base62long": _drawn(_LETTERS, 86),
    "email": lambda dice: "".join(dice.choices(string.ascii_lowercase, k=9)) + "@gmail.com",
    "github": _drawn(_LETTERS, 36, "ghp_"),
    "hex32": _drawn(_HEX, 32),
    "hex40": _drawn(_HEX, 40),
    "openai": _drawn(_LETTERS, 48, "sk-proj-"),
    "password": _password,
    "pem": _pem("RSA PRIVATE"),
    "phone": lambda dice: f"+4915{dice.randrange(10**9, 10**10)}",
    "publicpem": _pem("PUBLIC"),
    "sendgrid": _sendgrid,
    "sha256": _drawn(_HEX, 64),
    "slack": _slack,
    "slackhook": _slack_hook,
    "stripe": _drawn(_LETTERS, 24, "sk_live_"),
    "stripetest": _drawn(_LETTERS, 24, "sk_test_"),
    "twiliosid": _drawn(_HEX, 32, "AC"),
    "urlpassword": _drawn(_LETTERS, 14),
    "whsec": _drawn(_BASE64, 32, "whsec_"),
}
