"""Rows as values, and values as columns."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bridgewright.core.lifecycle.lease import Standing
from bridgewright.core.model.control import PauseRow
from bridgewright.core.model.finding import Finding, Mistake
from bridgewright.core.model.inbound import Coverage, Origin, Reason
from bridgewright.core.model.item import Called, Cause, Failure, Item, Kind, Sending, State
from bridgewright.core.model.moment import Moment
from bridgewright.core.model.operation import (
    AttemptRow,
    AuditRow,
    ItemRow,
    KeyRow,
    RejectionRow,
    WorkerRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[Any, ...]

_COVERAGES = tuple(Coverage(value) for value in range(1 << len(Coverage)))
_KINDS = {str(kind): kind for kind in Kind}
_ORIGINS = {str(origin): origin for origin in Origin}
_STATES = {str(state): state for state in State}


def standing_of(columns: Sequence[Any]) -> Standing:
    """state, due_at, fence, attempts, lost."""
    state, due_at, fence, attempts, lost = columns
    return Standing(_STATES[state], Moment(due_at), fence, attempts, lost)


def columns_of(standing: Standing) -> tuple[Any, ...]:
    """state, due_at, fence, attempts, lost."""
    return standing.state, standing.due_at, standing.fence, standing.attempts, standing.lost


def item_of(row: Row) -> Item:
    """The columns of `get_item`."""
    (
        item_id,
        source,
        event_type,
        event_id,
        key,
        occurred_at,
        received_at,
        coverage,
        headers,
        body,
        origin,
        replays,
        kind,
    ) = row
    return Item(
        id=item_id,
        source=source,
        event_type=event_type,
        key=key,
        body=body,
        received_at=Moment(received_at),
        coverage=_COVERAGES[coverage],
        event_id=event_id,
        occurred_at=None if occurred_at is None else Moment(occurred_at),
        headers=tuple(map(tuple, json.loads(headers))),
        origin=_ORIGINS[origin],
        replays=replays,
        kind=_KINDS[kind],
    )


def sending_of(columns: Sequence[Any]) -> Sending:
    """first_at, last_at, open, turn."""
    first_at, last_at, is_open, turn = columns
    return Sending(Moment(first_at), Moment(last_at), bool(is_open), turn)


def failure_columns(failure: Failure) -> tuple[str, str, str]:
    """kind, place, text."""
    return failure.kind, failure.where, failure.text


def call_column(failure: Failure) -> str | None:
    """The call whose failure it was, as JSON."""
    return None if failure.call is None else json.dumps(asdict(failure.call))


def failure_text(kind: str | None, place: str | None, text: str | None) -> str:
    """A failure as one line for people."""
    words = f"{kind}: {text}" if kind and text else kind or text or ""
    return f"{words} at {place}" if place else words


def item_row(row: Row) -> ItemRow:
    """The columns of `list_items`."""
    (item_id, source, event_type, event_id, received_at, state, attempts) = row[:7]
    (cause, kind, place, text, due_at, settled_at, origin, problem, replays) = row[7:16]
    item_kind, result, note = row[16:]
    return ItemRow(
        id=item_id,
        source=source,
        event_type=event_type,
        event_id=event_id,
        received_at=Moment(received_at),
        state=State(state),
        attempts=attempts,
        cause=None if cause is None else Cause(cause),
        failure=failure_text(kind, place, text),
        due_at=due_at,
        settled_at=settled_at,
        origin=_ORIGINS[origin],
        problem=problem,
        replays=replays,
        kind=_KINDS[item_kind],
        result=result,
        note=note,
    )


def attempt_row(row: Row) -> AttemptRow:
    """The columns of `list_attempts`."""
    number, ended_at, outcome, kind, place, text, call = row
    called = None if call is None else Called(**json.loads(call))
    return AttemptRow(number, Moment(ended_at), outcome, failure_text(kind, place, text), called)


def audit_row(row: Row) -> AuditRow:
    """The columns of `list_audit`."""
    at, *words = row
    return AuditRow(Moment(at), *words)


def rejection_row(row: Row) -> RejectionRow:
    """The columns of `list_rejections`."""
    rejection_id, source, at, reason, detail, body_bytes, mistake, wrong, matched, step = row
    finding = None if mistake is None else Finding(Mistake(mistake), wrong, matched, step)
    return RejectionRow(
        rejection_id, source, Moment(at), Reason(reason), detail, body_bytes, finding
    )


def key_row(row: Row) -> KeyRow:
    """The columns of `list_keys` after the source."""
    name, seen_at, hits, used_at = row
    return KeyRow(name, Moment(seen_at), hits, used_at)


def worker_row(row: Row) -> WorkerRow:
    """The columns of `list_workers`."""
    worker_id, host, pid, sources, started_at, seen_at, stopped, patterns = row
    return WorkerRow(
        worker_id,
        host,
        pid,
        tuple(json.loads(sources)),
        Moment(started_at),
        Moment(seen_at),
        bool(stopped),
        tuple((source, pattern) for source, pattern in json.loads(patterns)),
    )


def pause_row(row: Row) -> PauseRow:
    """The columns of `list_pauses`."""
    source, pattern, at, actor, reason = row
    return PauseRow(source, pattern, Moment(at), actor, reason)
