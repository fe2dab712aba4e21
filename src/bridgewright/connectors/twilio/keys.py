"""What one status of a message or a call is recognised by, whoever tells of it. Pure.

A webhook's own token is not in Twilio's lists, and what a list holds must have the key that its webhook
had. A status that stays is told once, so the SID and the status are enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTLED_MESSAGES = frozenset("canceled delivered failed read received sent undelivered".split())
SETTLED_CALLS = frozenset("busy canceled completed failed no-answer".split())
FIELDS = "MessageSid SmsSid MessageStatus SmsStatus CallSid CallStatus CallbackSource".split()
"""The fields of a form that `key_of_form` looks at."""
_CALL_PROGRESS = "call-progress-events"


def key_of(sid: str, status: str) -> str:
    """The key of a settled status."""
    return f"{sid}:{status}"


def key_of_form(fields: Mapping[str, str]) -> str | None:
    """The key of a form that tells a settled status of a message or a call; None for any other form,
    which its token or its digest is recognised by.

    Many requests are made while a call goes on, and some after it, each with its status: only what
    calls itself a status callback tells of the status.
    """
    sid = fields.get("MessageSid") or fields.get("SmsSid")
    status = fields.get("MessageStatus") or fields.get("SmsStatus")
    if sid and status in SETTLED_MESSAGES:
        return key_of(sid, status)
    sid, status = fields.get("CallSid"), fields.get("CallStatus")
    if sid and status in SETTLED_CALLS and fields.get("CallbackSource") == _CALL_PROGRESS:
        return key_of(sid, status)
    return None
