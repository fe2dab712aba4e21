"""What becomes of a message or a call, by whom it is for.

Twilio's magic numbers (https://www.twilio.com/docs/iam/test-credentials, read 2026-11) are refused at
once. What fails later cannot be asked for at Twilio; here a recipient says it by his number: one of
`+15005530001` to `+15005530008` ends with the error that the number ends with, and a call to
`+15005550486`, `…408` or `…503` with that status of SIP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.simulate.twilio.trouble import TroubleError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Fate:
    """How a message or a call ends: its last status, and Twilio's code where that is an error."""

    status: str
    error_code: int | None = None


DELIVERED = Fate("delivered")
ANSWERED = Fate("completed")
ERRORS = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30036: "Validity Period Expired",
}
"""What the codes of undelivered messages say."""
_NEVER_SENT = frozenset({30001, 30002, 30036})
OF_MESSAGES: Mapping[str, Fate] = {
    f"+150055{code}": Fate("failed" if code in _NEVER_SENT else "undelivered", code)
    for code in range(30001, 30009)
}
OF_CALLS: Mapping[str, Fate] = {
    "+15005550486": Fate("busy"),
    "+15005550408": Fate("no-answer"),
    "+15005550503": Fate("failed"),
}
EXPIRED = Fate("failed", 30036)

VALID_SENDER = "+15005550006"
"""The only number that test credentials may send from."""
_SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_CALLERS = {"+15005550001": 21212}
_TEXTED = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
}
_CALLED = {
    "+15005550001": 21217,
    "+15005550002": 21214,
    "+15005550003": 21215,
    "+15005550004": 21216,
}
_NO_MOBILE = {"+15005550009": 21614}
_WORDS = {
    21210: "The source phone number provided, {from_}, is not yet verified for your account.",
    21211: "The 'To' number {to} is not a valid phone number.",
    21212: "The 'From' number {from_} is not a valid phone number.",
    21214: "The phone number you are attempting to call, {to}, cannot be reached.",
    21215: "Account not authorized to call {to}. Perhaps you need to enable some international"
    " permissions.",
    21216: "Account not allowed to call {to}.",
    21217: "Phone number {to} does not appear to be valid.",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To'"
    " number: {to}.",
    21606: "The 'From' phone number provided ({from_}) is not a valid message-capable Twilio phone"
    " number for this destination/account.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number {from_} has exceeded the maximum number of queued messages",
    21612: "Message cannot be sent with the current combination of 'To' ({to}) and/or 'From'"
    " ({from_}) parameters",
    21614: "'To' number: {to}, is not a mobile number",
}


def refuse_text(to: str, sender: str, *, tested: bool) -> None:
    """TroubleError for recipients that nobody can text; for a test account also for senders and
    recipients that are magic there alone."""
    code = _TEXTED.get(to)
    if tested:
        known = 0 if sender == VALID_SENDER else 21606
        code = _SENDERS.get(sender, known) or (_TEXTED | _NO_MOBILE).get(to)
    _refuse(code, to, sender)


def refuse_call(to: str, sender: str, *, tested: bool) -> None:
    """The same for calls."""
    code = _CALLED.get(to)
    if tested:
        known = 0 if sender == VALID_SENDER else 21210
        code = _CALLERS.get(sender, known) or code
    _refuse(code, to, sender)


def unsubscribed(to: str, sender: str) -> TroubleError:
    """The recipient has told this sender to stop."""
    return invalid(21610, _WORDS[21610].format(to=to, from_=sender))


def _refuse(code: int | None, to: str, sender: str) -> None:
    if code:
        raise invalid(code, _WORDS[code].format(to=to, from_=sender))
