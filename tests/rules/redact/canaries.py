"""Secrets and personal data, made up, and texts to plant them in."""

from __future__ import annotations

from hypothesis import strategies as st

from bridgewright.core.model.secret import Secret
from bridgewright.core.redact.redaction import redaction

HELD = "s3cr3t/With+Odd=Signs"
"""A secret of a connection that no pattern would know."""

CARD = "4242424242424242"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1g"
CANARIES = (
    CARD,
    "4242 4242 4242 4242",
    "3782-822463-10005",
    "6759649826438453",
    JWT,
    "sk_live_51HCanaryCanaryCanary",
    "rk_test_51HCanaryCanaryCanary",
    "whsec_Y2FuYXJ5Y2FuYXJ5",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11AAAAAAA0canarycanary_canary",
    "AKIAIOSFODNN7CANARY",
    "SG.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf",
    "xoxb-17653672481-19874698323-canarycanary",
    "AIzaSyD-canarycanarycanarycanarycanary",
    "jane.doe+canary@example.co.uk",
    "+15005550006",
    "+44 20 7946 0958",
    HELD,
)
REDACTION = redaction(b"a key for pseudonyms", ("fiscal_code",), [Secret(HELD)])

plain = st.text(st.characters(codec="utf-8", exclude_characters="\\"), max_size=60)
apart = st.sampled_from([" ", "\n", '"', ",", ";", "(", "<", "\t", " is: "])
canaries = st.sampled_from(CANARIES)


def traces(canary: str) -> tuple[str, ...]:
    """What must not be seen where a canary was: itself, and its larger part."""
    return canary, canary[: max(8, len(canary) * 2 // 3)]


def survives(canary: str, text: str) -> bool:
    """Whether a canary can be read in a text, whole or in its larger part."""
    return any(trace in text for trace in traces(canary))
