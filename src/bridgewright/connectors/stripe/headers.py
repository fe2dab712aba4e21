"""The header fields of an answer, as the SDK keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.call import CallReport, Pairs


class Headers(Mapping[str, str]):
    """An answer's header fields, found whatever the case of their names, and the engine's `report`
    on the call. SDK exceptions keep them as `headers`."""

    __slots__ = ("_fields", "report")

    def __init__(self, fields: Pairs, report: CallReport) -> None:
        self._fields: dict[str, str] = {}
        for name, value in fields:
            self._fields.setdefault(name.lower(), value)
        self.report = report

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __bool__(self) -> bool:
        """Always: the SDK drops an empty mapping, and the report with it."""
        return True

    def __repr__(self) -> str:
        return f"Headers({len(self)} fields)"
