"""Groups that people unsubscribe from:
https://www.twilio.com/docs/sendgrid/api-reference/suppressions-unsubscribe-groups, read 2026-11."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.sendgrid.asked import flag_in, text_in
from bridgewright.simulate.sendgrid.suppressions import addresses_in
from bridgewright.simulate.sendgrid.trouble import given, missing, wrong
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.sendgrid.account import Account
    from bridgewright.simulate.sendgrid.asked import Asked
    from bridgewright.simulate.wire import Content

LONGEST_NAME, LONGEST_DESCRIPTION = 30, 100
FIRST = 18_000


@dataclass(frozen=True, slots=True)
class Group:
    """One group; `suppressed` is who wants none of its mail, and since when."""

    id: int
    name: str
    description: str
    is_default: bool = False
    suppressed: dict[str, int] = field(default_factory=dict, repr=False)


def shown(group: Group) -> Content:
    """A group as the API shows it."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "is_default": group.is_default,
        "last_email_sent_at": None,
        "unsubscribes": len(group.suppressed),
    }


def make(account: Account, name: str, description: str, *, is_default: bool = False) -> Group:
    """A new group."""
    group = Group(FIRST + account.number(), name, description, is_default)
    account.groups[group.id] = group
    return group


def create(account: Account, asked: Asked) -> Reply:
    """Make a group."""
    content = asked.content()
    name, description = text_in(content, "name"), text_in(content, "description")
    _refuse(account, name, description, None)
    default = flag_in(content, "is_default")
    return given(shown(make(account, name, description, is_default=default)), HTTPStatus.CREATED)


def listed(account: Account, asked: Asked) -> Reply:
    """All groups, or those whose ids are named."""
    wanted = asked.query.get("id")
    groups = account.groups.values()
    return given([shown(each) for each in groups if wanted in {None, str(each.id)}])


def fetch(account: Account, asked: Asked, group: str) -> Reply:
    """One group."""
    del asked
    return given(shown(_one(account, group)))


def update(account: Account, asked: Asked, group: str) -> Reply:
    """Change what a group is called."""
    found, content = _one(account, group), asked.content()
    name = text_in(content, "name", found.name)
    description = text_in(content, "description", found.description)
    _refuse(account, name, description, found)
    default = flag_in(content, "is_default", otherwise=found.is_default)
    changed = replace(found, name=name, description=description, is_default=default)
    account.groups[found.id] = changed
    return given(shown(changed), HTTPStatus.CREATED)


def delete(account: Account, asked: Asked, group: str) -> Reply:
    """Take a group away."""
    del asked
    del account.groups[_one(account, group).id]
    return Reply(HTTPStatus.NO_CONTENT)


def suppress(account: Account, asked: Asked, group: str) -> Reply:
    """Note that people want no mail of a group."""
    found, emails = _one(account, group), addresses_in(asked)
    for email in emails:
        found.suppressed.setdefault(email, int(account.now()))
    return given({"recipient_emails": list(emails)}, HTTPStatus.CREATED)


def suppressed(account: Account, asked: Asked, group: str) -> Reply:
    """Who wants no mail of a group."""
    del asked
    return given(list(_one(account, group).suppressed))


def search(account: Account, asked: Asked, group: str) -> Reply:
    """Which of some people want no mail of a group."""
    found, emails = _one(account, group), addresses_in(asked)
    return given([each for each in emails if each in found.suppressed])


def unsuppress(account: Account, asked: Asked, group: str, email: str) -> Reply:
    """Note that somebody wants mail of a group again."""
    del asked
    if _one(account, group).suppressed.pop(email, None) is None:
        raise missing()
    return Reply(HTTPStatus.NO_CONTENT)


def all_suppressed(account: Account, asked: Asked) -> Reply:
    """Who wants no mail of which group."""
    del asked
    return given(
        [
            {"email": email, "group_id": group.id, "group_name": group.name, "created_at": at}
            for group in account.groups.values()
            for email, at in group.suppressed.items()
        ]
    )


def of_somebody(account: Account, asked: Asked, email: str) -> Reply:
    """Every group, and whether somebody wants none of its mail."""
    del asked
    names = ("id", "name", "description", "is_default")
    found = [
        {name: getattr(group, name) for name in names} | {"suppressed": email in group.suppressed}
        for group in account.groups.values()
    ]
    return given({"suppressions": found})


def _one(account: Account, name: str) -> Group:
    known = {str(number): group for number, group in account.groups.items()}
    if name not in known:
        raise missing()
    return known[name]


def _refuse(account: Account, name: str, description: str, itself: Group | None) -> None:
    if not name or len(name) > LONGEST_NAME:
        raise wrong(f"The group name must have 1 to {LONGEST_NAME} characters.", "name")
    if not description or len(description) > LONGEST_DESCRIPTION:
        most = f"1 to {LONGEST_DESCRIPTION} characters"
        raise wrong(f"The group description must have {most}.", "description")
    if any(each.name == name and each is not itself for each in account.groups.values()):
        raise wrong("That group name is already taken.", "name")
