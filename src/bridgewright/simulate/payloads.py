"""What Stripe and GitHub write: bodies of the shape and size of real ones, of people who do not exist.

Shapes after Stripe's API reference (events, customers, invoices, charges) and GitHub's page of webhook
events and payloads, both as read 2026-11; fields that no receiver reads are left out.
"""

from __future__ import annotations

import json
import string
from itertools import count
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.parcel import ProviderEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    Content = dict[str, Any]

STRIPE_SHARE = 0.6
_FAILED_SHARE = 0.2
_LETTERS = string.ascii_letters + string.digits
_BRANCHES = ("main", "release/4.2", "fix/rounding", "feature/invoices")
_WORDS = "totals rounding ledger currency tax parser receipt export retry locale index".split()
_TOTALS = (1_900, 2_900, 4_900, 9_900, 24_000)


def events(dice: Random, began_at_s: int) -> Iterator[ProviderEvent]:
    """Events without end, each story in its order; `began_at_s` is when the first one happened, in
    seconds since 1970. The same dice tell the same stories."""
    serial = count(1)
    at_s = began_at_s
    while True:
        at_s += dice.randint(1, 9)
        if dice.random() < STRIPE_SHARE:
            yield from _a_customer(dice, next(serial), at_s)
        else:
            yield from _a_repository(dice, at_s)


def customer_number(customer_id: str) -> int:
    """The serial number of one of our customers, by its id; -1 for an id that is none of ours."""
    tail = customer_id[-5:]
    return int(tail) if tail.isascii() and tail.isdigit() else -1


def _a_customer(dice: Random, number: int, at_s: int) -> Iterator[ProviderEvent]:
    """A customer is made, gets an invoice, and pays it or does not."""
    customer = {
        "id": f"cus_{_letters(dice, 9)}{number % 100_000:05}",
        "object": "customer",
        "created": at_s,
        "currency": "eur",
        "email": f"customer-{number}@example.org",
        "livemode": False,
        "metadata": {"cohort": dice.choice(_WORDS)},
        "name": f"Customer {number}",
        "preferred_locales": ["en"],
    }
    yield _stripe_event(dice, "customer.created", customer, at_s)
    invoice = _invoice(dice, customer, at_s)
    yield _stripe_event(dice, "invoice.created", invoice | {"status": "draft"}, at_s + 1)
    yield _stripe_event(dice, "invoice.finalized", invoice | {"status": "open"}, at_s + 2)
    if dice.random() < _FAILED_SHARE:
        yield _stripe_event(dice, "charge.failed", _charge(dice, invoice, "failed"), at_s + 3)
        yield _stripe_event(
            dice, "invoice.payment_failed", invoice | {"attempt_count": 1}, at_s + 3
        )
        return
    paid = {"status": "paid", "amount_paid": invoice["total"], "amount_remaining": 0}
    yield _stripe_event(dice, "charge.succeeded", _charge(dice, invoice, "succeeded"), at_s + 3)
    yield _stripe_event(dice, "invoice.paid", invoice | paid, at_s + 4)


def _invoice(dice: Random, customer: Content, at_s: int) -> Content:
    total = dice.choice(_TOTALS)
    line = {
        "id": f"il_{_letters(dice, 24)}",
        "object": "line_item",
        "amount": total,
        "currency": "eur",
        "description": f"Plan for {dice.choice(_WORDS)}",
        "period": {"end": at_s + 2_592_000, "start": at_s},
        "quantity": 1,
    }
    return {
        "id": f"in_{_letters(dice, 24)}",
        "object": "invoice",
        "amount_due": total,
        "amount_paid": 0,
        "amount_remaining": total,
        "attempt_count": 0,
        "collection_method": "charge_automatically",
        "created": at_s,
        "currency": "eur",
        "customer": customer["id"],
        "customer_email": customer["email"],
        "lines": {"object": "list", "data": [line], "has_more": False, "total_count": 1},
        "livemode": False,
        "number": f"{_letters(dice, 8).upper()}-0001",
        "status": "open",
        "subtotal": total,
        "total": total,
    }


def _charge(dice: Random, invoice: Content, status: str) -> Content:
    card = {"brand": "visa", "country": "DE", "exp_month": 8, "exp_year": 2031, "last4": "4242"}
    return {
        "id": f"ch_{_letters(dice, 24)}",
        "object": "charge",
        "amount": invoice["total"],
        "captured": status == "succeeded",
        "created": invoice["created"],
        "currency": "eur",
        "customer": invoice["customer"],
        "failure_code": None if status == "succeeded" else "card_declined",
        "invoice": invoice["id"],
        "livemode": False,
        "outcome": {"network_status": "approved_by_network", "risk_level": "normal"},
        "paid": status == "succeeded",
        "payment_method_details": {"card": card, "type": "card"},
        "status": status,
    }


def _stripe_event(dice: Random, event_type: str, thing: Content, at_s: int) -> ProviderEvent:
    event_id = f"evt_{_letters(dice, 24)}"
    event = {
        "id": event_id,
        "object": "event",
        "api_version": "2026-06-30",
        "created": at_s,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": f"req_{_letters(dice, 14)}", "idempotency_key": _uuid(dice)},
        "type": event_type,
    }
    # Stripe sends its JSON indented by two: whoever parses and writes it anew breaks the signature.
    return ProviderEvent("stripe", event_id, event_type, json.dumps(event, indent=2).encode())


def _a_repository(dice: Random, at_s: int) -> Iterator[ProviderEvent]:
    """Somebody pushes, proposes a change, or opens an issue."""
    person = f"person-{dice.randint(1, 60)}"
    match dice.randrange(4):
        case 0 | 1:
            yield _github_event(dice, "push", _push(dice, person, at_s), person)
        case 2:
            change = _change(dice, person, "pull_request")
            for action in ("opened", "synchronize", "closed"):
                shown = change | {"state": "closed" if action == "closed" else "open"}
                content = {"action": action, "number": change["number"], "pull_request": shown}
                yield _github_event(dice, f"pull_request.{action}", content, person)
        case _:
            issue = _change(dice, person, "issues")
            for action in ("opened", "labeled"):
                content = {"action": action, "issue": issue}
                yield _github_event(dice, f"issues.{action}", content, person)


def _push(dice: Random, person: str, at_s: int) -> Content:
    author = {"name": person, "email": f"{person}@example.org", "username": person}
    commits = [
        {
            "id": _digest(dice),
            "message": f"fix({dice.choice(_WORDS)}): {dice.choice(_WORDS)}",
            "timestamp": at_s,
            "author": author,
            "added": [],
            "modified": [f"src/{dice.choice(_WORDS)}.py"],
        }
        for _ in range(dice.randint(1, 3))
    ]
    ref = f"refs/heads/{dice.choice(_BRANCHES)}"
    ends = {"before": _digest(dice), "after": commits[-1]["id"]}
    return {"ref": ref, **ends, "commits": commits, "head_commit": commits[-1], "pusher": author}


def _change(dice: Random, person: str, kind: str) -> Content:
    number = dice.randint(1, 9_999)
    return {
        "id": dice.randint(10**8, 10**9),
        "node_id": _letters(dice, 20),
        "number": number,
        "html_url": f"https://example.org/shop/{kind}/{number}",
        "title": f"{dice.choice(_WORDS)} and {dice.choice(_WORDS)}".capitalize(),
        "user": {"login": person, "type": "User"},
        "body": " ".join(dice.choices(_WORDS, k=60)),
        "labels": [{"name": dice.choice(_WORDS), "color": "d73a4a"}],
        "state": "open",
        "draft": False,
    }


def _github_event(dice: Random, event_type: str, content: Content, person: str) -> ProviderEvent:
    owner = {"login": "example", "id": 9_919, "type": "Organization", "site_admin": False}
    repository = {
        "id": 52_870_661,
        "name": "shop",
        "full_name": "example/shop",
        "private": True,
        "owner": owner,
        "html_url": "https://example.org/shop",
        "default_branch": "main",
        "open_issues": dice.randint(0, 90),
    }
    sender = {"login": person, "type": "User", "site_admin": False}
    event = content | {"repository": repository, "organization": owner, "sender": sender}
    body = json.dumps(event, separators=(",", ":")).encode()
    return ProviderEvent("github", _uuid(dice), event_type, body)


def _letters(dice: Random, length: int) -> str:
    return "".join(dice.choices(_LETTERS, k=length))


def _digest(dice: Random) -> str:
    return f"{dice.getrandbits(160):040x}"


def _uuid(dice: Random) -> str:
    text = f"{dice.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
