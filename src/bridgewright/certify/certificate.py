"""What a run came to: every check with its status, the level that is reached, and what was tried on what."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.certify.check import Family, Level, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.certify.check import Named

SUITE = "1"
"""The version of the suite: certificates of one version can be compared."""
_GOOD = frozenset({Status.PASSED, Status.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Result:
    """One check as it came out: `why` it did not pass, one line for each observation."""

    check: Named
    status: Status
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A run. `terms` are what the user said of the target, in words; one that is not `whole` played
    some checks only, and is of no level."""

    target: str
    seed: int
    began_at: str
    took_s: float
    versions: tuple[tuple[str, str], ...]
    terms: tuple[str, ...]
    results: tuple[Result, ...]
    whole: bool = True
    suite: str = SUITE

    @property
    def level(self) -> Level | None:
        """The highest level all of whose checks are passed or do not apply; None for none. Gold is
        for targets that protection could be looked for in."""
        reached = None
        if not self.whole:
            return None
        for level in Level:
            asked = [each for each in self.results if each.check.level.value <= level.value]
            if not asked or any(each.status not in _GOOD for each in asked):
                break
            if level is Level.GOLD and self._unprotected():
                break
            reached = level
        return reached

    def _unprotected(self) -> bool:
        return any(
            each.check.family is Family.PROTECTION and each.status is Status.NOT_APPLICABLE
            for each in self.results
        )

    def reaches(self, level: Level) -> bool:
        """Whether the certificate is of that level, or a higher one."""
        return self.level is not None and self.level.value >= level.value

    def count(self, status: Status) -> int:
        """How many checks came out so."""
        return sum(each.status is status for each in self.results)


def versions(packages: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """Python, the system, and the packages that a target was found to be made of."""
    found = {
        "bridgewright": importlib.metadata.version("bridgewright"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    for name in sorted(packages):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return tuple(found.items())


def distributions(modules: Iterable[str]) -> frozenset[str]:
    """The distributions that some top-level modules are from, those of the standard library left out."""
    tops = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    known = importlib.metadata.packages_distributions()
    return frozenset(found for top in tops for found in known.get(top, ()))
