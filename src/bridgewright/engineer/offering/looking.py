"""Tools that look at a bridge, and change nothing of it."""

from __future__ import annotations

from bridgewright.core.model.item import Cause, State
from bridgewright.engineer.offering.kinds import Field, Number, Text
from bridgewright.engineer.offering.shapes import EVENT_TYPE, OBJECT, OBJECTS, TEXTS, YES, choice
from bridgewright.engineer.offering.tool import Tool

_SOURCE = Text(r"[A-Za-z0-9][\w.-]{0,99}", "the name of a source")
_WHEN = Text(r"[0-9][0-9TZ:.+smhdw-]{0,39}", "a time ago (30m, 2h, 7d) or a date and time")
_WITHHELD = frozenset({"headers", "body_base64", "key"})
"""Of an event, what its sender wrote: its header fields, its body, and the key that its order goes by."""


_ROWS = (
    Field("source", "Only this source.", _SOURCE, "--source"),
    Field("type", "Only this type; * stands for anything.", EVENT_TYPE, "--type"),
    Field("since", "Received since: 2h, 7d, or a date and time.", _WHEN, "--since"),
    Field("until", "Received before.", _WHEN, "--until"),
    Field("limit", "At most so many.", Number(1, 200), "--limit"),
    Field("before", "Only items older than this one.", Number(1, 2**62), "--before"),
)
_NUMBER = Field("id", "The item's number.", Number(1, 2**62), needed=True)
_CAUSE = Field("cause", "Only of this cause.", choice(Cause), "--cause")
_PROBLEM = Field("problem", "Only of this problem.", Text(r"\w{1,64}", "an id"), "--problem")
_STATE = Field("state", "Only in this state.", choice(State), "--state")
LOOKING: tuple[Tool, ...] = (
    Tool(
        "events_list",
        "List events",
        "Events that were received, newest first: where each stands, never what is in it.",
        ("events", "ls"),
        {"items": OBJECTS, "unclaimed": TEXTS},
        (*_ROWS, _STATE),
        withheld=_WITHHELD,
        keeps_secrets=True,
    ),
    Tool(
        "events_show",
        "Show an event",
        "Where one event stands, its failed attempts, what people did to it; never its payload.",
        ("events", "show"),
        {"item": OBJECT},
        (_NUMBER,),
        withheld=_WITHHELD,
        keeps_secrets=True,
    ),
    Tool(
        "dead_letters",
        "List dead letters",
        "Events that failed for good, and how many of each cause. A person puts them back.",
        ("dead", "ls"),
        {"items": OBJECTS, "by_cause": OBJECT},
        (*_ROWS, _CAUSE, _PROBLEM),
        withheld=_WITHHELD,
        keeps_secrets=True,
    ),
    Tool(
        "dead_problems",
        "List problems",
        "Dead letters that failed alike, the largest group first.",
        ("dead", "problems"),
        {"problems": OBJECTS},
        (_ROWS[0], _ROWS[4]),
        withheld=_WITHHELD,
        keeps_secrets=True,
    ),
    Tool(
        "doctor",
        "Doctor",
        "Whether settings, store, disk, workers and connections are well, with the next step. ok is"
        " false when a check failed.",
        ("doctor",),
        {"ok": YES, "checks": OBJECTS},
        always=("--no-migrate",),
        keeps_secrets=True,
    ),
)
