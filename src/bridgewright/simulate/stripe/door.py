"""Who is let in: API keys, versions, accounts, and how many requests a second.

https://docs.stripe.com/keys and https://docs.stripe.com/rate-limits, as known 2026-11.
"""

from __future__ import annotations

import base64
import binascii
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bridgewright.simulate.stripe.account import VERSION
from bridgewright.simulate.stripe.trouble import (
    THROTTLED,
    ProblemError,
    forbidden,
    invalid,
    unauthorized,
    unsupported,
)

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Heard

OLDEST = "2025-03-31"
"""Versions before this one shape invoices and subscriptions in another way."""
LONGEST_KEY = 255
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
_SECRET = ("sk_test_", "rk_test_")
_PUBLISHABLE = (
    "This API call cannot be made with a publishable API key. Please use a secret API key. You can"
    " find a list of your API keys at https://dashboard.stripe.com/account/apikeys."
)


class Door:
    """Lets requests in, or says why not. Every secret test key is good; live ones are not, so that
    none gets used to being sent here. `rate_per_s` is None for as fast as anybody likes."""

    def __init__(self, rate_per_s: float | None) -> None:
        self.restricted: dict[str, tuple[str, ...]] = {}
        self._rate_per_s = rate_per_s
        self._left = rate_per_s or 0.0
        self._counted_at_s = 0.0

    def admit(self, heard: Heard, operation: str, now_s: float) -> None:
        """ProblemError for who is not let in."""
        key = _key_of(heard)
        allowed = self.restricted.get(key)
        if allowed is not None and not any(fnmatchcase(operation, each) for each in allowed):
            message = (
                f"The provided key '{_masked(key)}' does not have the required permissions for this"
                f" endpoint ({operation})."
            )
            raise forbidden(message)
        account = heard.header("stripe-account")
        if account is not None and not account.startswith("acct_"):
            message = (
                f"The provided key '{_masked(key)}' does not have access to account '{account}' (or"
                " that account does not exist). Application access may have been revoked."
            )
            raise forbidden(message, "account_invalid")
        _check_version(heard.header("stripe-version") or VERSION)
        _check_body(heard)
        self._count(now_s)

    def _count(self, now_s: float) -> None:
        rate = self._rate_per_s
        if rate is None:
            return
        self._left = min(rate, self._left + (now_s - self._counted_at_s) * rate)
        self._counted_at_s = now_s
        if self._left < 1:
            raise ProblemError(THROTTLED)
        self._left -= 1


def _key_of(heard: Heard) -> str:
    scheme, _, given = (heard.header("authorization") or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given).decode("latin-1").partition(":")[0]
        except (binascii.Error, ValueError):
            given = ""
    if scheme.lower() not in ("basic", "bearer") or not given:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization"
            " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise unauthorized(message)
    if given.startswith("pk_"):
        raise forbidden(_PUBLISHABLE, "secret_key_required")
    if not given.startswith(_SECRET):
        raise unauthorized(f"Invalid API Key provided: {_masked(given)}")
    return given


def _masked(key: str) -> str:
    """A key as Stripe shows it: what kind it is, and its last four characters at most."""
    kind = "_".join(key.split("_")[:2]) if key.startswith(("sk_", "rk_")) else ""
    shown = f"{kind}_" if kind else ""
    hidden = key[len(shown) :]
    tail = hidden[-4:] if len(hidden) > 8 else ""  # noqa: PLR2004 - a shorter one would be half told
    return f"{shown}{'*' * max(4, len(hidden) - len(tail))}{tail}"


def _check_version(version: str) -> None:
    if not _VERSION.fullmatch(version):
        raise invalid(f"Invalid Stripe API version: {version}")
    if version < OLDEST:
        raise unsupported(f"Stripe-Version: {version}")


def _check_body(heard: Heard) -> None:
    if "json" in (heard.header("content-type") or "").lower() and heard.body:
        message = (
            "Invalid request (check that your POST content type is"
            " application/x-www-form-urlencoded). If you have any questions, we can help at"
            " https://support.stripe.com/."
        )
        raise invalid(message)
    if len(heard.header("idempotency-key") or "") > LONGEST_KEY:
        raise invalid(f"Idempotency keys can have up to {LONGEST_KEY} characters.")
