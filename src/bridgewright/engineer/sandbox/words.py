"""What a command is given, how much it may use, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

_MIB = 1 << 20
_A_DAY_S = 86_400.0


class Limit(StrEnum):
    """Which bound ended a command."""

    TIME = "time"
    TASKS = "tasks"
    MEMORY = "memory"
    FILE_SIZE = "file size"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a command may use, all its processes together unless said otherwise.

    `wall_s`: until everything is ended; ten minutes are enough for the tests of an integration.
    `output_bytes`: what is kept of standard output and error, half from the beginning and half from the
    end; 64 KiB, which a model can still read. `tasks`: processes and threads. `memory_bytes`: what they
    hold in memory, and the private data of any one. `file_bytes`: the size of any one file.
    `scratch_bytes`: the private /tmp, which lies in memory.
    """

    wall_s: float = 600.0
    output_bytes: int = 65_536
    tasks: int = 512
    memory_bytes: int = 4096 * _MIB
    file_bytes: int = 1024 * _MIB
    scratch_bytes: int = 512 * _MIB

    def __post_init__(self) -> None:
        least = {
            "output_bytes": 2,
            "tasks": 8,
            "memory_bytes": 16 * _MIB,
            "file_bytes": 4096,
            "scratch_bytes": _MIB,
        }
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ConfigurationError(
                    f"{name} is {getattr(self, name)}, less than a command needs",
                    place=name,
                    remedy=f"give {low} or more",
                )
        if not 0 < self.wall_s <= _A_DAY_S:  # also refuses NaN
            raise ConfigurationError(
                f"wall_s is {self.wall_s}",
                place="wall_s",
                remedy="give seconds, up to a day's 86400",
            )


@dataclass(frozen=True, slots=True)
class Grounds:
    """What of the machine's files a command sees beside the system's programs.

    `work` is the checkout, or the folder, that the command runs in; it can be read. `writable` are the
    folders and files in it, or itself, that can also be changed. `readable` can be read, wherever it is:
    a toolchain in somebody's home, a library beside the checkout.
    """

    work: Path
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command.

    `status` is its exit status, None when a signal or a limit ended it; `signal` is the signal, as a
    shell tells it (a program that ends itself with 128 + n looks the same). `limit` is the bound that
    ended it. `output` is what it printed, in the order it came; where `cut_bytes` is not 0, so many
    bytes are missing from its middle, and it says so there. `sandboxed` is False when it ran without
    a sandbox because the caller insisted. `planted` are repositories of git that it made or exchanged
    inside the writable folders: a git that runs there outside obeys their configuration, so look at
    them, or remove them, before anything else.
    """

    status: int | None
    signal: int | None
    output: str = field(repr=False)
    cut_bytes: int
    elapsed_s: float
    limit: Limit | None
    sandboxed: bool
    planted: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether it came to its own end with status 0, and planted nothing."""
        return self.status == 0 and not self.planted
