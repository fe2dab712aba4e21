"""A selection as SQL conditions over the aliases i (item), w (work) and d (dead letter)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.item import State

if TYPE_CHECKING:
    from bridgewright.core.model.operation import Selection

_IN_STATE = {
    State.WAITING: "w.state = 'waiting'",
    State.LEASED: "w.state = 'leased'",
    State.DEAD: "d.item_id IS NOT NULL",
    State.DONE: "o.cancelled = 0",
    State.CANCELLED: "o.cancelled = 1",
}


def conditions(selection: Selection) -> tuple[str, dict[str, Any]]:
    """The WHERE text and its named parameters; values never enter the text."""
    parts: list[tuple[str, str, Any]] = []
    if selection.ids:
        ids = json.dumps(selection.ids)
        parts.append(("i.id IN (SELECT value FROM json_each(:ids))", "ids", ids))
    if selection.source is not None:
        parts.append(("i.source = :source", "source", selection.source))
    if selection.event_type is not None:
        parts.append(("i.event_type GLOB :event_type", "event_type", glob(selection.event_type)))
    if selection.cause is not None:
        parts.append(("d.cause = :cause", "cause", str(selection.cause)))
    if selection.problem is not None:
        parts.append(("d.problem = :problem", "problem", selection.problem))
    if selection.since is not None:
        parts.append(("i.received_at >= :since", "since", selection.since))
    if selection.until is not None:
        parts.append(("i.received_at < :until", "until", selection.until))
    texts = [text for text, _, _ in parts]
    if selection.state is not None:
        texts.append(_IN_STATE[selection.state])
    return " AND ".join(texts) or "TRUE", {name: value for _, name, value in parts}


def glob(pattern: str) -> str:
    """Our pattern as a GLOB: only `*` is special in ours."""
    return "".join(f"[{c}]" if c in "?[" else c for c in pattern)
