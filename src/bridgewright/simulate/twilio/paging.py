"""Lists a page at a time, newest first: by paths in the API of 2010, by whole addresses in later ones.

A page begins after the last thing of the one before, whatever has come in the meantime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlencode

from bridgewright.simulate.twilio.trouble import INVALID, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridgewright.simulate.twilio.asked import Asked
    from bridgewright.simulate.wire import Content

PAGE_SIZE = 50
LARGEST_PAGE = 1_000
_AFTER, _BEFORE = "PA", "PB"
_ENDLESS = range(1_000_000_000)


class Named(Protocol):
    """Anything with a SID."""

    @property
    def sid(self) -> str:
        """Its name at Twilio."""
        ...


Thing = TypeVar("Thing", bound=Named)


def page(
    asked: Asked, key: str, found: Sequence[Thing], show: Callable[[Thing], Content]
) -> Content:
    """One page of a list of the API of 2010."""
    number, size, first = _place(asked, found)
    shown = found[first : first + size]
    more = first + size < len(found)
    token = f"{_AFTER}{shown[-1].sid}" if shown else ""
    back = f"{_BEFORE}{shown[0].sid}" if shown else ""
    return {
        key: [show(each) for each in shown],
        "page": number,
        "page_size": size,
        "start": first,
        "end": first + max(len(shown) - 1, 0),
        "first_page_uri": _uri(asked, 0, size, ""),
        "next_page_uri": _uri(asked, number + 1, size, token) if more else None,
        "previous_page_uri": _uri(asked, number - 1, size, back) if number and back else None,
        "uri": _uri(asked, number, size, asked.text("PageToken")),
    }


def meta_page(
    asked: Asked, key: str, found: Sequence[Thing], show: Callable[[Thing], Content]
) -> Content:
    """One page of a list of a later API."""
    plain = page(asked, key, found, show)

    def whole(name: str) -> str | None:
        path = plain[name]
        return None if path is None else f"{asked.origin}{path}"

    meta = {
        "page": plain["page"],
        "page_size": plain["page_size"],
        "first_page_url": whole("first_page_uri"),
        "previous_page_url": whole("previous_page_uri"),
        "next_page_url": whole("next_page_uri"),
        "url": whole("uri"),
        "key": key,
    }
    return {key: plain[key], "meta": meta}


def _place(asked: Asked, found: Sequence[Thing]) -> tuple[int, int, int]:
    """The number of the page that is asked for, its size, and where in the list it begins."""
    number = asked.number("Page", 0, _ENDLESS, INVALID)
    size = min(asked.number("PageSize", PAGE_SIZE, _ENDLESS, INVALID) or 1, LARGEST_PAGE)
    token = asked.text("PageToken")
    kind, sid = token[: len(_AFTER)], token[len(_AFTER) :]
    if not token and not number:
        return 0, size, 0
    places = [place for place, each in enumerate(found) if each.sid == sid]
    if kind not in {_AFTER, _BEFORE} or not places:
        raise invalid(INVALID, "Invalid page: follow the links of the page before")
    return number, size, places[0] + 1 if kind == _AFTER else max(places[0] - size, 0)


def _uri(asked: Asked, number: int, size: int, token: str) -> str:
    own = {"Page", "PageSize", "PageToken"}
    pairs = [(n, value) for n, values in asked.fields.items() if n not in own for value in values]
    pairs += [("PageSize", str(size)), ("Page", str(number))]
    if token:
        pairs.append(("PageToken", token))
    return f"{asked.path}?{urlencode(pairs, errors='replace')}"
