"""How properties are tried: without a deadline, for a test that can fail by slowness proves nothing.

`make test-all` tries each with Hypothesis's own number of examples; `make test` with a tenth of
them, so that it keeps to two minutes.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("whole", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_EXAMPLES", "whole"))
