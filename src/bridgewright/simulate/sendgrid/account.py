"""What one account of SendGrid holds, and how it tells of it: in batches, to every Event Webhook."""

from __future__ import annotations

import itertools
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.dispatch import Message

if TYPE_CHECKING:
    from bridgewright.simulate.agenda import Agenda
    from bridgewright.simulate.dispatch import Dispatch
    from bridgewright.simulate.sendgrid.fates import Fate
    from bridgewright.simulate.sendgrid.groups import Group
    from bridgewright.simulate.sendgrid.hooks import Hook
    from bridgewright.simulate.sendgrid.letters import Letter
    from bridgewright.simulate.sendgrid.suppressions import Suppressed
    from bridgewright.simulate.sendgrid.templates import Template

    Event = dict[str, Any]

LARGEST_BATCH_BYTES = 768 * 1_024
"""How much SendGrid posts at a time (its page of the Event Webhook, read 2026-11)."""
LISTS = ("bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes")
HEADERS = ((b"content-type", b"application/json"), (b"user-agent", b"SendGrid Event API"))


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of the provider's clock: when a message that was taken is processed, when it is brought
    after that, how long one waits that was deferred, and for how long events are collected before
    they are posted. SendGrid says thirty seconds of the last; here it is one."""

    processed_s: float = 0.2
    brought_s: float = 1.0
    deferred_s: float = 60.0
    batch_s: float = 1.0


class Account:
    """Everything by its id, oldest first; ids are numbered, so that a run can be repeated."""

    def __init__(self, agenda: Agenda, dispatch: Dispatch, pace: Pace) -> None:
        self.agenda = agenda
        self.dispatch = dispatch
        self.pace = pace
        self.now = agenda.now
        self.begin()

    def begin(self) -> None:
        """Be as new."""
        self._serial = itertools.count(1)
        self.letters: dict[str, Letter] = {}
        self.lists: dict[str, dict[str, Suppressed]] = {name: {} for name in LISTS}
        self.groups: dict[int, Group] = {}
        self.templates: dict[str, Template] = {}
        self.hooks: dict[str, Hook] = {}
        self.fates: dict[str, Fate] = {}
        self.events: list[Event] = []
        self._pending: list[Event] = []

    def number(self) -> int:
        """The next serial number."""
        return next(self._serial)

    def happened(self, event: Event) -> Event:
        """Note an event, and post it with those that come soon after it."""
        self.events.append(event)
        self._pending.append(event)
        if len(self._pending) == 1:
            self.agenda.at(event["timestamp"] + self.pace.batch_s, self._post)
        return event

    def post(self) -> None:
        """Post at once what waits to be posted."""
        self._post(self.now())

    def _post(self, at_s: float) -> None:
        del at_s
        pending, self._pending = self._pending, []
        for endpoint in self.dispatch.endpoints:
            wanted = [each for each in pending if endpoint.wants(each["event"])]
            for body, kinds in _batches(wanted):
                name = f"batch_{self.number():08}"
                message = Message(name, ",".join(sorted(kinds)), body, HEADERS)
                self.dispatch.tell_one(endpoint, message)


def _batches(events: list[Event]) -> list[tuple[bytes, set[str]]]:
    """Arrays of JSON as SendGrid writes them, none larger than it posts."""
    batches: list[tuple[list[str], set[str]]] = []
    size = LARGEST_BATCH_BYTES
    for event in events:
        text = json.dumps(event, separators=(",", ":"))
        if size + len(text) + 3 > LARGEST_BATCH_BYTES:
            batches.append(([], set()))
            size = 4
        batches[-1][0].append(text)
        batches[-1][1].add(event["event"])
        size += len(text) + 3
    return [(f"[{','.join(texts)}]\r\n".encode(), kinds) for texts, kinds in batches]


def token_of(number: int, mark: int) -> str:
    """A name of the form that SendGrid's have: sixteen bytes in base64 of addresses."""
    plain = bytes([mark]) + number.to_bytes(15)
    return urlsafe_b64encode(plain).decode().rstrip("=")
