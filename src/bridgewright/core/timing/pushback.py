"""Pushback: how long a provider asks us to stay away, read from whatever headers it sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a header's value is to be read."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    EPOCH = "epoch"
    DATE = "date"
    DURATION = "duration"
    RETRY_AFTER = "retry_after"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class PushbackRule:
    """One header of a provider. `when_empty` names a header that must read 0 for this one to count
    (a reset time means "stay away" only when nothing remains)."""

    header: str
    form: Form
    when_empty: str | None = None


@dataclass(frozen=True, slots=True)
class Pushback:
    """Stay away for `after_s` seconds from the answer on; `rule` is the header that said so."""

    after_s: float
    rule: str
