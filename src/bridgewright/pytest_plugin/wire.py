"""What was sent to simulated providers, as tests ask about it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bridgewright.simulate.desk import told
from bridgewright.simulate.faults.journal import effects_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bridgewright.simulate.faults.journal import Entry
    from bridgewright.simulate.simulator import Simulator

    Simulators = Callable[[], Iterable[Simulator]]


class Wire:
    """The requests that arrived at the simulators of a test, by `provider.operation` or a pattern of
    them (`stripe.*`). Hidden retries of a client show here like any other."""

    def __init__(self, simulators: Simulators) -> None:
        self._simulators = simulators

    def __repr__(self) -> str:
        return f"Wire({len(self.requests())} requests)"

    def requests(self, operation: str = "*") -> tuple[Entry, ...]:
        """Those that match, in the order in which they arrived."""
        found = [
            entry
            for simulator in self._simulators()
            for entry in simulator.stand.journal.entries
            if fnmatchcase(f"{simulator.stand.name}.{entry.operation}", operation)
        ]
        return tuple(sorted(found, key=lambda entry: entry.heard.at_s))

    def attempts(self, operation: str) -> int:
        """How many requests there were."""
        return len(self.requests(operation))

    def effects(self, operation: str) -> int:
        """How often something may have happened: requests under one idempotency key count once."""
        return effects_of(self.requests(operation))

    def once(self, operation: str) -> Entry:
        """The one request; AssertionError when there were none or several."""
        found = self.requests(operation)
        if len(found) != 1:
            raise AssertionError(self._said(f"{operation} was to be asked for once", len(found)))
        return found[0]

    def never(self, operation: str) -> None:
        """AssertionError when it was asked for at all."""
        found = self.attempts(operation)
        if found:
            raise AssertionError(self._said(f"{operation} was never to be asked for", found))

    def in_order(self, *operations: str) -> None:
        """AssertionError unless these were asked for one after the other, whatever else was."""
        asked = iter([name for name, _ in self._named()])
        for operation in operations:
            if not any(fnmatchcase(name, operation) for name in asked):
                wanted = f"{' → '.join(operations)} was to be the order, and {operation} is missing in it"
                raise AssertionError(self._said(wanted, len(self._named())))

    def same_header(self, name: str, operation: str) -> str:
        """The value that a header field had in every request; AssertionError when it had several."""
        values = {entry.heard.header(name.lower()) for entry in self.requests(operation)}
        if len(values) != 1 or None in values:
            kinds = "none" if not values else f"{len(values)} different ones, or none in some"
            raise AssertionError(
                self._said(f"{name} was to be the same for {operation}, and there were {kinds}", 0)
            )
        return str(values.pop())

    def journal(self) -> str:
        """Everything that arrived, one line each, without credentials and bodies."""
        return "\n".join(_line(name, entry) for name, entry in self._named()) or "nothing arrived"

    def _named(self) -> list[tuple[str, Entry]]:
        found = [
            (f"{simulator.stand.name}.{entry.operation or '(not simulated)'}", entry)
            for simulator in self._simulators()
            for entry in simulator.stand.journal.entries
        ]
        return sorted(found, key=lambda pair: pair[1].heard.at_s)

    def _said(self, wanted: str, count: int) -> str:
        asked = "it was not" if not count else f"it was, {count} times"
        return f"{wanted}; {asked}. What arrived:\n{self.journal()}"


def _line(name: str, entry: Entry) -> str:
    shown = told(entry)
    status = shown["status"] or "no answer"
    key = f", key {entry.key}" if entry.key else ""
    fault = f", fault: {entry.fault}" if entry.fault else ""
    size = f"{shown['body_bytes']} bytes {shown['body_sha256'][:8]}"
    return f"{shown['method']} {shown['path']} ({name}): {status}; {size}{key}{fault}"
