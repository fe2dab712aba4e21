"""Mail on its way: one letter for each recipient, and the events of each.

Events after SendGrid's page of the Event Webhook, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.sendgrid import mail, suppressions
from bridgewright.simulate.sendgrid.account import token_of
from bridgewright.simulate.sendgrid.fates import Fate, fate_of
from bridgewright.simulate.sendgrid.suppressions import Suppressed
from bridgewright.simulate.sendgrid.trouble import Complaint, TroubleError, unsimulated
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.simulate.sendgrid.account import Account, Event
    from bridgewright.simulate.sendgrid.asked import Asked
    from bridgewright.simulate.wire import Content

LARGEST_BYTES = 30 * 1_048_576
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
_READER = {"useragent": _AGENT, "ip": "192.0.2.7"}
_DEFERRALS = 2
BYPASSES = frozenset({"bypass_list_management"})


@dataclass(frozen=True, slots=True)
class Letter:
    """What one recipient is sent; `status` is the last event of its delivery, "" before the first."""

    id: str
    email: str
    subject: str = ""
    sender: str = ""
    message_id: str = ""
    categories: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict, repr=False)
    group: int | None = None
    send_at_s: float = 0.0
    bypasses: bool = False
    status: str = ""


def send(account: Account, asked: Asked, senders: frozenset[str] | None) -> Reply:
    """Take mail: 202 and nothing in the body, or 200 where the sandbox is asked for."""
    if len(asked.body) > LARGEST_BYTES:
        message = "The JSON payload you have included in your request is too large."
        raise TroubleError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Complaint(message))
    body = asked.content()
    for name in ("batch_id", "ip_pool_name"):
        if body.get(name):
            raise unsimulated(f"{name} of mail")
    rules = mail.Rules(account.now(), _known_templates(account), frozenset(account.groups))
    found = mail.complaints_of(body, rules)
    if found:
        raise TroubleError(HTTPStatus.BAD_REQUEST, *found)
    _refuse_stranger(str(body["from"]["email"]), senders)
    if (body.get("mail_settings") or {}).get("sandbox_mode", {}).get("enable"):
        return Reply(HTTPStatus.OK)
    message_id = token_of(account.number(), 0x5A)
    for letter in _letters(body, message_id):
        post(account, letter)
    return Reply(HTTPStatus.ACCEPTED, (("x-message-id", message_id),))


def _known_templates(account: Account) -> dict[str, mail.Template]:
    return {each.id: mail.Template(each.id, each.subject) for each in account.templates.values()}


def _refuse_stranger(sender: str, senders: frozenset[str] | None) -> None:
    domain = sender.rpartition("@")[2]
    if senders is None or sender in senders or domain in senders:
        return
    message = (
        "The from address does not match a verified Sender Identity. Mail cannot be sent until this"
        " error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/"
        "sender-identity/ to see the Sender Identity requirements"
    )
    raise TroubleError(HTTPStatus.FORBIDDEN, Complaint(message, "from"))


def _letters(body: Content, message_id: str) -> Iterator[Letter]:
    settings = body.get("mail_settings") or {}
    bypasses = any((settings.get(name) or {}).get("enable") for name in BYPASSES)
    number = 0
    for each in body["personalizations"]:
        common = Letter(
            id="",
            email="",
            subject=str(each.get("subject") or body.get("subject") or ""),
            sender=str(body["from"]["email"]),
            message_id=message_id,
            categories=tuple(body.get("categories") or ()),
            arguments={**(body.get("custom_args") or {}), **(each.get("custom_args") or {})},
            group=(body.get("asm") or {}).get("group_id"),
            send_at_s=float(each.get("send_at") or body.get("send_at") or 0),
            bypasses=bypasses,
        )
        for kind in ("to", "cc", "bcc"):
            for recipient in each.get(kind) or ():
                name = f"{message_id}.recvd-5f7c9b6d44-8xk2p-1-65A0F1B2-1E.{number}"
                yield replace(common, id=name, email=recipient["email"])
                number += 1


def post(account: Account, letter: Letter) -> None:
    """Keep a letter, and see to it that it goes its way."""
    account.letters[letter.id] = letter
    begins_s = max(letter.send_at_s, account.now()) + account.pace.processed_s
    account.agenda.at(begins_s, partial(_set_out, account, letter.id))


def _set_out(account: Account, name: str, at_s: float) -> None:
    letter = account.letters[name]
    reason = "" if letter.bypasses else suppressions.reason_against(account, letter)
    fate = fate_of(letter.email, account.fates)
    if not reason and fate is Fate.INVALID:
        entry = Suppressed(letter.email, int(at_s), "Mail domain unknown")
        suppressions.add(account, "invalid_emails", entry)
        reason = "Invalid"
    if reason:
        happen(account, name, "dropped", at_s, reason=reason, status="5.0.0")
        return
    happen(account, name, "processed", at_s)
    for after_s, deed in _plan(account, name, fate):
        account.agenda.at(at_s + after_s, deed)


def _plan(account: Account, name: str, fate: Fate) -> Iterator[tuple[float, Any]]:
    brought_s, deferred_s = account.pace.brought_s, account.pace.deferred_s
    if fate is Fate.BOUNCED:
        yield brought_s, partial(bounce, account, name)
        return
    if fate is Fate.BLOCKED:
        yield brought_s, partial(block, account, name)
        return
    tries = _DEFERRALS if fate is Fate.DEFERRED else 0
    for attempt in range(tries):
        yield brought_s + attempt * deferred_s, partial(defer, account, name, attempt + 1)
    yield brought_s + tries * deferred_s, partial(deliver, account, name)
    if fate is Fate.REPORTED:
        yield 2 * brought_s, partial(report, account, name)


def deliver(account: Account, name: str, at_s: float) -> Event:
    """The recipient's server took it."""
    return happen(account, name, "delivered", at_s, response="250 2.0.0 OK", tls=1)


def defer(account: Account, name: str, attempt: int, at_s: float) -> Event:
    """The recipient's server would rather have it later."""
    response = "451 4.7.1 Please try again later"
    return happen(account, name, "deferred", at_s, response=response, attempt=str(attempt))


def bounce(
    account: Account, name: str, at_s: float, reason: str = "550 5.1.1 The user does not exist"
) -> Event:
    """The recipient's server knows no such person: from now on mail to him is dropped."""
    email = account.letters[name].email
    suppressions.add(account, "bounces", Suppressed(email, int(at_s), reason, "5.1.1"))
    told = {"reason": reason, "status": "5.1.1", "type": "bounce", "tls": 1}
    return happen(account, name, "bounce", at_s, **told, bounce_classification="Invalid Address")


def block(
    account: Account, name: str, at_s: float, reason: str = "554 5.7.1 Service unavailable"
) -> Event:
    """The recipient's server would not have this message."""
    email = account.letters[name].email
    suppressions.add(account, "blocks", Suppressed(email, int(at_s), reason, "5.7.1"))
    told = {"reason": reason, "status": "5.7.1", "type": "blocked", "tls": 1}
    return happen(account, name, "bounce", at_s, **told, bounce_classification="Reputation")


def report(account: Account, name: str, at_s: float) -> Event:
    """The recipient says that it is spam."""
    entry = Suppressed(account.letters[name].email, int(at_s))
    suppressions.add(account, "spam_reports", entry)
    return happen(account, name, "spamreport", at_s)


def read(account: Account, name: str, at_s: float) -> Event:
    """The recipient opened it."""
    return happen(account, name, "open", at_s, **_READER, sg_machine_open=False)


def follow(account: Account, name: str, url: str, at_s: float) -> Event:
    """The recipient followed a link in it."""
    offset = {"index": 0, "type": "html"}
    return happen(account, name, "click", at_s, **_READER, url=url, url_offset=offset)


def leave(account: Account, name: str, at_s: float, *, group: int | None = None) -> Event:
    """The recipient wants no more mail at all, or none of a group."""
    email = account.letters[name].email
    if group is None:
        suppressions.add(account, "unsubscribes", Suppressed(email, int(at_s)))
        return happen(account, name, "unsubscribe", at_s)
    account.groups[group].suppressed[email] = int(at_s)
    return happen(account, name, "group_unsubscribe", at_s, **_READER, asm_group_id=group)


def come_back(account: Account, name: str, at_s: float, *, group: int) -> Event:
    """The recipient wants mail of a group again."""
    account.groups[group].suppressed.pop(account.letters[name].email, None)
    return happen(account, name, "group_resubscribe", at_s, **_READER, asm_group_id=group)


_DELIVERY = frozenset("processed dropped deferred delivered bounce".split())


def happen(account: Account, name: str, event: str, at_s: float, **more: Any) -> Event:
    """Note an event of a letter; the event, as the webhook carries it."""
    letter = account.letters[name]
    if event in _DELIVERY:
        account.letters[name] = replace(letter, status=event)
    content: Event = {**letter.arguments, "email": letter.email, "timestamp": int(at_s)}
    content |= {"smtp-id": f"<{letter.message_id}@geopod-ismtpd-1>", "event": event}
    if letter.categories:
        content["category"] = list(letter.categories)
    if letter.group is not None:
        content["asm_group_id"] = letter.group
    content |= {"sg_event_id": token_of(account.number(), 0x64), "sg_message_id": letter.id}
    return account.happened(content | more)
