"""Secrets that are planted to be found: in what is logged, printed, raised and shown."""

from __future__ import annotations

import base64
import logging
import string
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import quote

from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS = string.ascii_letters + string.digits
_LENGTH = 32
FORMS = {
    "stripe.key": "sk_test_",
    "stripe.webhook": "whsec_",
    "github.token": "ghp_",
    "slack.token": "xoxb-",
    "sendgrid.key": "SG.",
    "twilio.token": "",
}
"""How a secret of that name begins, so that clients which look at its form take it."""


class Leaks:
    """Plants secrets and looks for them. What is logged at any level, by any library, is looked through
    at the end of the test; what else it writes can be added by `scan`."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(f"leaks/{seed}")  # noqa: S311 - they open nothing
        self._planted: dict[str, str] = {}
        self._found: list[str] = []
        self._handler = _Listening(self)
        self._level: int | None = None

    def __repr__(self) -> str:
        return f"Leaks({', '.join(self._planted) or 'nothing planted'})"

    def secret(self, name: str) -> str:
        """A secret of that name, made up for this test: give it to the code under test."""
        if name not in self._planted:
            made = "".join(self._dice.choices(_LETTERS, k=_LENGTH))
            self._keep(name, FORMS.get(name, "") + made)
        return self._planted[name]

    def plant(self, name: str, value: str | Secret) -> None:
        """Look for a secret that is there already, or for anything else that is nobody's business: a
        telephone number, say. AssertionError for one so short that it would be found by chance."""
        text = value.reveal() if isinstance(value, Secret) else value
        if len(text) < 6:  # noqa: PLR2004 - a word of six letters is not in a log by chance
            raise AssertionError(f"{name} is too short to be looked for")
        self._keep(name, text)

    def scan(self, text: str, where: str) -> None:
        """Look through a text; what is found fails the test at its end."""
        for name in self.names_in(text):
            said = f"{name} is in {where}"
            if said not in self._found:
                self._found.append(said)

    def names_in(self, text: str) -> list[str]:
        """The names of the planted secrets that a text holds, as they are or encoded."""
        return [
            name
            for name, value in self._planted.items()
            if any(form in text for form in _encoded(value))
        ]

    def hidden(self, text: str) -> str:
        """A text with a placeholder for each planted secret in it."""
        for name, value in self._planted.items():
            for form in _encoded(value):
                text = text.replace(form, f"{{{{secret:{name}}}}}")
        return text

    @property
    def planted(self) -> dict[str, Secret]:
        """What is looked for, by name."""
        return {name: Secret(value) for name, value in self._planted.items()}

    @property
    def found(self) -> tuple[str, ...]:
        """What was found so far: which secret, and where; never its value."""
        return tuple(self._found)

    def told(self) -> str:
        """The same in words, "" when nothing was found."""
        return "secrets leaked: " + "; ".join(self._found) if self._found else ""

    def stop(self) -> None:
        """Listen no more to what is logged, and let the level be what it was."""
        root = logging.getLogger()
        root.removeHandler(self._handler)
        if self._level is not None:
            root.setLevel(self._level)
            self._level = None

    def _keep(self, name: str, value: str) -> None:
        """Look for a value from now on: libraries say most at a level at which few people listen."""
        self._planted[name] = value
        if self._level is None:
            root = logging.getLogger()
            self._level = root.level
            root.setLevel(logging.DEBUG)
            root.addHandler(self._handler)


class _Listening(logging.Handler):
    """Looks through each record as it is written, with its exception."""

    def __init__(self, leaks: Leaks) -> None:
        super().__init__(logging.NOTSET)
        self._leaks = leaks
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Look through one record."""
        self._leaks.scan(self._formatter.format(record), f"the log of {record.name}")


def _encoded(value: str) -> Iterator[str]:
    """A secret as it may stand in a text: plain, in a URL, in Base64 at each of three places."""
    yield value
    if quote(value, safe="") != value:
        yield quote(value, safe="")
    raw = value.encode()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw).decode()
        # Characters that mix with what stands before or after it are not its own.
        yield whole[(before * 8 + 5) // 6 : len(whole) - 4]
