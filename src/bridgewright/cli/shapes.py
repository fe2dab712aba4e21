"""The JSON objects that `--json` prints: every key, what it means, and where it comes from."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.moment import Moment, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.operation import AttemptRow, ItemDetail, RejectionRow
    from bridgewright.core.model.reconciling import Reconciliation


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an object. `read` takes its value from ours; without it the attribute `name`."""

    name: str
    meaning: str
    read: Callable[[Any], object] | None = None

    def value(self, held: object) -> object:
        """The JSON value."""
        found = getattr(held, self.name) if self.read is None else self.read(held)
        return (
            as_text(Moment(found))
            if self.name.endswith("_at") and isinstance(found, int)
            else found
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of object. Keys are only ever added: what a program reads today stays."""

    name: str
    keys: tuple[Key, ...]

    def of(self, held: object) -> dict[str, object]:
        """The object for one of our values."""
        return {key.name: key.value(held) for key in self.keys}


FINDING = Shape(
    "finding",
    (
        Key(
            "mistake",
            "other_source, other_key, secret_form, url_scheme, url_port, url_slash, url_query, url,"
            " json_rewritten, line_ends, charset, body_gone, clock, other_scheme, header_dropped,"
            " header_twice, unsigned, or none_known",
        ),
        Key("wrong", "what was wrong, in words"),
        Key("matched", "what would have matched, or empty"),
        Key("step", "the next step"),
    ),
)


def _finding(row: RejectionRow) -> object:
    return None if row.finding is None else FINDING.of(row.finding)


ITEM = Shape(
    "item",
    (
        Key("id", "the item's number"),
        Key("source", "the source it came in at"),
        Key("event_type", "what happened, in the provider's words"),
        Key("event_id", "the provider's own id, or null"),
        Key("received_at", "when it was received (RFC 3339, UTC)"),
        Key("state", "waiting, leased, done, dead or cancelled"),
        Key("attempts", "how often its handler was started since it last began to wait anew"),
        Key(
            "cause",
            "why it is dead: exhausted, permanent, ambiguous, poisoned, unhandled, unreadable; or null",
        ),
        Key("failure", "how the last attempt failed, or empty"),
        Key("due_at", "when it may be claimed, or its lease ends; null when it is finished"),
        Key("settled_at", "when it was done or died, or null"),
        Key("origin", "delivered by the provider, or reconciled: missed, and asked for by us"),
        Key("problem", "which other dead letters failed alike, or null"),
        Key("replays", "the item of which this one is a replay, or null"),
        Key(
            "note",
            "stale (done without its handler), parked (waits for its turn within its key), or empty",
        ),
    ),
)


def _call(row: AttemptRow) -> object:
    return None if row.call is None else CALL.of(row.call)


CALL = Shape(
    "call",
    (
        Key("provider", "who was called"),
        Key("operation", "what was asked for"),
        Key("outcome", "processed, rejected, not_sent or unknown"),
        Key("attempts", "how often it was tried"),
        Key("status", "the last HTTP status, or null"),
        Key("phase", "how far the last attempt came, or empty"),
        Key("code", "the provider's own error code, or empty"),
        Key("request_id", "the provider's number of the request, or null"),
    ),
)
ATTEMPT = Shape(
    "attempt",
    (
        Key("number", "counted from 1"),
        Key("ended_at", "when it ended"),
        Key("outcome", "retry, dead, or lost (its worker never said how it ended)"),
        Key("failure", "how it failed"),
        Key("call", "the call whose failure ended it (a call), or null", _call),
    ),
)
AUDIT = Shape(
    "audit",
    (
        Key("at", "when", lambda row: as_text(row.at)),
        Key("actor", "who"),
        Key("action", "what was done"),
        Key("reason", "why, in their words"),
        Key("plan_id", "by which plan, or null"),
        Key("items", "how many items it moved, or was about"),
        Key("skipped", "how many had their turn and were left alone"),
    ),
)
REJECTION = Shape(
    "rejection",
    (
        Key("id", "its number"),
        Key("source", "the source it was sent to"),
        Key("at", "when", lambda row: as_text(row.at)),
        Key("reason", "why it did not verify"),
        Key("detail", "what was wrong with it, never what was sent"),
        Key("body_bytes", "how large its body was; the body is not kept"),
        Key("finding", "which known mistake explains it, or null where nobody looked", _finding),
    ),
)
KEY = Shape(
    "key",
    (
        Key("name", "its reference, as the settings know it"),
        Key("configured", "whether deliveries are verified with it today"),
        Key("hits", "how many deliveries it has verified"),
        Key("used_at", "when the last of them came, or null"),
        Key("idle", "whether it can be removed: unused for 7 days, while others are used"),
    ),
)
SOURCE = Shape(
    "source",
    (
        Key("source", "its name"),
        Key("provider", "whose webhooks these are, or null when it is not configured any more"),
        Key("path", "where deliveries come in below the mount point, or null"),
        Key("seen_at", "since when the store knows it, or null"),
        Key("heard_at", "when its last delivery that verified came, or null"),
        Key("longest_gap_s", "how long it may be silent by its settings, in seconds, or null"),
        Key("silent", "whether it has been silent for longer than that"),
        Key("keys", "its keys (list of key)", lambda seen: [KEY.of(key) for key in seen.keys]),
    ),
)
PLAN = Shape(
    "plan",
    (
        Key("id", "the plan's number"),
        Key("state", "freezing, frozen (nothing has moved), running, paused, finished or aborted"),
        Key("reason", "why, in the words of who made it"),
        Key("actor", "who made it"),
        Key("created_at", "when"),
        Key("total", "how many items it names"),
        Key("put_back", "how many were put back so far"),
        Key("skipped", "how many had their turn and were left alone"),
        Key("remaining", "how many have not had their turn"),
        Key("by_cause", "how many it names of each cause", lambda plan: dict(plan.by_cause)),
        Key("verb", "redrive, or replay"),
        Key(
            "by_prospect",
            "what was expected when it was frozen: will_run, already_succeeded, key_expired,"
            " paused, handler_missing",
            lambda plan: dict(plan.by_prospect),
        ),
        Key(
            "content_hash", "SHA-256 over its items' numbers and fences: equal hash, equal contents"
        ),
        Key("failed", "how many of those put back under caution have failed an attempt"),
        Key("canary", "how many are put back first, or null", lambda plan: plan.caution.canary),
        Key("pace_per_s", "how many become due a second, or null", lambda p: p.caution.pace_per_s),
        Key(
            "stop_after",
            "after how many failures it pauses, or null",
            lambda p: p.caution.stop_after,
        ),
        Key("why", "what paused it, or empty"),
    ),
)
PLANNED = Shape(
    "planned",
    (
        Key("item_id", "the item's number"),
        Key("source", "the source it came in at"),
        Key("event_type", "what happened, in the provider's words"),
        Key("prospect", "what was expected of it when the plan was frozen"),
        Key(
            "fate",
            "pending, put_back, watched, done, failed, skipped, already_succeeded, or gone (no longer"
            " what the plan froze)",
        ),
        Key("state", "where it, or its replay, is now"),
        Key("runs_as", "the item that is worked on: itself or its replay; null before its turn"),
    ),
)
PROBLEM = Shape(
    "problem",
    (
        Key("id", "its stable id, for --problem"),
        Key("title", "what went wrong"),
        Key("dead", "how many dead letters it has now"),
        Key("seen", "how many it ever had"),
        Key("first_seen_at", "when the first was buried"),
        Key("last_seen_at", "when the last was buried"),
        Key("sources", "the sources they came in at", lambda problem: list(problem.sources)),
        Key("causes", "the causes they died of", lambda problem: list(problem.causes)),
        Key("sample_id", "the newest of its dead letters"),
    ),
)
CHECK = Shape(
    "check",
    (
        Key("name", "what was looked at"),
        Key("status", "ok, warn or fail"),
        Key("detail", "what was found"),
        Key("remedy", "the next step, or empty"),
    ),
)


def _text_or_none(moment: Moment | None) -> str | None:
    return None if moment is None else as_text(moment)


MISSED = Shape(
    "missed",
    (
        Key("event_type", "what happened, in the provider's words"),
        Key("event_id", "the provider's own id, or null"),
        Key("at", "when, by the provider's clock", lambda row: as_text(row.at)),
        Key("item_id", "the item that it became; null in a dry run"),
    ),
)


def _missed(held: Reconciliation) -> list[dict[str, object]]:
    return [MISSED.of(each) for each in held.missed]


RECONCILIATION = Shape(
    "reconciliation",
    (
        Key("source", "the source whose provider was asked"),
        Key("since", "from when on", lambda held: as_text(held.window.since)),
        Key("until", "until when, or null", lambda held: _text_or_none(held.window.until)),
        Key("asked", "how many events the provider told of"),
        Key("already_there", "how many of them were held"),
        Key("taken_in", "how many became items"),
        Key("missed", "those that were not held (list of missed)", _missed),
        Key("ended", "complete, limit (there is more than one run takes in), or failed"),
        Key("why", "what stopped it, or empty"),
        Key("reached_at", "go on with this as --until; null: the same window again, or complete"),
        Key("dry_run", "whether it only looked"),
    ),
)
PAUSE = Shape(
    "pause",
    (
        Key("source", "what is held: a source, or empty for everything"),
        Key("event_type", "which of its types; * for all", lambda row: row.pattern),
        Key("at", "since when", lambda row: as_text(row.at)),
        Key("actor", "who paused it"),
        Key("reason", "why, in their words"),
    ),
)
SHAPES = (
    ITEM,
    ATTEMPT,
    AUDIT,
    REJECTION,
    FINDING,
    SOURCE,
    KEY,
    PLAN,
    PLANNED,
    PROBLEM,
    CALL,
    CHECK,
    RECONCILIATION,
    MISSED,
    PAUSE,
)


def detail_of(detail: ItemDetail, *, with_body: bool) -> dict[str, object]:
    """An item with all that is known of it; its body only when asked for."""
    item = detail.item
    shown = ITEM.of(detail.row) | {
        "key": item.key,
        "occurred_at": None if item.occurred_at is None else as_text(item.occurred_at),
        "coverage": list(item.coverage.words()),
        "headers": dict(item.headers),
        "attempts_failed": [ATTEMPT.of(row) for row in detail.attempts],
        "audit": [AUDIT.of(row) for row in detail.audit],
        "body_bytes": len(item.body),
    }
    if with_body:
        shown["body_base64"] = base64.b64encode(item.body).decode("ascii")
    return shown


def exported(detail: ItemDetail, *, with_payload: bool) -> dict[str, object]:
    """An item as one line of an export: its headers and body only when asked for."""
    item = detail.item
    shown = ITEM.of(detail.row) | {
        "key": item.key,
        "occurred_at": None if item.occurred_at is None else as_text(item.occurred_at),
        "coverage": list(item.coverage.words()),
        "body_bytes": len(item.body),
    }
    if with_payload:
        shown["headers"] = dict(item.headers)
        shown["body_base64"] = base64.b64encode(item.body).decode("ascii")
    return shown
