"""What a request asks for: its query, and the JSON of its body."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from bridgewright.simulate.sendgrid.trouble import Complaint, TroubleError, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.wire import Content, Heard

_LONGEST_NUMBER = 12
_BAD = Complaint("Bad Request")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; SendGrid ignores fields that it does not know, but those of mail."""

    path: str
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def number(self, name: str, otherwise: int, most: int) -> int:
        """A whole number of the query; TroubleError for anything else."""
        text = self.query.get(name, str(otherwise))
        plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
        if not plain or int(text) > most:
            raise wrong(f"{name} must be a whole number of at most {most}", name)
        return int(text)

    def content(self) -> Content:
        """The object that the body is; TroubleError, as SendGrid words it, when it is none."""
        try:
            content = json.loads(self.body, parse_constant=_no_number)
        except UnicodeDecodeError:
            raise wrong("Invalid UTF8 in request.") from None
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise TroubleError(400, _BAD)
        return content


def asked_of(heard: Heard) -> Asked:
    """What a request asks for."""
    return Asked(heard.path, heard.query, heard.body)


def text_in(content: Content, name: str, otherwise: str = "") -> str:
    """A text of a body; TroubleError for anything else."""
    return str(_typed(content, name, str, otherwise))


def flag_in(content: Content, name: str, *, otherwise: bool = False) -> bool:
    """Yes or no; TroubleError for anything else."""
    return bool(_typed(content, name, bool, otherwise))


def texts_in(content: Content, name: str) -> tuple[str, ...]:
    """A list of texts; TroubleError for anything else."""
    found = _typed(content, name, list, [])
    if not all(isinstance(each, str) for each in found):
        raise wrong(f"{name} must be an array of strings", name)
    return tuple(found)


def _typed(content: Content, name: str, kind: type, otherwise: Any) -> Any:
    found = content.get(name)
    if found is None:
        return otherwise
    if not isinstance(found, kind):
        raise wrong(f"{name} is of the wrong type", name)
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
