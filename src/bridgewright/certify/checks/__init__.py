"""Every check, in the order of a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.certify.check import Check


def outbound() -> tuple[Check, ...]:
    """The checks of what makes calls."""
    from bridgewright.certify.checks import (  # noqa: PLC0415 - none of them is needed by an endpoint
        ambiguity,
        exfiltration,
        hygiene,
        protection,
        resources,
        retry,
        time,
        tls,
    )

    return (
        *time.CHECKS,
        *retry.CHECKS,
        *ambiguity.CHECKS,
        *protection.CHECKS,
        *hygiene.CHECKS,
        *resources.CHECKS,
        *tls.CHECKS,
        *exfiltration.CHECKS,
    )
