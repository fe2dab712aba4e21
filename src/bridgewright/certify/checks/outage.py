"""The one long trial that several checks judge: a provider goes down, stays down, and comes back."""

from __future__ import annotations

from bridgewright.certify.trial import (
    READ,
    Begin,
    Call,
    Finish,
    Heal,
    Mark,
    Pause,
    Trial,
    Until,
)
from bridgewright.simulate.faults.ordeal import Ordeal

ROUNDS, AT_ONCE = 8, 4
CALLS = ROUNDS * AT_ONCE
"""Calls that make the storm."""
LATER = 8
"""Calls after it, one by one, while the provider is still down."""
BURST = 10
"""Callers that find out together whether the provider is back."""
BACK_S = 8.0
"""How long they go on finding out."""

OUTAGE = Trial(
    (Ordeal.OUTAGE,),
    (
        *(step for _ in range(ROUNDS) for step in (Begin(READ, AT_ONCE), Finish())),
        Mark("stormed"),
        *(Call(READ) for _ in range(LATER)),
        Mark("tried"),
        Heal(),
        Mark("healed"),
        Until(BURST, 0.1, BACK_S),
        Mark("back"),
        Pause(0.3),
        *(Call(READ) for _ in range(3)),
    ),
    deadline_s=3.0,
    session=True,
    alone=True,
)
