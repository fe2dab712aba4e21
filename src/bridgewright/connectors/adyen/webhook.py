"""Adyen's two signatures, of payments (in every item) and of platforms (in a field), and its events.
Sources: README.md."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.connectors.adyen.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import (
    Coverage,
    Notice,
    Readable,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.digest import MacKey, match
from bridgewright.core.signing.field import sole
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.webhook import (
    PLAIN,
    Checked,
    Facts,
    Signed,
    Terms,
    Webhook,
    no_options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.keyring import Keyring

SIGNATURE = b"hmacsignature"
KEPT = (b"content-type", b"user-agent")
MAX_ITEMS = 1_000
"""More than Adyen puts into one delivery (one, in JSON)."""

_FORM = re.compile(rb"[A-Za-z0-9+/]{43}=")
_BEFORE = ("pspReference", "originalReference", "merchantAccountCode")
_PLATFORM = Places(type=("type",), at="timestamp")
_MAX_TEXT = 1_024


@dataclass(frozen=True, slots=True)
class AdyenScheme:
    """Verifies the whole body where a field signs it, and each of its items otherwise."""

    keyring: Keyring[MacKey]

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with what was signed, or why not. Never raises, whatever bytes come."""
        del now  # no time is signed
        if delivery.headers.first(SIGNATURE) is None:
            return self._items(delivery)
        given = sole(delivery.headers, SIGNATURE)
        if isinstance(given, Rejected):
            return given
        position = self._match(given, delivery.body)
        if isinstance(position, Rejected):
            return position
        return Verified(position, Coverage.BODY)

    def _items(self, delivery: Delivery) -> Verification:
        found = items(delivery.body)
        if not found:
            return Rejected(
                Reason.MISSING, "no hmacsignature, and no notificationItems in the body"
            )
        first = 0
        for number, item in enumerate(found):
            signed = signed_text(item)
            if isinstance(signed, Rejected):
                return signed
            position = self._match(_signature_of(item), signed)
            if isinstance(position, Rejected):
                return position
            first = first if number else position
        return Verified(first, Coverage.FIELDS)

    def _match(self, given: bytes, signed: bytes) -> int | Rejected:
        if not given:
            return Rejected(Reason.MISSING, "an item has no hmacSignature")
        if not _FORM.fullmatch(given):
            return Rejected(Reason.MALFORMED, "a signature is no 32 bytes in base64")
        expected = [base64.b64encode(key.digest(signed)) for key in self.keyring]
        position = match(expected, (given,))
        detail = "a signature is not by one of our keys"
        return Rejected(Reason.MISMATCH, detail) if position is None else position


def items(body: bytes) -> list[dict[str, Any]]:
    """The items of a delivery about payments; none where anything else stands in the body."""
    parsed = envelope.parsed(body)
    listed = None if isinstance(parsed, str) else parsed.get("notificationItems")
    if not isinstance(listed, list) or len(listed) > MAX_ITEMS:
        return []
    found = [each.get("NotificationRequestItem") for each in listed if isinstance(each, dict)]
    whole = [item for item in found if isinstance(item, dict)]
    return whole if len(whole) == len(listed) else []


def _signature_of(item: dict[str, Any]) -> bytes:
    more = item.get("additionalData")
    text = more.get("hmacSignature") if isinstance(more, dict) else None
    return text.encode("ascii", "replace") if isinstance(text, str) else b""


def signed_text(item: dict[str, Any]) -> bytes | Rejected:
    """The eight fields that are signed, joined by colons.

    Only the merchant's reference may hold a colon: with one such field there is one way to divide the
    text into eight, and nobody can move a piece from one field to another.
    """
    amount = item.get("amount")
    money = amount if isinstance(amount, dict) else {}
    before = [_plain(item.get(name)) for name in _BEFORE]
    after = [
        _plain(money.get("value")),
        _plain(money.get("currency")),
        _plain(item.get("eventCode")),
        _plain(item.get("success")),
    ]
    reference = _plain(item.get("merchantReference"), colon=True)
    parts = [*before, reference, *after]
    whole = [part for part in parts if part is not None]
    if len(whole) < len(parts):
        return Rejected(Reason.MALFORMED, "a signed field of an item is not what Adyen sends there")
    return ":".join(whole).encode("utf-8", "surrogatepass")


def _plain(value: object, *, colon: bool = False) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else None
    if not isinstance(value, str) or len(value) > _MAX_TEXT or (":" in value and not colon):
        return None
    return value


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the HMAC keys of the webhook (hexadecimal). Adyen signs no time."""
    no_options("adyen", terms)
    freshness.no_tolerance("adyen", terms.tolerance_s)
    return AdyenScheme(keyring.bind("adyen", keys, _mac_key))


def _mac_key(text: str) -> MacKey:
    keyring.verbatim(text)
    raw = _unhexed(text)
    if raw is None:
        msg = "is not hexadecimal"
        raise keyring.UnfitKeyError(msg)
    return MacKey.of(raw)


def _unhexed(text: str) -> bytes | None:
    try:
        return binascii.unhexlify(text)
    except ValueError:
        return None


def read(delivery: Delivery) -> Envelope:
    """Payments: one event for each item, its key the digest of what is signed of it. Platforms: one
    event, its key the digest of the body."""
    parsed = envelope.parsed(delivery.body)
    if isinstance(parsed, str) or "notificationItems" not in parsed:
        return _PLATFORM(delivery)
    found = [_notice(delivery, item) for item in items(delivery.body)]
    whole = tuple(notice for notice in found if notice is not None)
    if not whole or len(whole) < len(found):
        return envelope.unreadable(delivery, "an item has no usable eventCode", KEPT)
    return Readable(whole)


def _notice(delivery: Delivery, item: dict[str, Any]) -> Notice | None:
    event_type = envelope.clean(item.get("eventCode"))
    signed = signed_text(item)
    body = _written(item)
    if event_type is None or body is None or isinstance(signed, Rejected):
        return None
    return Notice(
        key=envelope.fingerprint(signed),
        event_type=event_type,
        body=body,
        event_id=envelope.clean(item.get("pspReference")),
        occurred_at=envelope.occurred_at(item.get("eventDate")),
        headers=envelope.kept(delivery.headers, KEPT),
    )


def _written(item: dict[str, Any]) -> bytes | None:
    try:
        return json.dumps(item, separators=(",", ":")).encode()
    except RecursionError:  # it could be read, but only just
        return None


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as Adyen does: every item of payments, or the body as it is."""
    del message_id, at, url  # Adyen signs none of them
    key = keyring.bind("adyen", keys, _mac_key).keys[0]
    found = items(body)
    if not found:
        return Signed(((SIGNATURE, base64.b64encode(key.digest(body))),), body)
    signed = [{"NotificationRequestItem": _signed_item(key, item)} for item in found]
    sent = {**json.loads(body), "notificationItems": signed}
    return Signed((), json.dumps(sent).encode())


def _signed_item(key: MacKey, item: dict[str, Any]) -> dict[str, Any]:
    text = signed_text(item)
    signature = b"" if isinstance(text, Rejected) else base64.b64encode(key.digest(text))
    more = item.get("additionalData")
    held = more if isinstance(more, dict) else {}
    return {**item, "additionalData": {**held, "hmacSignature": signature.decode()}}


def wrap(event: bytes) -> bytes:
    """`notificationItems` with one of them; an event of platforms comes alone."""
    parsed = envelope.parsed(event)
    if isinstance(parsed, str) or "eventCode" not in parsed:
        return event
    return b'{"notificationItems":[{"NotificationRequestItem":%b}]}' % event


FACTS = Facts(
    title="Adyen",
    coverage=Coverage.BODY | Coverage.FIELDS,
    freshness="no time is signed",
    dedupe="payments: the digest of the eight signed fields of each item; platforms: of the body",
    event_type="payments: `eventCode`; platforms: `type`",
    batch="`notificationItems`: one event each, every one of them verified",
    answer="200 with `[accepted]`",
    deadline="10 s",
    retries="3 times at once, then with growing pauses for up to 30 days",
    sources=(
        "`Adyen` 16.0.0, read and run 2026-11-28, and its tests' deliveries",
        "Adyen's pages of HMAC signatures, of handling and of failures, as read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="deliveries out of the tests of Adyen's own library verify",
    weak="of payments eight fields are signed: `reason`, `eventDate` and `additionalData` could be"
    " anything, and Adyen has no read operation that would prove them",
)

WEBHOOK = Webhook(
    provider="adyen",
    secret_variable="ADYEN_HMAC_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    key_what="the HMAC key of the webhook (hexadecimal)",
    signature_fields=(SIGNATURE,),
    example_key="00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
    wrap=wrap,
)
