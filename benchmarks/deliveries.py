"""Stripe-signed deliveries, built before the clock starts: each a whole HTTP request, each its own
event.

Built here by hand and not with anything of ours, so that sender and receiver share no code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import string
import time

SECRET = "whsec_benchmarks_only_4f1c0a9be7d24d3c"  # noqa: S105 - made up, and used on loopback only
BODY_BYTES = 2048
_MARK = "evt_" + "0" * 24
_LETTERS = string.digits + string.ascii_letters
_EACH_SECOND = 1_000


def _body() -> bytes:
    """One event as Stripe prints them (two spaces of indent), filled up to exactly 2,048 bytes."""
    event = {
        "id": _MARK,
        "object": "event",
        "api_version": "2025-08-27.basil",
        "created": 1_760_000_000,
        "data": {"object": _invoice("")},
        "livemode": True,
        "pending_webhooks": 1,
        "request": {"id": "req_Tq3PzS0bHjcA1f", "idempotency_key": None},
        "type": "invoice.payment_failed",
    }
    missing = BODY_BYTES - len(json.dumps(event, indent=2))
    event["data"] = {"object": _invoice("x" * missing)}
    return json.dumps(event, indent=2).encode("ascii")


def _invoice(filling: str) -> dict[str, object]:
    return {
        "id": "in_1S8kQ2LkdIwHu7ixnM3hYtbe",
        "object": "invoice",
        "account_country": "DE",
        "amount_due": 4900,
        "amount_paid": 0,
        "amount_remaining": 4900,
        "attempt_count": 1,
        "attempted": True,
        "auto_advance": True,
        "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically",
        "currency": "eur",
        "customer": "cus_T4pXkN2vQ8sYbR",
        "customer_email": "someone@example.com",
        "lines": {
            "object": "list",
            "data": [{"id": "il_1S8kQ2LkdIwHu7ix", "amount": 4900, "quantity": 1}],
            "has_more": False,
            "total_count": 1,
        },
        "metadata": {"order": "17", "filling": filling},
        "next_payment_attempt": 1_760_259_200,
        "status": "open",
        "subtotal": 4900,
        "total": 4900,
    }


def signed(body: bytes, at: int) -> str:
    """The `Stripe-Signature` of a body at a second."""
    digest = hmac.new(SECRET.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _event_ids(amount: int) -> list[str]:
    """Shaped as Stripe's: what grows with time first, then the account, then chance.

    The order matters: ids that begin at random make a store's unique index dearer to keep.
    """
    dice = random.Random(amount)
    tails = ("".join(dice.choices(_LETTERS, k=8)) for _ in range(amount))
    return [f"evt_1S{n // _EACH_SECOND:04d}LkdIwHu7ix{tail}" for n, tail in enumerate(tails)]


def requests(amount: int, *, path: str) -> list[bytes]:
    """`amount` requests, each with an event id of its own."""
    before, _, after = _body().partition(_MARK.encode())
    at = int(time.time())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Stripe/1.0\r\nAccept: */*\r\n"
        f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {BODY_BYTES}\r\n"
    )
    made = []
    for event_id in _event_ids(amount):
        body = before + event_id.encode() + after
        made.append(f"{head}Stripe-Signature: {signed(body, at)}\r\n\r\n".encode() + body)
    return made
