"""The family of tokens that are sent in clear: whoever holds the secret is believed, whatever comes.

Nothing of the delivery is bound, so `Coverage` is nothing: who has seen one delivery can send others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import Coverage, Reason, Rejected, Verified
from bridgewright.core.signing import freshness, keyring
from bridgewright.core.signing.digest import match
from bridgewright.core.signing.field import sole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.keyring import Keyring
    from bridgewright.core.signing.webhook import Terms


@dataclass(frozen=True, slots=True)
class BearerScheme:
    """Verifies that the field `header` holds one of our tokens, after `prefix`."""

    header: bytes
    keyring: Keyring[bytes]
    prefix: bytes = b""

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with nothing covered, or why not. Never raises, whatever bytes come."""
        del now  # nothing is signed
        value = sole(delivery.headers, self.header)
        if isinstance(value, Rejected):
            return value
        if not value.startswith(self.prefix):
            detail = f"{self.header.decode()} does not begin with {self.prefix.decode().strip()}"
            return Rejected(Reason.MALFORMED, detail)
        position = match(self.keyring.keys, (value[len(self.prefix) :],))
        if position is None:
            return Rejected(Reason.MISMATCH, f"{self.header.decode()} is none of our tokens")
        return Verified(position, Coverage.NOTHING)


def bearer_scheme(
    provider: str, header: bytes, keys: Sequence[Secret], terms: Terms, *, prefix: bytes = b""
) -> BearerScheme:
    """Bind tokens. Nothing is signed, so a tolerance is refused."""
    freshness.no_tolerance(provider, terms.tolerance_s)
    return BearerScheme(header, keyring.bind(provider, keys, keyring.verbatim), prefix)
