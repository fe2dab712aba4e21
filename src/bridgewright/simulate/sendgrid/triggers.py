"""What can be made to happen at SendGrid: an event of mail, with all that comes before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.sendgrid import groups, letters, suppressions
from bridgewright.simulate.sendgrid.account import token_of
from bridgewright.simulate.sendgrid.letters import Letter
from bridgewright.simulate.sendgrid.suppressions import Suppressed
from bridgewright.simulate.simulator import UnknownTriggerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.sendgrid.account import Account, Event

SOMEBODY = "somebody@example.com"
_MAIL = ("email", "subject", "category", "sg_message_id")
TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "processed": _MAIL,
    "deferred": _MAIL,
    "delivered": _MAIL,
    "bounce": (*_MAIL, "reason"),
    "blocked": (*_MAIL, "reason"),
    "dropped": (*_MAIL, "reason"),
    "open": _MAIL,
    "click": (*_MAIL, "url"),
    "spamreport": _MAIL,
    "unsubscribe": _MAIL,
    "group_unsubscribe": (*_MAIL, "asm_group_id"),
    "group_resubscribe": (*_MAIL, "asm_group_id"),
}
"""Each event, and what it can be told: `sg_message_id` names mail that is there already."""
_ENDED = frozenset({"delivered", "bounce", "dropped"})
_LISTS = {reason: kind for kind, reason in suppressions.REASONS.items()}


def happen(account: Account, event_type: str, told: Mapping[str, str]) -> Event:
    """Make a known event happen now, and post it; the event as the webhook carries it."""
    now = account.now()
    letter = _letter(account, told)
    if event_type == "dropped":
        event = _dropped(account, letter, told, now)
    elif event_type in {"processed", "deferred", "delivered", "bounce", "blocked"}:
        event = _delivery(account, event_type, letter, told, now)
    else:
        event = _reading(account, event_type, letter, told, now)
    account.post()
    return event


def _letter(account: Account, told: Mapping[str, str]) -> Letter:
    name = told.get("sg_message_id", "")
    if name and name not in account.letters:
        raise UnknownTriggerError(
            f"there is no mail {name} here; without sg_message_id, some is made"
        )
    if name:
        return account.letters[name]
    message_id = token_of(account.number(), 0x5A)
    made = Letter(
        id=f"{message_id}.recvd-5f7c9b6d44-8xk2p-1-65A0F1B2-1E.0",
        email=told.get("email", SOMEBODY),
        subject=told.get("subject", "Hello"),
        message_id=message_id,
        categories=(told["category"],) if told.get("category") else (),
    )
    account.letters[made.id] = made
    return made


def _refuse_ended(letter: Letter, event_type: str) -> None:
    if letter.status in _ENDED:
        raise UnknownTriggerError(
            f"{letter.id} has ended ({letter.status}): there is no {event_type} after that"
        )


def _dropped(account: Account, letter: Letter, told: Mapping[str, str], now: float) -> Event:
    _refuse_ended(letter, "dropped")
    reason = told.get("reason", "Bounced Address")
    if reason in _LISTS:
        entry = Suppressed(letter.email, int(now), "550 5.1.1 The user does not exist", "5.1.1")
        suppressions.add(account, _LISTS[reason], entry)
    return letters.happen(account, letter.id, "dropped", now, reason=reason, status="5.0.0")


def _delivery(
    account: Account, event_type: str, letter: Letter, told: Mapping[str, str], now: float
) -> Event:
    _refuse_ended(letter, event_type)
    if event_type == "processed" or not letter.status:
        event = letters.happen(account, letter.id, "processed", now)
    if event_type == "processed":
        return event
    if event_type == "deferred":
        return letters.defer(account, letter.id, 1, now)
    if event_type == "delivered":
        return letters.deliver(account, letter.id, now)
    how = letters.bounce if event_type == "bounce" else letters.block
    reason = (told["reason"],) if "reason" in told else ()
    return how(account, letter.id, now, *reason)


def _reading(
    account: Account, event_type: str, letter: Letter, told: Mapping[str, str], now: float
) -> Event:
    """What somebody does with mail that he has: it is delivered first."""
    if letter.status != "delivered":
        _delivery(account, "delivered", letter, {}, now)
    if event_type == "open":
        return letters.read(account, letter.id, now)
    if event_type == "click":
        letters.read(account, letter.id, now)
        return letters.follow(account, letter.id, told.get("url", "https://example.com/"), now)
    if event_type == "spamreport":
        return letters.report(account, letter.id, now)
    if event_type == "unsubscribe":
        return letters.leave(account, letter.id, now)
    group = _group(account, told)
    if event_type == "group_unsubscribe":
        return letters.leave(account, letter.id, now, group=group)
    return letters.come_back(account, letter.id, now, group=group)


def _group(account: Account, told: Mapping[str, str]) -> int:
    known = {str(number): number for number in account.groups}
    name = told.get("asm_group_id")
    if name is None:
        first = next(iter(account.groups), None)
        return first or groups.make(account, "Weekly news", "What happened this week").id
    if name not in known:
        raise UnknownTriggerError(f"there is no group {name}; known: {', '.join(known) or 'none'}")
    return known[name]
