"""Lists by cursor, as https://docs.slack.dev/apis/web-api/pagination has it, read 2026-11."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, TypeVar

from bridgewright.simulate.slack.trouble import SlackError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridgewright.simulate.slack.asked import Asked

ORDINARY = 100
Thing = TypeVar("Thing")


def page(
    asked: Asked, things: Sequence[Thing], key: Callable[[Thing], str], most: int = 1_000
) -> tuple[Sequence[Thing], str]:
    """One page of things that are sorted already, and the cursor of the next, "" after the last. A
    cursor names the first thing of its page, so that what is added or
    taken away before it moves nothing. Keys are of one length, and in order either way."""
    limit = asked.whole("limit", "invalid_limit")
    limit = ORDINARY if limit is None or limit == 0 else limit
    if not 0 < limit <= most:
        raise SlackError("invalid_limit")
    begin = _place(asked.maybe("cursor"), [key(each) for each in things])
    shown = things[begin : begin + limit]
    following = things[begin + limit : begin + limit + 1]
    return shown, cursor(key(following[0])) if following else ""


def cursor(key: str) -> str:
    """The cursor of the page that begins with a thing: opaque, though it looks readable."""
    return base64.b64encode(f"next:{key}".encode()).decode()


def _place(given: str | None, keys: list[str]) -> int:
    if given is None:
        return 0
    try:
        word, _, key = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if word != "next" or not key:
        raise SlackError("invalid_cursor")
    rising = len(keys) < 2 or keys[0] < keys[-1]  # noqa: PLR2004 - two have an order
    reached = (at for at, each in enumerate(keys) if (each >= key if rising else each <= key))
    return next(reached, len(keys))
