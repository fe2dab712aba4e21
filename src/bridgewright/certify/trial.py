"""What is done to a target in one cell: which ports it may go to, and step by step what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.certify.ask import Operation
from bridgewright.simulate.faults.conduct import Pace

if TYPE_CHECKING:
    from bridgewright.simulate.faults.fault import Fault
    from bridgewright.simulate.faults.ordeal import Ordeal


@dataclass(frozen=True, slots=True)
class Call:
    """Ask for one call, at the port of that place in `Trial.ports`, and wait for its end."""

    operation: Operation
    keyed: bool = False
    port: int = 0


@dataclass(frozen=True, slots=True)
class Begin:
    """Ask for some calls at once, and go on."""

    operation: Operation
    times: int = 1
    port: int = 0
    alone: bool = False
    """It is the only one under way, and may be interrupted."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Wait until every call that was begun has ended."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Let some time pass."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Arrived:
    """Wait until so many requests have arrived at the first port."""

    requests: int = 1


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel what is under way: an async function's task; anything else is interrupted (SIGINT)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Remember this moment under a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Heal:
    """End the provider's outage."""


@dataclass(frozen=True, slots=True)
class Until:
    """Ask for some calls at once, again and again, until one succeeds or the time is over."""

    times: int
    every_s: float
    most_s: float


Step = Call | Begin | Finish | Pause | Arrived | Cancel | Mark | Heal | Until


@dataclass(frozen=True, slots=True)
class Trial:
    """One cell. Two that are equal are played once.

    `number` tells apart those that are played several times. `session` says that many calls are made
    by one process. `alone` cells are played after the others, one at a time: they load the machine,
    or measure what a load would change. `patience_s` is how long after its deadline the target is
    killed.
    """

    ports: tuple[Fault | Ordeal, ...]
    steps: tuple[Step, ...]
    deadline_s: float = 2.0
    pace: Pace = field(default_factory=Pace)
    number: int = 0
    session: bool = False
    alone: bool = False
    patience_s: float = 4.0

    @property
    def name(self) -> str:
        """What is done, in a few words."""
        what = dict.fromkeys(
            f"{step.operation.value}{' with a key' if isinstance(step, Call) and step.keyed else ''}"
            for step in self.steps
            if isinstance(step, Call | Begin)
        )
        port = self.ports[0].value.replace("_", " ")
        return f"{', '.join(what)} · {port}"


READ, WRITE = Operation


def one(
    port: Fault | Ordeal, operation: Operation, *, keyed: bool = False, **more: object
) -> Trial:
    """A single call."""
    return Trial((port,), (Call(operation, keyed=keyed),), **more)  # type: ignore[arg-type]
