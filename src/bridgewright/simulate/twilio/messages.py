"""Messages: https://www.twilio.com/docs/messaging/api/message-resource, read 2026-11.

Each change of a status is told to the message's StatusCallback. Twilio promises no order in which
callbacks arrive; here they are sent in the order of what happened, and a courier may mix them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.twilio import dates, fates
from bridgewright.simulate.twilio.account import VERSION
from bridgewright.simulate.twilio.paging import page
from bridgewright.simulate.twilio.texting import Draft, drafted
from bridgewright.simulate.twilio.trouble import INVALID, TroubleError, invalid, missing
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.twilio.account import Account
    from bridgewright.simulate.twilio.asked import Asked
    from bridgewright.simulate.wire import Content

_RANKS = "scheduled accepted queued sending sent".split()
_ENDS = frozenset("delivered undelivered failed canceled received read".split())
_STOP = frozenset("stop stopall unsubscribe cancel end quit".split())
_START = frozenset("start yes unstop".split())
POOL = "+15005550006"
"""The number that a messaging service sends from."""


@dataclass(frozen=True, slots=True)
class Text:
    """One message, in or out; `sender` is None while a messaging service has not chosen one."""

    sid: str
    draft: Draft
    sender: str | None
    status: str
    created_at_s: float
    updated_at_s: float
    body: str = field(repr=False)
    sent_at_s: float | None = None
    error_code: int | None = None
    direction: str = "outbound-api"

    @property
    def settled(self) -> bool:
        """Whether its status stays."""
        return self.status in _ENDS

    def may_become(self, status: str) -> bool:
        """Whether a status comes after the one it has."""
        if self.settled:
            return False
        return status in _ENDS or _RANKS.index(status) > _RANKS.index(self.status)


def shown(account: Account, text: Text) -> Content:
    """A message as the API shows it."""
    uri = f"/{VERSION}/Accounts/{account.sid}/Messages/{text.sid}"
    chosen = text.sender is not None
    return {
        "account_sid": account.sid,
        "api_version": VERSION,
        "body": text.body,
        "date_created": dates.written(text.created_at_s),
        "date_sent": dates.written(text.sent_at_s),
        "date_updated": dates.written(text.updated_at_s),
        "direction": text.direction,
        "error_code": text.error_code,
        "error_message": fates.ERRORS.get(text.error_code or 0),
        "from": text.sender,
        "messaging_service_sid": text.draft.service or None,
        "num_media": str(len(text.draft.media)),
        "num_segments": str(text.draft.segments) if chosen else "0",
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.draft.to,
        "uri": f"{uri}.json",
    }


def create(account: Account, asked: Asked) -> Reply:
    """Take a message, to be sent now or when it says."""
    draft = drafted(asked, account.now())
    fates.refuse_text(draft.to, draft.sender, tested=account.tested)
    if (draft.sender or POOL, draft.to) in account.stopped:
        raise fates.unsubscribed(draft.to, draft.sender)
    text = _first(account, draft)
    if not account.tested:
        keep(account, text)
    return json_reply(shown(account, text), HTTPStatus.CREATED)


def _first(account: Account, draft: Draft) -> Text:
    """A message as it is taken: a service chooses its sender later, and a time its own moment."""
    now = account.now()
    waits = "scheduled" if draft.send_at_s else "accepted"
    return Text(
        account.new_sid("MM" if draft.media else "SM"),
        draft,
        draft.sender or None,
        waits if draft.service else "queued",
        now,
        now,
        draft.body,
    )


def keep(account: Account, text: Text) -> None:
    """Keep a message, and see to it that it goes its way."""
    account.texts[text.sid] = text
    begins_s = text.draft.send_at_s or text.created_at_s
    account.agenda.at(begins_s, partial(_set_out, account, text.sid))


def _set_out(account: Account, sid: str, at_s: float) -> None:
    """Choose a sender where a service sends, and plan the rest."""
    text = account.texts.get(sid)
    if text is None or text.settled:
        return
    if text.draft.service:
        account.texts[sid] = replace(text, sender=text.sender or POOL)
        advance(account, sid, "queued", at_s)
    pace, fate = account.pace, account.fate_of(text.draft.to, fates.DELIVERED)
    if text.draft.validity_s < pace.queue_s:
        plan = [(text.draft.validity_s, fates.EXPIRED)]
    elif fate.status == "failed":
        plan = [(pace.queue_s, fate)]
    else:
        plan = [(pace.queue_s, fates.Fate("sending"))]
        plan += [(pace.queue_s + pace.sent_s, fates.Fate("sent"))]
        plan += [(pace.queue_s + pace.arrived_s, fate)]
    for after_s, step in plan:
        deed = partial(_step, account, sid, step)
        account.agenda.at(at_s + after_s, deed)


def _step(account: Account, sid: str, step: fates.Fate, at_s: float) -> None:
    if sid in account.texts:
        advance(account, sid, step.status, at_s, step.error_code)


def advance(
    account: Account, sid: str, status: str, at_s: float, error_code: int | None = None
) -> Mapping[str, str]:
    """Change a message's status and tell of it; the form, or nothing when it was past that."""
    text = account.texts[sid]
    if not text.may_become(status):
        return {}
    sent_at_s = text.sent_at_s
    if sent_at_s is None and status in {"sent", "delivered", "undelivered"}:
        sent_at_s = at_s
    text = replace(
        text, status=status, updated_at_s=at_s, sent_at_s=sent_at_s, error_code=error_code
    )
    account.texts[sid] = text
    return account.tell(text.draft.callback, f"message.{status}", _form(account, text, at_s))


def _form(account: Account, text: Text, at_s: float) -> dict[str, str]:
    form = {
        "AccountSid": account.sid,
        "ApiVersion": VERSION,
        "From": text.sender or "",
        "MessageSid": text.sid,
        "MessageStatus": text.status,
        "SmsSid": text.sid,
        "SmsStatus": text.status,
        "To": text.draft.to,
    }
    if text.draft.service:
        form["MessagingServiceSid"] = text.draft.service
    if text.error_code is not None:
        form["ErrorCode"] = str(text.error_code)
    if text.status in {"delivered", "undelivered"}:
        form["RawDlrDoneDate"] = datetime.fromtimestamp(at_s, UTC).strftime("%y%m%d%H%M")
    return form


def fetch(account: Account, asked: Asked, sid: str) -> Reply:
    """One message."""
    return json_reply(shown(account, _one(account, asked, sid)))


def listed(account: Account, asked: Asked) -> Reply:
    """A page of messages, newest first: `To`, `From` and `DateSent` choose among them. One that was
    not sent yet is dated by when it was made."""
    bounds = dates.named(asked, "DateSent")
    found = [each for each in reversed(account.texts.values()) if _fits(each, asked, bounds)]
    return json_reply(page(asked, "messages", found, partial(shown, account)))


def _fits(text: Text, asked: Asked, bounds: tuple[dates.Wanted, ...]) -> bool:
    at_s = text.created_at_s if text.sent_at_s is None else text.sent_at_s
    return (
        asked.text("To", text.draft.to) == text.draft.to
        and asked.text("From", text.sender or "") == (text.sender or "")
        and all(bound.takes(at_s) for bound in bounds)
    )


def update(account: Account, asked: Asked, sid: str) -> Reply:
    """Cancel a message that is scheduled, or empty the body of one that is settled."""
    text = _one(account, asked, sid)
    if asked.has("Status"):
        if asked.text("Status") != "canceled":
            raise invalid(INVALID, "Invalid Status value: a message can be canceled, no more")
        if text.status != "scheduled":
            raise invalid(30409, "The message is not scheduled, and cannot be canceled")
        advance(account, sid, "canceled", account.now())
    elif asked.has("Body"):
        if asked.text("Body"):
            raise invalid(INVALID, "Invalid Body value: a body can be emptied, and not changed")
        _refuse_underway(text, "redact")
        account.texts[sid] = replace(text, body="", updated_at_s=account.now())
    return json_reply(shown(account, account.texts[sid]))


def delete(account: Account, asked: Asked, sid: str) -> Reply:
    """Forget a message that is settled."""
    _refuse_underway(_one(account, asked, sid), "delete")
    del account.texts[sid]
    return Reply(HTTPStatus.NO_CONTENT)


def media(account: Account, asked: Asked, sid: str) -> Reply:
    """The media of a message that Twilio keeps: none, for nothing is fetched here."""
    _one(account, asked, sid)
    return json_reply(page(asked, "media_list", (), partial(shown, account)))


def receive(account: Account, body: str, sender: str, to: str) -> Mapping[str, str]:
    """Somebody sends a message to a number of the account; the form that its SmsUrl is sent."""
    now = account.now()
    sid = account.new_sid("SM")
    draft = Draft(to=to, sender=sender, body=body)
    text = Text(sid, draft, sender, "received", now, now, body, now, direction="inbound")
    account.texts[sid] = text
    word = body.strip().lower()
    if word in _STOP:
        account.stopped.add((to, sender))
    if word in _START:
        account.stopped.discard((to, sender))
    form = {
        "AccountSid": account.sid,
        "ApiVersion": VERSION,
        "Body": body,
        "From": sender,
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": str(draft.segments),
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": to,
    }
    urls = [each.sms_url for each in account.numbers.values() if each.phone_number == to]
    return account.tell(urls[0] if urls else "", "message.received", form)


def _one(account: Account, asked: Asked, sid: str) -> Text:
    found = account.texts.get(sid)
    if found is None:
        raise missing(asked.path)
    return found


def _refuse_underway(text: Text, verb: str) -> None:
    if not text.settled and text.status != "sent":
        message = f"Cannot {verb} message because delivery of this message has not completed."
        raise TroubleError(HTTPStatus.CONFLICT, 20009, message)
