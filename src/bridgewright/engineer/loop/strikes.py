"""Ends a run that does the same failing thing again and again, or what it must not."""

from __future__ import annotations

import json
import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.loop.ends import End, Stopped
from bridgewright.engineer.loop.words import Breach
from bridgewright.engineer.planning.words import STRIKES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.engineer.loop.words import Lack, Result

MOST_BREACHES = 5
"""Forbidden calls of any kind: a model that tries a second door, and a third, is looking for one."""
_ENDS = {Breach.STRAYED: End.STRAYED, Breach.LEAKED: End.LEAKED}
_MOST_BREACHES = {Breach.STRAYED: MOST_BREACHES, Breach.LEAKED: STRIKES}
_REMEDY = "look at what it tried (bridgewright engineer journal), and ask for something else"


def fingerprint(name: str, given: Mapping[str, Any], told: str = "") -> str:
    """What makes two calls the same: their tool, their arguments, and what came of them, but for numbers:
    times and marks differ each time."""
    said = json.dumps([name, given, _NUMBER.sub("", told)], sort_keys=True, default=str)
    return sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


class Strikes:
    """The failures of a run so far, by what they were."""

    __slots__ = ("_breaches", "_failures", "_unmet")

    def __init__(self, failures: Iterable[str] = (), breaches: Iterable[Breach] = ()) -> None:
        self._failures = Counter(failures)
        self._breaches = Counter(breaches)
        self._unmet: Counter[str] = Counter()

    def failed(self, name: str, mark: str, result: Result) -> None:
        """Count a failed call. `Stopped` when it was one too many."""
        if result.breach is not None:
            self._breaches[result.breach] += 1
            if self._breaches[result.breach] >= _MOST_BREACHES[result.breach]:
                raise Stopped(
                    _ENDS[result.breach], f"{name}: {_first(result.text)}", remedy=_REMEDY
                )
        self._failures[mark] += 1
        if self._failures[mark] >= STRIKES:
            end = End.LOOPING if result.breach is None else _ENDS[result.breach]
            raise Stopped(
                end, f"{name} failed {STRIKES} times alike: {_first(result.text)}", remedy=_REMEDY
            )

    def unmet(self, phase: str, lack: Lack) -> None:
        """Count a phase that was called done and is not. `Stopped` for the third time alike."""
        if lack.reasons:
            self.refused(lack.reasons, lack.told.splitlines())
            return
        told = _first(lack.told)
        self._counted(
            f"{phase}: {_NUMBER.sub('', lack.told)}", End.UNMET, f"{phase} is not done: {told}"
        )

    def refused(self, reasons: tuple[str, ...], told: Iterable[str]) -> None:
        """Count a verdict. `Stopped` for the third one with the same reasons."""
        alike = ", ".join(dict.fromkeys(reasons))
        self._counted(f"verify: {alike}", End.UNVERIFIED, f"verify refuses it: {alike}", told)

    def _counted(self, key: str, end: End, problem: str, places: Iterable[str] = ()) -> None:
        self._unmet[key] += 1
        if self._unmet[key] >= STRIKES:
            raise Stopped(end, problem, remedy=_REMEDY, places=places)


def _first(text: str) -> str:
    """The first line that says something, short enough for one."""
    line = next((each.strip() for each in text.splitlines() if each.strip()), "")
    return line if len(line) <= _MOST_TOLD else f"{line[: _MOST_TOLD - 1]}…"


_MOST_TOLD = 300
_NUMBER = re.compile(r"[0-9a-f]{12}|\d+")
