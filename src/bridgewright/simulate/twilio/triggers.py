"""What can be made to happen at Twilio: a message or a call with all that leads to it, and its
callbacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.simulator import UnknownTriggerError
from bridgewright.simulate.twilio import calls, messages
from bridgewright.simulate.twilio.calls import Call
from bridgewright.simulate.twilio.messages import POOL, Text
from bridgewright.simulate.twilio.texting import Draft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.twilio.account import Account

SOMEBODY = "+15005550009"
_OUT = ("to", "from", "body", "status_callback", "sid")
_FAILED = (*_OUT, "error_code")
_CALL = ("to", "from", "status_callback", "sid")
TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "message.queued": _OUT,
    "message.sent": _OUT,
    "message.delivered": _OUT,
    "message.undelivered": _FAILED,
    "message.failed": _FAILED,
    "message.received": ("to", "from", "body"),
    "call.initiated": ("to", "from", "status_callback"),
    "call.ringing": _CALL,
    "call.in-progress": _CALL,
    "call.completed": _CALL,
    "call.busy": _CALL,
    "call.no-answer": _CALL,
    "call.failed": _CALL,
    "call.received": ("to", "from"),
}
"""Each event, and what it can be told: `sid` names a message or a call that is there already."""
_BEFORE = {
    "sent": ("sending",),
    "delivered": ("sending", "sent"),
    "undelivered": ("sending", "sent"),
    "in-progress": ("ringing",),
    "completed": ("ringing", "in-progress"),
    "busy": ("ringing",),
    "no-answer": ("ringing",),
}


def happen(account: Account, event_type: str, told: Mapping[str, str]) -> Mapping[str, str]:
    """Make a known event happen now; the form that tells of it."""
    what, _, status = event_type.partition(".")
    if event_type == "message.received":
        sender, to = told.get("from", SOMEBODY), told.get("to", POOL)
        return messages.receive(account, told.get("body", "Hello"), sender, to)
    if event_type == "call.received":
        call = calls.receive(account, "completed", told.get("from", SOMEBODY), told.get("to", POOL))
        return {"CallSid": call.sid, "CallStatus": "ringing", "From": call.sender, "To": call.to}
    if what == "message":
        return _message(account, status, told)
    return _call(account, status, told)


def _message(account: Account, status: str, told: Mapping[str, str]) -> Mapping[str, str]:
    now = account.now()
    sid = told.get("sid", "")
    if not sid:
        draft = Draft(
            to=told.get("to", SOMEBODY),
            sender=told.get("from", POOL),
            body=told.get("body", "Hello"),
            callback=told.get("status_callback", ""),
        )
        sid = account.new_sid("SM")
        account.texts[sid] = Text(sid, draft, draft.sender, "accepted", now, now, draft.body)
        messages.advance(account, sid, "queued", now)
        if status == "queued":
            return {"MessageSid": sid, "MessageStatus": status}
    _known(sid, account.texts)
    _readdress(account, sid, told)
    for before in _BEFORE.get(status, ()):
        messages.advance(account, sid, before, now)
    code = _code(told.get("error_code", "30003")) if status in {"undelivered", "failed"} else None
    return _came(messages.advance(account, sid, status, now, code), sid, status)


def _call(account: Account, status: str, told: Mapping[str, str]) -> Mapping[str, str]:
    now = account.now()
    sid = told.get("sid", "")
    if not sid:
        sid = account.new_sid("CA")
        to, sender = told.get("to", SOMEBODY), told.get("from", POOL)
        callback = told.get("status_callback", "")
        call = Call(sid, to, sender, "queued", now, now, "", callback, calls.EVENTS)
        account.calls[sid] = call
        form = calls.begin(account, sid, now)
        if status == "initiated":
            return form
    _known(sid, account.calls)
    if "status_callback" in told:
        changed = {"callback": told["status_callback"], "events": calls.EVENTS}
        account.calls[sid] = replace(account.calls[sid], **changed)  # type: ignore[arg-type]  # by name
    for before in _BEFORE.get(status, ()):
        calls.advance(account, sid, before, now)
    return _came(calls.advance(account, sid, status, now), sid, status)


def _readdress(account: Account, sid: str, told: Mapping[str, str]) -> None:
    if "status_callback" in told:
        text = account.texts[sid]
        draft = replace(text.draft, callback=told["status_callback"])
        account.texts[sid] = replace(text, draft=draft)


def _known(sid: str, kept: Mapping[str, object]) -> None:
    if sid not in kept:
        raise UnknownTriggerError(f"there is no {sid} here; without sid, a new one is made")


def _came(form: Mapping[str, str], sid: str, status: str) -> Mapping[str, str]:
    if not form:
        raise UnknownTriggerError(f"{sid} is past {status}: it has a status that comes later")
    return form


def _code(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise UnknownTriggerError(f"error_code is one of Twilio's numbers, 30003 say, not {text!r}")
    return int(text)
