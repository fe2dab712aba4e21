"""Pushback: how long a provider asks us to stay away, read from whatever headers it sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.errors import A_YEAR_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.call import Response
    from bridgewright.core.model.moment import Moment


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


def read(response: Response, rules: Sequence[PushbackRule], now: Moment) -> Pushback | None:
    """How long this answer asks us to stay away, None when it does not say."""
    del rules, now
    value = response.header("retry-after")
    if value is None or not value.isascii() or not value.isdigit():
        return None
    return Pushback(min(float(value[:9]), A_YEAR_S), "retry-after")
