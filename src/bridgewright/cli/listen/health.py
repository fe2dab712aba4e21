"""Whether the server is heard, said in words and never better than it is; clocks are read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

SLEPT_S = 5.0
"""From this gap between two ticks on, the machine slept or the process was stopped: a connection that was
open then may be dead without anybody having been told."""


@dataclass(frozen=True, slots=True)
class Look:
    """What both clocks said at one instant, in seconds. Most systems stop the steady one while they sleep,
    some do not; the wall clock goes on, and can be set. So both are looked at."""

    steady_s: float
    wall_s: float

    def gap_s(self, later: Look) -> float:
        """How long it was until a later look, by the clock that went further."""
        return max(later.steady_s - self.steady_s, later.wall_s - self.wall_s)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of the server. `silent_after_s` without an answer is a silence; `trouble` is what went
    wrong since it was last heard, `held` that its store keeps events back."""

    silent_after_s: float
    began_s: float
    heard_s: float | None = None
    trouble: str = ""
    held: bool = False

    def heard(self, steady_s: float, *, held: bool = False) -> Health:
        """It answered."""
        return replace(self, heard_s=steady_s, trouble="", held=held)

    def missed(self, trouble: str) -> Health:
        """It did not, and this is why."""
        return replace(self, trouble=trouble)

    def age_s(self, steady_s: float) -> float:
        """How long ago it was heard last; since the beginning where it never was."""
        return steady_s - (self.began_s if self.heard_s is None else self.heard_s)

    def is_well(self, steady_s: float) -> bool:
        """Whether whatever comes in now reaches us soon."""
        in_time = self.age_s(steady_s) <= self.silent_after_s
        return self.heard_s is not None and in_time and not self.trouble and not self.held

    def is_alarming(self, steady_s: float) -> bool:
        """Whether it is not well, and not only because nobody has had time to answer yet."""
        overdue = self.age_s(steady_s) > self.silent_after_s
        return bool(self.trouble or self.held or overdue) and not self.is_well(steady_s)

    def words(self, steady_s: float) -> str:
        """How it stands, in a few words."""
        age_s = self.age_s(steady_s)
        if self.is_well(steady_s):
            return f"connected, heartbeat {age_s:.0f} s ago"
        if self.trouble:
            since = "never heard" if self.heard_s is None else f"not heard for {age_s:.0f} s"
            return f"NOT CONNECTED, {since}: {self.trouble}"
        if age_s > self.silent_after_s:
            return f"NO ANSWER for {age_s:.0f} s"
        if self.held:
            return "HELD UP: a transaction in the server's store is open, and nothing goes past it"
        return "connecting"


def pause_s(failures: int) -> float:
    """How long to wait after so many failures in a row: half a second, doubled up to ten."""
    return min(10.0, 0.5 * (1 << min(max(failures - 1, 0), 10)))
