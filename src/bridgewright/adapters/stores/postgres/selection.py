"""A selection as SQL conditions over the aliases i (item), w (work), d (dead letter), o (outcome)."""

from __future__ import annotations

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
        parts.append(("i.id = ANY(%(ids)s::bigint[])", "ids", list(selection.ids)))
    if selection.source is not None:
        parts.append(("i.source = %(source)s", "source", selection.source))
    if selection.event_type is not None:
        fits = like(selection.event_type)
        parts.append(("i.event_type LIKE %(event_type)s", "event_type", fits))
    if selection.cause is not None:
        parts.append(("d.cause = %(cause)s", "cause", str(selection.cause)))
    if selection.problem is not None:
        parts.append(("d.problem = %(problem)s", "problem", selection.problem))
    if selection.since is not None:
        parts.append(("i.received_at >= %(since)s", "since", selection.since))
    if selection.until is not None:
        parts.append(("i.received_at < %(until)s", "until", selection.until))
    texts = [text for text, _, _ in parts]
    if selection.state is not None:
        texts.append(_IN_STATE[selection.state])
    return " AND ".join(texts) or "TRUE", {name: value for _, name, value in parts}


def like(pattern: str) -> str:
    """Our pattern as a LIKE: only `*` is special in ours."""
    return "".join(f"\\{c}" if c in "\\%_" else c for c in pattern).replace("*", "%")
