"""Finding an event's ordering key and resource: by places that a connector, or a setting, names.

A place is a path of names and numbers with dots between them (`data.object.customer`,
`entry.0.id`), looked up in the event's JSON; `form:NAME` is a field of a form, `header:NAME` a header
field that is kept with the event. A name that is not there means that the event has no such key.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bridgewright.core.lifecycle.routes import matches
from bridgewright.core.model.inbound import Notice, Readable
from bridgewright.core.model.ranking import ORDER_CHARACTERS, Rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.ports import Reader

FORM = "form:"
HEADER = "header:"
MOST_FIELDS = 1_000
_PLACE = re.compile(r"(form:|header:)?[A-Za-z0-9_$@-]{1,64}(\.[A-Za-z0-9_$@-]{1,64}){0,15}")


def wrong_place(text: str) -> str | None:
    """What is wrong with a place, in words that do not repeat it; None when nothing is."""
    if _PLACE.fullmatch(text):
        return None
    return "is no place: names and numbers with dots between them, as in data.object.customer"


@dataclass(frozen=True, slots=True)
class Placing:
    """How the events of one source are ranked.

    `order` and `resource` are places, of which the first that holds something counts. `high` are
    patterns of types that are claimed first, `*` for all.
    """

    order: tuple[str, ...] = ()
    blocks: bool = True
    resource: tuple[str, ...] = ()
    high: tuple[str, ...] = ()

    def of(self, notice: Notice) -> Rank:
        """The rank of one event."""
        document = Document(notice.body, notice.headers)
        return Rank(
            order_key=document.first(self.order),
            blocks=self.blocks,
            resource=document.first(self.resource),
            high=any(matches(pattern, notice.event_type) for pattern in self.high),
        )

    def __bool__(self) -> bool:
        return bool(self.order or self.resource or self.high)


def placed(read: Reader, placing: Placing) -> Reader:
    """A reader whose events know their rank."""

    def ranked(delivery: Delivery) -> Envelope:
        envelope = read(delivery)
        if not isinstance(envelope, Readable):
            return envelope
        notices = tuple(replace(one, rank=placing.of(one)) for one in envelope.notices)
        return replace(envelope, notices=notices)

    return ranked


class Document:
    """An event to look places up in; parsed when first asked, and once."""

    __slots__ = ("_body", "_form", "_headers", "_json", "_parsed")

    def __init__(self, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> None:
        self._body = body
        self._headers = headers
        self._parsed = False
        self._json: Any = None
        self._form: dict[str, str] | None = None

    def first(self, places: Sequence[str]) -> str | None:
        """What the first place that holds something holds, as a key; None when none does."""
        return next((key for key in map(self.at, places) if key is not None), None)

    def at(self, place: str) -> str | None:
        """What stands at one place, if that can be a key: text, a whole number, true or false."""
        if place.startswith(FORM):
            return _key(self._fields().get(place.removeprefix(FORM)))
        if place.startswith(HEADER):
            name = place.removeprefix(HEADER).lower()
            return _key(next((value for known, value in self._headers if known == name), None))
        found = self._document()
        for name in place.split("."):
            if isinstance(found, dict):
                found = found.get(name)
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                return None
        return _key(found)

    def _document(self) -> Any:
        if not self._parsed:
            self._parsed = True
            try:
                self._json = json.loads(self._body)
            except (ValueError, RecursionError):
                self._json = None
        return self._json

    def _fields(self) -> dict[str, str]:
        if self._form is None:
            text = self._body.decode("utf-8", "replace")
            try:
                self._form = dict(parse_qsl(text, max_num_fields=MOST_FIELDS))
            except ValueError:
                self._form = {}
        return self._form


def _key(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return str(value)
    if not isinstance(value, str) or not value or len(value) > ORDER_CHARACTERS:
        return None
    return value if value.isprintable() else None
