"""Marks of a TypedDict's keys, which stand around their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.engineer.findings.models.forms import Form

_REQUIREDNESS = {"Required": True, "NotRequired": False}
_PEELED = frozenset({"ReadOnly", *_REQUIREDNESS})


def peeled(form: Form) -> tuple[bool | None, Form]:
    """Whether a key is marked to be there or not (None: it is not marked), and its type without the
    mark."""
    required: bool | None = None
    while form.name in _PEELED and form.args:
        required = _REQUIREDNESS.get(form.name, required)
        form = form.args[0].marked(form.marks)
    return required, form
