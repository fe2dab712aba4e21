"""How often a property is tried that names a number of its own."""

from __future__ import annotations

from hypothesis import settings

WHOLE = 100
"""What Hypothesis tries where nobody says otherwise, and `make test-all` does."""


def tries(whole: int) -> int:
    """So many examples in `make test-all`, and as much less in `make test` as it has of every property."""
    return max(1, whole * settings.default.max_examples // WHOLE)
