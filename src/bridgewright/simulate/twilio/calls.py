"""Calls: https://www.twilio.com/docs/voice/api/call-resource, read 2026-11.

TwiML is fetched where a call says it is, and not followed: whoever answers talks for as long as the
pace says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.twilio import dates, fates
from bridgewright.simulate.twilio.account import VERSION
from bridgewright.simulate.twilio.paging import page
from bridgewright.simulate.twilio.texting import is_number
from bridgewright.simulate.twilio.trouble import (
    INVALID,
    TroubleError,
    invalid,
    missing,
    unsimulated,
)
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.twilio.account import Account
    from bridgewright.simulate.twilio.asked import Asked
    from bridgewright.simulate.wire import Content

EVENTS = ("initiated", "ringing", "answered", "completed")
LONGEST_RING_S = 600
_RANKS = "queued ringing in-progress".split()
_ENDS = frozenset("completed busy failed no-answer canceled".split())
_EVENT_OF = {"queued": "initiated", "ringing": "ringing", "in-progress": "answered"}
_NO_NUMBERS = ("client:", "sip:")
_UNSIMULATED = ("ApplicationSid", "SendDigits", "MachineDetection", "Record", "CallToken", "Byoc")


@dataclass(frozen=True, slots=True)
class Call:
    """One call, in or out; `events` are those that its `callback` is told."""

    sid: str
    to: str
    sender: str
    status: str
    created_at_s: float
    updated_at_s: float
    twiml_url: str = ""
    callback: str = ""
    events: tuple[str, ...] = ("completed",)
    timeout_s: float = 60.0
    started_at_s: float | None = None
    ended_at_s: float | None = None
    told: int = 0
    direction: str = "outbound-api"

    @property
    def settled(self) -> bool:
        """Whether its status stays."""
        return self.status in _ENDS

    @property
    def duration_s(self) -> int | None:
        """How long was talked, once that is over."""
        if self.started_at_s is None or self.ended_at_s is None or self.status != "completed":
            return None
        return int(self.ended_at_s - self.started_at_s)

    def may_become(self, status: str) -> bool:
        """Whether a status comes after the one it has."""
        if self.settled:
            return False
        return status in _ENDS or _RANKS.index(status) > _RANKS.index(self.status)


def shown(account: Account, call: Call) -> Content:
    """A call as the API shows it."""
    uri = f"/{VERSION}/Accounts/{account.sid}/Calls/{call.sid}"
    parts = ("Events", "Notifications", "Recordings", "Streams")
    return {
        "account_sid": account.sid,
        "answered_by": None,
        "api_version": VERSION,
        "caller_name": None,
        "date_created": dates.written(call.created_at_s),
        "date_updated": dates.written(call.updated_at_s),
        "direction": call.direction,
        "duration": None if call.duration_s is None else str(call.duration_s),
        "end_time": dates.written(call.ended_at_s),
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": dates.written(call.started_at_s),
        "status": call.status,
        "subresource_uris": {part.lower(): f"{uri}/{part}.json" for part in parts},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def create(account: Account, asked: Asked) -> Reply:
    """Call somebody."""
    call = _drafted(account, asked)
    fates.refuse_call(call.to, call.sender, tested=account.tested)
    if not account.tested:
        keep(account, call)
    return json_reply(shown(account, call), HTTPStatus.CREATED)


def _drafted(account: Account, asked: Asked) -> Call:
    _refuse_unsimulated(asked)
    to, sender = asked.text("To"), asked.text("From")
    _refuse_addresses(to, sender)
    url = asked.url("Url", 21205)
    if not url and not asked.text("Twiml"):
        raise invalid(21205, "Url parameter is required.")
    events = tuple(word for value in asked.all("StatusCallbackEvent") for word in value.split())
    if not set(events) <= set(EVENTS):
        raise invalid(21626, f"Invalid StatusCallbackEvent value: {' '.join(events)}")
    now = account.now()
    return Call(
        account.new_sid("CA"),
        to,
        sender,
        "queued",
        now,
        now,
        url,
        asked.url("StatusCallback", 21609),
        events or ("completed",),
        asked.number("Timeout", 60, range(1, LONGEST_RING_S + 1), 21208),
    )


def _refuse_unsimulated(asked: Asked) -> None:
    for name in _UNSIMULATED:
        if asked.text(name) not in {"", "false"}:
            raise unsimulated(f"{name} of a call")
    for name in ("Method", "StatusCallbackMethod"):
        if asked.text(name, "POST").upper() != "POST":
            raise unsimulated(f"{name} other than POST")


def _refuse_addresses(to: str, sender: str) -> None:
    if not to:
        raise invalid(21201, "No 'To' number is specified")
    if not sender:
        raise invalid(21213, "No 'From' number is specified")
    if not is_number(to) and not to.startswith(_NO_NUMBERS):
        raise invalid(21211, f"The 'To' number {to} is not a valid phone number.")
    if not is_number(sender) and not sender.startswith(_NO_NUMBERS):
        raise invalid(21212, f"The 'From' number {sender} is not a valid phone number.")


def keep(account: Account, call: Call) -> None:
    """Keep a call, and see to it that it goes its way."""
    account.calls[call.sid] = call
    begin(account, call.sid, call.created_at_s)
    fate, pace = account.fate_of(call.to, fates.ANSWERED), account.pace
    plan = [(pace.rings_s, "ringing"), (pace.answered_s, "in-progress")]
    plan += [(pace.answered_s + pace.talk_s, fate.status)]
    if fate.status == "failed":
        plan = [(pace.rings_s, fate.status)]
    elif fate.status != "completed":
        after_s = call.timeout_s if fate.status == "no-answer" else 0.0
        plan = [(pace.rings_s, "ringing"), (pace.rings_s + after_s, fate.status)]
    for after_s, status in plan:
        account.agenda.at(call.created_at_s + after_s, partial(_step, account, call.sid, status))


def _step(account: Account, sid: str, status: str, at_s: float) -> None:
    if sid in account.calls:
        advance(account, sid, status, at_s)


def advance(account: Account, sid: str, status: str, at_s: float) -> Mapping[str, str]:
    """Change a call's status and tell of it; the form, or nothing when it was past that."""
    call = account.calls[sid]
    if not call.may_become(status):
        return {}
    started_at_s = at_s if status == "in-progress" else call.started_at_s
    if status == "completed" and started_at_s is None:
        started_at_s = at_s
    ended_at_s = at_s if status in _ENDS else None
    account.calls[sid] = replace(
        call,
        status=status,
        updated_at_s=at_s,
        started_at_s=started_at_s,
        ended_at_s=ended_at_s,
    )
    form = _tell(account, sid, at_s)
    if status == "in-progress" and call.twiml_url:
        _ask_what_to_do(account, sid)
    return form


def begin(account: Account, sid: str, at_s: float) -> Mapping[str, str]:
    """Tell that a call was taken; the form."""
    return _tell(account, sid, at_s)


def _tell(account: Account, sid: str, at_s: float) -> Mapping[str, str]:
    """A status callback, where the call asked for one of this event."""
    call = account.calls[sid]
    account.calls[sid] = replace(call, told=call.told + 1)
    form = _form(account, call) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.told),
        "Timestamp": dates.written(at_s) or "",
    }
    if call.duration_s is not None:
        form |= {"CallDuration": str(call.duration_s), "Duration": str(-(-call.duration_s // 60))}
    wanted = _EVENT_OF.get(call.status, "completed") in call.events
    status = "initiated" if call.status == "queued" else call.status
    form["CallStatus"] = status
    return account.tell(call.callback if wanted else "", f"call.{status}", form)


def _ask_what_to_do(account: Account, sid: str) -> None:
    """Fetch TwiML, as Twilio does when somebody answers. What it says is not followed."""
    call = account.calls[sid]
    account.tell(call.twiml_url, "call.twiml", _form(account, call))


def _form(account: Account, call: Call) -> dict[str, str]:
    return {
        "AccountSid": account.sid,
        "ApiVersion": VERSION,
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Called": call.to,
        "Caller": call.sender,
        "Direction": call.direction,
        "From": call.sender,
        "To": call.to,
    }


def fetch(account: Account, asked: Asked, sid: str) -> Reply:
    """One call."""
    return json_reply(shown(account, _one(account, asked, sid)))


def listed(account: Account, asked: Asked) -> Reply:
    """A page of calls, newest first: `To`, `From`, `Status`, `StartTime` and `EndTime` choose."""
    bounds = dates.named(asked, "StartTime", "EndTime")
    found = [each for each in reversed(account.calls.values()) if _fits(each, asked, bounds)]
    return json_reply(page(asked, "calls", found, partial(shown, account)))


def _fits(call: Call, asked: Asked, bounds: tuple[dates.Wanted, ...]) -> bool:
    started_s = call.created_at_s if call.started_at_s is None else call.started_at_s
    times = {"StartTime": started_s, "EndTime": call.ended_at_s}
    return (
        asked.text("To", call.to) == call.to
        and asked.text("From", call.sender) == call.sender
        and asked.text("Status", call.status) == call.status
        and all(bound.takes(times[bound.name]) for bound in bounds)
    )


def update(account: Account, asked: Asked, sid: str) -> Reply:
    """Cancel a call that nobody has answered, end one that is going on, or give it other TwiML."""
    call = _one(account, asked, sid)
    status = asked.text("Status")
    if status not in {"", "canceled", "completed"}:
        raise invalid(INVALID, f"Invalid Status value: {status}; canceled or completed is allowed")
    url = asked.url("Url", 21205)
    if call.settled and (status or url or asked.text("Twiml")):
        raise invalid(21220, "Call is not in-progress. Cannot redirect.")
    if status == "canceled" and call.status == "in-progress":
        raise invalid(21220, "Call is in-progress. Cannot cancel.")
    if status:
        unanswered = call.status != "in-progress"
        advance(account, sid, "canceled" if unanswered else "completed", account.now())
    elif url:
        account.calls[sid] = replace(call, twiml_url=url)
        if call.status == "in-progress":
            _ask_what_to_do(account, sid)
    return json_reply(shown(account, account.calls[sid]))


def delete(account: Account, asked: Asked, sid: str) -> Reply:
    """Forget a call that is over."""
    if not _one(account, asked, sid).settled:
        message = "Cannot delete call because it is still in progress."
        raise TroubleError(HTTPStatus.CONFLICT, 20009, message)
    del account.calls[sid]
    return Reply(HTTPStatus.NO_CONTENT)


def receive(account: Account, status: str, caller: str, to: str) -> Call:
    """Somebody has called a number of the account; its VoiceUrl is asked what to do, and its
    StatusCallback told how that ended."""
    now = account.now()
    settled = status in _ENDS
    call = Call(
        account.new_sid("CA"),
        to,
        caller,
        "ringing",
        now,
        now,
        started_at_s=now,
        direction="inbound",
    )
    numbers = [each for each in account.numbers.values() if each.phone_number == to]
    account.tell(numbers[0].voice_url if numbers else "", "call.received", _form(account, call))
    ended_at_s = now + account.pace.talk_s if status == "completed" else now
    account.calls[call.sid] = replace(
        call,
        status=status,
        ended_at_s=ended_at_s if settled else None,
        callback=numbers[0].status_callback if numbers else "",
    )
    if settled:
        _tell(account, call.sid, ended_at_s)
    return account.calls[call.sid]


def _one(account: Account, asked: Asked, sid: str) -> Call:
    found = account.calls.get(sid)
    if found is None:
        raise missing(asked.path)
    return found
