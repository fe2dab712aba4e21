"""What one account of Twilio holds, and how it tells of it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bridgewright.simulate.dispatch import Endpoint, Message
from bridgewright.simulate.twilio.fates import OF_CALLS, OF_MESSAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.secret import Secret
    from bridgewright.simulate.agenda import Agenda
    from bridgewright.simulate.dispatch import Dispatch
    from bridgewright.simulate.twilio.calls import Call
    from bridgewright.simulate.twilio.fates import Fate
    from bridgewright.simulate.twilio.messages import Text
    from bridgewright.simulate.twilio.numbers import Number
    from bridgewright.simulate.twilio.pace import Pace
    from bridgewright.simulate.twilio.verify import Verification, Verifier

VERSION = "2010-04-01"
_TOKEN = "{:08x}-0000-4000-8000-{:012x}"  # noqa: S105 - names a delivery, opens nothing


class Account:
    """Everything by its SID, oldest first; SIDs are numbered, so that a run can be repeated.

    `fates` say how messages and calls end that are for a number; `stopped` are pairs of a number of
    the account and somebody who told it to stop. `tested` is whether it is used with test credentials
    now: then all is checked, and nothing kept or told.
    """

    def __init__(
        self,
        sid: str,
        token: Secret,
        agenda: Agenda,
        dispatch: Dispatch,
        pace: Pace,
    ) -> None:
        self.sid = sid
        self.token = token
        self.now = agenda.now
        self.agenda = agenda
        self.pace = pace
        self.dispatch = dispatch
        self.tested = False
        self.begin()

    def begin(self) -> None:
        """Be as new."""
        self._serial = itertools.count(1)
        self._told = itertools.count(1)
        self.texts: dict[str, Text] = {}
        self.calls: dict[str, Call] = {}
        self.numbers: dict[str, Number] = {}
        self.verifiers: dict[str, Verifier] = {}
        self.verifications: dict[str, Verification] = {}
        self.fates: dict[str, Fate] = {}
        self.stopped: set[tuple[str, str]] = set()

    def new_sid(self, prefix: str) -> str:
        """The SID of the next thing, of the form that Twilio's have."""
        return f"{prefix}{next(self._serial):032x}"

    def fate_of(self, number: str, ordinary: Fate) -> Fate:
        """How what is for a number ends."""
        for known in (self.fates, OF_MESSAGES, OF_CALLS):
            if number in known:
                return known[number]
        return ordinary

    def tell(self, url: str, event_type: str, form: Mapping[str, str]) -> Mapping[str, str]:
        """Post a form to an address that somebody gave for it, and to every endpoint there is; the
        form. Signed by the account's token, as every request of Twilio's is."""
        number = next(self._told)
        if not url and not self.dispatch.endpoints:
            return form
        message = Message(
            _TOKEN.format(number, number),
            event_type,
            urlencode(form).encode(),
            ((b"user-agent", b"TwilioProxy/1.1"), (b"accept", b"*/*")),
        )
        self.dispatch.tell(message)
        if url:
            endpoint = Endpoint(url, url, events=(), secrets=(self.token,))
            self.dispatch.put(endpoint)
            self.dispatch.tell_one(endpoint, message)
        return form
