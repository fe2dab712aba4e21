"""One delivery of Meta's, taken apart: each message, status and change in an envelope of its own.

The envelope stays what Meta sends (`object`, `entry`, `changes` or `messaging`), holding one event,
so that what reads Meta's webhooks reads each of the parts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.signing import envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.core.model.moment import Moment

LISTS = ("messages", "statuses", "calls", "message_echoes", "user_preferences")
"""What a change of WhatsApp's may hold several of."""

ADDRESS = frozenset({"sender", "recipient", "timestamp", "prior_message", "hop_context"})
"""What stands beside the one thing that a messaging event is about."""

_NAMED = ("message", "postback")
_PARTIES = ("from", "from_user_id", "recipient_id", "recipient_user_id", "to")
_MARKS = ("status", "event", "recipient_participant_id")
_MILLISECOND = 1_000
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Inner:
    """One event of a delivery, with the envelope it stands in alone. `key` tells it from the others
    of the same `event_id`: a message has several statuses."""

    event_type: str
    event_id: str | None
    key: str | None
    occurred_at: Moment | None
    alone: dict[str, Any]

    def text(self) -> bytes:
        """Its body."""
        return json.dumps(self.alone, separators=(",", ":")).encode()


def inner_events(body: dict[str, Any]) -> list[Inner] | None:
    """Every event of a delivery in its order; None when there is none, or one that cannot be told."""
    entries = body.get("entry")
    found = [
        each
        for entry in (entries if isinstance(entries, list) else ())
        for each in _of_entry(body, entry)
    ]
    whole = [each for each in found if each is not None]
    return whole if whole and len(whole) == len(found) else None


@dataclass(frozen=True, slots=True)
class _Told:
    """What an item of an entry says of itself, and the item reduced to one event."""

    event_type: str | None
    single: object
    event_id: str | None = None
    key: str | None = None
    at: Moment | None = None


def _of_entry(body: dict[str, Any], entry: object) -> Iterator[Inner | None]:
    names = [
        name for name in _READERS if isinstance(entry, dict) and isinstance(entry.get(name), list)
    ]
    if not isinstance(entry, dict) or not names:
        yield None
        return
    shared = {name: value for name, value in entry.items() if name not in _READERS}
    for name in names:
        for item in entry[name]:
            for told in _READERS[name](item):
                known = envelope.clean(told.event_type)
                alone = body | {"entry": [shared | {name: [told.single]}]}
                yield (
                    None if known is None else Inner(known, told.event_id, told.key, told.at, alone)
                )


def _of_name(field: object) -> Iterator[_Told]:
    """A field that changed, where the app does not ask for values."""
    yield _Told(envelope.clean(field), field)


def _of_change(change: object) -> Iterator[_Told]:
    """A change of a field; of WhatsApp's, each thing in its lists."""
    field = envelope.clean(change.get("field")) if isinstance(change, dict) else None
    if field is None or not isinstance(change, dict):
        yield _Told(None, change)
        return
    value = change.get("value")
    held = value if isinstance(value, dict) else {}
    names = [name for name in LISTS if isinstance(held.get(name), list) and held[name]]
    if not names:
        yield _Told(field, change)
    rest = {name: part for name, part in held.items() if name not in LISTS}
    for name in names:
        event_type = field if name == field else f"{field}.{name}"
        for item in held[name]:
            single = change | {"value": _with_contacts(rest, item) | {name: [item]}}
            yield _Told(event_type, single, *_ids_of(item), _time_of(item))


def _with_contacts(rest: dict[str, Any], item: object) -> dict[str, Any]:
    """The rest of a change, with the contacts that an item is from or to, where that can be told."""
    contacts = rest.get("contacts")
    if not isinstance(contacts, list) or not isinstance(item, dict):
        return rest
    parties = [item[name] for name in _PARTIES if isinstance(item.get(name), str)]
    mine = [
        each
        for each in contacts
        if isinstance(each, dict)
        and (each.get("wa_id") in parties or each.get("user_id") in parties)
    ]
    return rest | {"contacts": mine or contacts}


def _ids_of(item: object) -> tuple[str | None, str | None]:
    """A message's id, and the key. A status has the id of its message, so have a call's two events."""
    event_id = envelope.clean(item.get("id")) if isinstance(item, dict) else None
    if event_id is None or not isinstance(item, dict):
        return None, None
    marks = (envelope.clean(item.get(name)) for name in _MARKS)
    return event_id, envelope.clean(":".join((event_id, *(mark for mark in marks if mark))))


def _time_of(item: object) -> Moment | None:
    """Unix seconds, which WhatsApp writes as text."""
    value = item.get("timestamp") if isinstance(item, dict) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _DIGITS:
        value = int(value)
    return envelope.occurred_at(value)


def _of_messaging(item: object) -> Iterator[_Told]:
    """One event of Messenger's or Instagram's: its type is the one thing beside the addresses."""
    kinds = [kind for kind in item if kind not in ADDRESS] if isinstance(item, dict) else []
    if not isinstance(item, dict) or not kinds:
        yield _Told(None, item)
        return
    kind = next((kind for kind in _NAMED if kind in kinds), kinds[0])
    held = item[kind] if isinstance(item[kind], dict) else {}
    marks = [mark for mark in ("echo", "deleted") if held.get(f"is_{mark}") is True]
    mid = envelope.clean(held.get("mid")) if kind in _NAMED else None
    key = None if mid is None else envelope.clean(":".join((mid, *marks)))
    value = item.get("timestamp")
    at = envelope.occurred_at(value // _MILLISECOND if isinstance(value, int) else None)
    yield _Told(".".join((kind, *marks)), item, mid, key, at)


def _of_standby(item: object) -> Iterator[_Told]:
    """What another app answers at the moment (Messenger's handover)."""
    for told in _of_messaging(item):
        named = None if told.event_type is None else f"standby.{told.event_type}"
        key = None if told.key is None else envelope.clean(f"standby:{told.key}")
        yield _Told(named, told.single, told.event_id, key, told.at)


_READERS: dict[str, Callable[[object], Iterator[_Told]]] = {
    "changes": _of_change,
    "messaging": _of_messaging,
    "standby": _of_standby,
    "changed_fields": _of_name,
}
