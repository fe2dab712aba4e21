"""Which handler an event goes to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


def matches(pattern: str, event_type: str) -> bool:
    """Whether `event_type` fits `pattern`, in which `*` stands for any run of characters."""
    return _compiled(pattern).fullmatch(event_type) is not None


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


class Routes:
    """Handlers by source and pattern. One event goes to exactly one handler: the one whose pattern
    says most (an exact name first, then the pattern with the most literal characters)."""

    __slots__ = ("_exact", "_patterns")

    def __init__(self) -> None:
        self._exact: dict[tuple[str, str], Callable[..., Any]] = {}
        self._patterns: dict[str, list[tuple[str, re.Pattern[str], Callable[..., Any]]]] = {}

    def add(self, source: str, pattern: str, handler: Callable[..., Any]) -> None:
        """Register a handler; a second one for the same source and pattern is refused."""
        if not pattern:
            problem = f"on({source!r}, ''): an empty event type matches nothing"
            raise ConfigurationError(problem, remedy="use '*' for every event")
        if pattern in self.patterns(source):
            problem = f"two handlers for {pattern!r} of source {source!r}"
            remedy = "an event goes to one handler: call the second function from the first"
            raise ConfigurationError(problem, remedy=remedy)
        if "*" not in pattern:
            self._exact[source, pattern] = handler
            return
        patterns = self._patterns.setdefault(source, [])
        patterns.append((pattern, _compiled(pattern), handler))
        patterns.sort(key=lambda entry: (-len(entry[0].replace("*", "")), entry[0]))

    def find(self, source: str, event_type: str) -> Callable[..., Any] | None:
        """The handler of an event, or None."""
        exact = self._exact.get((source, event_type))
        if exact is not None:
            return exact
        for _, compiled, handler in self._patterns.get(source, ()):
            if compiled.fullmatch(event_type):
                return handler
        return None

    def outranking(self, source: str, pattern: str) -> tuple[str, ...]:
        """The patterns of a source that win over this one where both fit."""
        exact = [known for name, known in self._exact if name == source]
        if "*" not in pattern:
            return ()
        longer = [known for known, _, _ in self._patterns.get(source, ())]
        return (*exact, *longer[: longer.index(pattern)])

    def patterns(self, source: str) -> list[str]:
        """The patterns registered for a source."""
        exact = [pattern for name, pattern in self._exact if name == source]
        return exact + [entry[0] for entry in self._patterns.get(source, ())]

    def sources(self) -> tuple[str, ...]:
        """The sources that have a handler, in alphabetical order."""
        return tuple(sorted({name for name, _ in self._exact} | set(self._patterns)))
