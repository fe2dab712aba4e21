"""How long things take at Twilio. It promises nothing; a second or two is usual."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of the provider's clock: how long a message waits in the queue, when it is sent and
    when it arrives, counted from the end of the queue; when a call rings, when it is answered, and
    how long somebody talks. Small by default, so that what is watched by a person goes on."""

    queue_s: float = 0.1
    sent_s: float = 0.5
    arrived_s: float = 1.5
    rings_s: float = 0.5
    answered_s: float = 2.0
    talk_s: float = 12.0
