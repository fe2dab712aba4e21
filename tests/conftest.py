"""How properties are tried: without a deadline, for a test that can fail by slowness proves nothing."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("bridgewright", deadline=None)
settings.load_profile("bridgewright")
