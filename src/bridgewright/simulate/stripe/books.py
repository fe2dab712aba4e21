"""What one Stripe account holds: its objects, newest last, and lists of them as the API pages them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from bridgewright.simulate.stripe.trouble import invalid, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bridgewright.simulate.wire import Content

MOST = 100
ORDINARY = 10
_KINDS = {
    "cus": "customer",
    "pi": "payment_intent",
    "ch": "charge",
    "re": "refund",
    "evt": "event",
}
_BOUNDS: Mapping[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


class Books:
    """The objects of one account, by their ids; ids are numbered, so that a run can be repeated."""

    def __init__(self, now: Callable[[], float], serial: Iterator[int] | None = None) -> None:
        self._now = now
        self._serial = serial or itertools.count(1)
        self._objects: dict[str, Content] = {}

    def add(self, prefix: str, **content: object) -> Content:
        """A new object of the kind that the prefix of its id stands for."""
        name = f"{prefix}_{next(self._serial):016}"
        frame = {"id": name, "object": _KINDS[prefix], "created": int(self._now())}
        self._objects[name] = frame | {"livemode": False} | content
        return self._objects[name]

    def get(self, prefix: str, name: str, param: str = "id") -> Content:
        """An object by its id; ProblemError, as Stripe words it, when it is not there."""
        found = self._objects.get(name)
        if found is None or found["object"] != _KINDS[prefix]:
            raise missing(_KINDS[prefix], name, param)
        return found

    def all(self, prefix: str) -> tuple[Content, ...]:
        """Every object of a kind, newest first; readable from any thread while requests are carried out."""
        kind, kept = _KINDS[prefix], tuple(self._objects.values())
        return tuple(each for each in reversed(kept) if each["object"] == kind)

    def page(self, prefix: str, asked: Content, url: str, filters: tuple[str, ...]) -> Content:
        """One page of a list: `limit`, `starting_after`, `ending_before`, `created` and `filters`."""
        found = [
            each
            for each in self.all(prefix)
            if _within(each["created"], asked.get("created"))
            and all(each.get(name) == asked[name] for name in filters if name in asked)
        ]
        limit = _limit(asked)
        if "ending_before" in asked:
            before = found[: _index(found, asked["ending_before"])]
            shown, more = before[-limit:], len(before) > limit
        else:
            after = found[_index(found, asked.get("starting_after")) + 1 :]
            shown, more = after[:limit], len(after) > limit
        return {"object": "list", "data": shown, "has_more": more, "url": url}


def _limit(asked: Content) -> int:
    text = str(asked.get("limit", ORDINARY))
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        message = f"This value must be between 1 and {MOST}."
        raise invalid(message, "limit", "parameter_invalid_integer")
    return int(text)


def _index(found: list[Content], name: str | None) -> int:
    if name is None:
        return -1
    ids = [each["id"] for each in found]
    if name not in ids:
        raise missing("object", name, "starting_after")
    return ids.index(name)


def _within(created: int, asked: object) -> bool:
    if asked is None:
        return True
    if not isinstance(asked, dict):
        return created == int(str(asked))
    return all(_BOUNDS[bound](created, int(at)) for bound, at in asked.items() if bound in _BOUNDS)
