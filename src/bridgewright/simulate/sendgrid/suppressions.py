"""Who gets no mail, and why: five lists of an account, each by address.
https://www.twilio.com/docs/sendgrid/api-reference/suppressions, read 2026-11."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.sendgrid.asked import flag_in, texts_in
from bridgewright.simulate.sendgrid.mail import is_address
from bridgewright.simulate.sendgrid.trouble import given, missing, wrong
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.sendgrid.account import Account
    from bridgewright.simulate.sendgrid.asked import Asked
    from bridgewright.simulate.sendgrid.letters import Letter
    from bridgewright.simulate.wire import Content

MOST = 500
_ENDLESS = 10**11
REASONS = {
    "bounces": "Bounced Address",
    "spam_reports": "Spam Reporting Address",
    "invalid_emails": "Invalid",
    "unsubscribes": "Unsubscribed Address",
}
"""Why mail to somebody on a list is dropped. A block stops nothing."""
_SHOWN = {
    "bounces": ("created", "email", "reason", "status"),
    "blocks": ("created", "email", "reason", "status"),
    "spam_reports": ("created", "email", "ip"),
    "invalid_emails": ("created", "email", "reason"),
    "unsubscribes": ("created", "email"),
}


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Somebody on a list."""

    email: str
    created: int
    reason: str = ""
    status: str = ""
    ip: str = "192.0.2.7"


def add(account: Account, kind: str, entry: Suppressed) -> None:
    """Put somebody on a list; he stays since when he first was on it."""
    account.lists[kind].setdefault(entry.email.lower(), entry)


def reason_against(account: Account, letter: Letter) -> str:
    """Why a letter is not sent, or "" when it is."""
    email = letter.email.lower()
    for kind, reason in REASONS.items():
        if email in account.lists[kind]:
            return reason
    group = None if letter.group is None else account.groups.get(letter.group)
    known = group is not None and email in {each.lower() for each in group.suppressed}
    return REASONS["unsubscribes"] if known else ""


def shown(kind: str, each: Suppressed) -> Content:
    """An entry as the API shows it."""
    return {name: getattr(each, name) for name in _SHOWN[kind]}


def page(account: Account, asked: Asked, *, kind: str) -> Reply:
    """Those on a list, newest first: within `start_time` and `end_time`, by `limit` and `offset`."""
    limit = asked.number("limit", MOST, MOST)
    offset = asked.number("offset", 0, _ENDLESS)
    first, last = (
        asked.number("start_time", 0, _ENDLESS),
        asked.number("end_time", _ENDLESS, _ENDLESS),
    )
    email = asked.query.get("email", "").lower()
    found = [
        shown(kind, each)
        for each in reversed(account.lists[kind].values())
        if first <= each.created <= last and each.email.lower().startswith(email)
    ]
    return given(found[offset : offset + limit])


def one(account: Account, asked: Asked, email: str, *, kind: str) -> Reply:
    """Whether somebody is on a list: one entry, or none."""
    del asked
    found = account.lists[kind].get(email.lower())
    return given([] if found is None else [shown(kind, found)])


def remove_some(account: Account, asked: Asked, *, kind: str) -> Reply:
    """Take all off a list, or those that are named."""
    content = asked.content()
    everybody, emails = flag_in(content, "delete_all"), texts_in(content, "emails")
    if everybody == bool(emails):
        raise wrong("either delete_all or emails must be given, and not both", "delete_all")
    if everybody:
        account.lists[kind].clear()
    for email in emails:
        account.lists[kind].pop(email.lower(), None)
    return Reply(HTTPStatus.NO_CONTENT)


def remove(account: Account, asked: Asked, email: str, *, kind: str) -> Reply:
    """Take somebody off a list."""
    del asked
    if account.lists[kind].pop(email.lower(), None) is None:
        raise missing()
    return Reply(HTTPStatus.NO_CONTENT)


def of(kind: str) -> tuple[partial[Reply], partial[Reply], partial[Reply], partial[Reply]]:
    """What can be done with one list: a page of it, one entry, and taking one or many away."""
    operations = (page, one, remove, remove_some)
    return tuple(partial(each, kind=kind) for each in operations)  # type: ignore[return-value]  # four


def unsubscribe(account: Account, asked: Asked) -> Reply:
    """Put addresses on the list of those who want no mail at all."""
    emails = addresses_in(asked)
    for email in emails:
        add(account, "unsubscribes", Suppressed(email, int(account.now())))
    return given({"recipient_emails": list(emails)}, HTTPStatus.CREATED)


def unsubscribed(account: Account, asked: Asked, email: str) -> Reply:
    """Whether somebody wants no mail at all: himself, or nobody."""
    del asked
    known = account.lists["unsubscribes"].get(email.lower())
    return given({} if known is None else {"recipient_email": known.email})


def addresses_in(asked: Asked) -> tuple[str, ...]:
    """The addresses that a request names; TroubleError when there are none, or one is none."""
    emails = texts_in(asked.content(), "recipient_emails")
    if not emails or not all(map(is_address, emails)):
        raise wrong("recipient_emails must be an array of valid addresses", "recipient_emails")
    return emails
