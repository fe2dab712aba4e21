"""Lists, page by page: `per_page` (30 unless told, at most 100), `page`, and the links of the header.

https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api, as known 2026-11. What is no
number is ignored, as GitHub does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from bridgewright.simulate.github.trouble import said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.wire import Content, Reply

ORDINARY, MOST = 30, 100
_DIGITS = 9
Thing = TypeVar("Thing")


def page(
    ask: Ask, things: Sequence[Thing], shown: Callable[[Thing], object], counted: str = ""
) -> Reply:
    """One page of things; `counted` is the name of a list that comes with its `total_count`."""
    size = min(numeral(ask, "per_page", ORDINARY), MOST)
    number = numeral(ask, "page", 1)
    rows = [shown(each) for each in things[(number - 1) * size : number * size]]
    links = _links(ask, number, max(1, -(-len(things) // size)))
    content: Content | list[object] = rows
    if counted:
        content = {"total_count": len(things), counted: rows}
    return said(content, 200, *links)


def numeral(ask: Ask, name: str, otherwise: int) -> int:
    """A field of the query that counts something, from 1."""
    text = ask.query.get(name, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS:
        return otherwise
    return int(text) or otherwise


def link(ask: Ask, relation: str, **changed: object) -> str:
    """A link to the same list, with some of its query changed."""
    query = urlencode({**ask.query, **changed})
    return f'<{ask.world.url}{ask.heard.path}?{query}>; rel="{relation}"'


def _links(ask: Ask, number: int, last: int) -> tuple[tuple[str, str], ...]:
    told = []
    if number > 1:
        told.append(link(ask, "prev", page=min(number - 1, last)))
    if number < last:
        told += [link(ask, "next", page=number + 1), link(ask, "last", page=last)]
    if number > 1:
        told.append(link(ask, "first", page=1))
    return (("link", ", ".join(told)),) if told else ()
