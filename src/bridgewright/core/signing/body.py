"""The family `sha256=…`: one field that holds a signature over the raw body alone (GitHub).

No time and no id is signed, so a captured body stays valid for as long as its key does. Dedupe
stops what is repeated as it came; it does not stop a stranger who sends a captured body under a new
delivery id. `Coverage` says so to whoever asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import Coverage, Reason, Rejected, Verified
from bridgewright.core.signing.digest import MacKey, match
from bridgewright.core.signing.field import sole

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.signing.keyring import Keyring

_SHA256_HEX = re.compile(rb"[0-9a-f]{64}")
_ALGORITHM = b"sha256"


@dataclass(frozen=True, slots=True)
class BodyScheme:
    """Verifies the field `header` (its name in lower case) with a keyring."""

    header: bytes
    keyring: Keyring[MacKey]

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with the body covered, or why not. Never raises, whatever bytes come."""
        del now  # no time is signed
        value = sole(delivery.headers, self.header)
        if isinstance(value, Rejected):
            return value
        algorithm, mark, signature = value.partition(b"=")
        if mark and algorithm != _ALGORITHM:
            return Rejected(Reason.UNKNOWN_ALGORITHM, "the signature is not sha256=")
        if not _SHA256_HEX.fullmatch(signature):
            detail = f"{self.header.decode()} is not sha256= and 64 lower-case hex digits"
            return Rejected(Reason.MALFORMED, detail)
        expected = [key.digest(delivery.body).hex().encode() for key in self.keyring]
        key = match(expected, (signature,))
        if key is None:
            return Rejected(Reason.MISMATCH, "the signature is not of this body under our keys")
        return Verified(key, Coverage.BODY)


def sign_body(header: bytes, key: MacKey, body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The field under which a provider of this family sends `body`."""
    return ((header, _ALGORITHM + b"=" + key.digest(body).hex().encode()),)
