"""What can be wrong with a cassette, and whose move it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from bridgewright.simulate.cassettes.leaks import Leak

_TOLD = 20
"""How many places one message names."""


class CassetteError(ConfigurationError):
    """You must act: a cassette cannot be read, played, or written as it was asked for.

    `place` is the file and the JSON pointer in it.
    """

    code: ClassVar[str] = "cassette"


class UnmatchedError(CassetteError):
    """You must act: the test asked what its cassette does not hold, so the test has failed."""

    code: ClassVar[str] = "cassette_unmatched"


class LeakError(CassetteError):
    """You must act: what was recorded holds what must not be kept in a file; nothing was written.

    `leaks` are the places (JSON pointers into the file that would have been written), what kind of
    secret each is, and what to do about it; never the secret.
    """

    code: ClassVar[str] = "cassette_leak"

    def __init__(self, path: str, leaks: tuple[Leak, ...]) -> None:
        self.leaks = leaks
        lines = [f"  {leak.pointer}: {leak.kind}. {leak.remedy}" for leak in leaks[:_TOLD]]
        if len(leaks) > _TOLD:
            lines.append(f"  and {len(leaks) - _TOLD} more")
        super().__init__("not written, for it would hold secrets:\n" + "\n".join(lines), place=path)
