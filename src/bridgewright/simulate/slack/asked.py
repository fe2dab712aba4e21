"""What a request asks of a method: its arguments, from query, form or JSON, and who asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bridgewright.simulate.slack.trouble import SlackError, missing

if TYPE_CHECKING:
    from bridgewright.simulate.slack.workspace import User
    from bridgewright.simulate.wire import Content, Heard

FORM = "application/x-www-form-urlencoded"
_NO = frozenset({"0", "false", "False", ""})


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of one call, by name, and whose token it came with."""

    content: Content = field(repr=False)
    caller: User

    def maybe(self, name: str) -> str | None:
        """A text, or None when it was left out or is empty."""
        given = self.content.get(name)
        if given is None or given == "":
            return None
        if isinstance(given, int | float) and not isinstance(given, bool):
            return str(given)
        if not isinstance(given, str):
            raise SlackError("invalid_arguments", f"must be a string [json-pointer:/{name}]")
        return given

    def text(self, name: str) -> str:
        """A text that the method needs."""
        given = self.maybe(name)
        if given is None:
            raise missing(name)
        return given

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        """A yes or no, as forms and JSON write it."""
        given = self.content.get(name)
        if given is None:
            return otherwise
        return given not in _NO if isinstance(given, str) else bool(given)

    def whole(self, name: str, code: str = "invalid_arguments") -> int | None:
        """A whole number, or None; SlackError with `code` for anything else."""
        given = self.maybe(name)
        if given is None:
            return None
        digits = given.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 20):  # noqa: PLR2004
            raise SlackError(code, f"must be an integer [json-pointer:/{name}]")
        return int(given)

    def listed(self, name: str, code: str) -> list[Any] | None:
        """A list, in JSON or as JSON in a form; SlackError with `code` for anything else."""
        given = self.content.get(name)
        if given is None or given == "":
            return None
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except (ValueError, RecursionError):
                raise SlackError(code) from None
        if not isinstance(given, list):
            raise SlackError(code)
        return given


def arguments(heard: Heard) -> Content:
    """Every argument of a request: a later place adds to, and overrides, an earlier one: query, body."""
    content: Content = dict(parse_qsl(heard.target.partition("?")[2], keep_blank_values=True))
    if not heard.body:
        return content
    media = (heard.header("content-type") or "").partition(";")[0].strip().lower()
    if media == "application/json":
        return content | _of_json(heard.body)
    if media == FORM:
        text = heard.body.decode(errors="replace")
        return content | dict(parse_qsl(text, keep_blank_values=True))
    raise SlackError("invalid_post_type" if media else "missing_post_type")


def token(heard: Heard, content: Content) -> str:
    """The token a request carries: in its header, or as an argument; "" for none."""
    scheme, _, given = (heard.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        return given.strip()
    named = content.get("token")
    return named if isinstance(named, str) else ""


def _of_json(body: bytes) -> Content:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise SlackError("invalid_json") from None
    if not isinstance(content, dict):
        raise SlackError("json_not_object")
    return content
