"""Pushback: how long a provider asks us to stay away, read from whatever headers it sends.

Whatever stands in a header is read or ignored: nothing here raises. Dates are compared with the
answer's own `Date`, so that a clock that is wrong, ours or theirs, does not change how long we wait.

Sources, read 2026-11-23: RFC 9110, 10.2.3 (Retry-After) and 5.6.7 (dates); draft-ietf-httpapi-
ratelimit-headers-10 (RateLimit) and -02 (RateLimit-Reset); the providers' pages, in the README of each
connector.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.core.errors import A_YEAR_S
from bridgewright.core.model.moment import Moment, from_datetime, seconds_between

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgewright.core.model.call import Response

LONGEST_VALUE = 256
"""A longer value is none that any provider sends."""
_NUMBER = re.compile(r"[+-]?(\d{1,18})(\.\d{0,18})?")
_DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|us|ns|h|m|s))+")
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|us|ns|h|m|s)")
_LENGTHS = {"h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_ITEM = re.compile(r"(?:^|[;,\s])([rt])=(\d{1,15})")
_EPOCH_S, _EPOCH_MS = 1e9, 1e12
_MICROSECONDS = 1_000_000


class Form(StrEnum):
    """How a header's value is to be read.

    RETRY_AFTER is seconds or a date, as RFC 9110 has it; EPOCH an instant in seconds since 1970;
    DURATION a length with units (`6m0s`); GUESS whatever of these it looks like.
    """

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


GENERAL = (
    PushbackRule("retry-after-ms", Form.MILLISECONDS),
    PushbackRule("x-amz-retry-after", Form.MILLISECONDS),
    PushbackRule("retry-after", Form.RETRY_AFTER),
    PushbackRule("x-ratelimit-retry-after", Form.GUESS),
    PushbackRule("ratelimit-reset", Form.SECONDS, when_empty="ratelimit-remaining"),
    PushbackRule("x-ratelimit-reset", Form.GUESS, when_empty="x-ratelimit-remaining"),
    PushbackRule("x-rate-limit-reset", Form.GUESS, when_empty="x-rate-limit-remaining"),
)
"""What is tried after a provider's own rules. Finer units first: they repeat what the coarse one
rounds."""


def read(response: Response, rules: Sequence[PushbackRule], now: Moment) -> Pushback | None:
    """How long this answer asks us to stay away, at most a year; None when it does not say.

    `rules` are the provider's own, tried in order before the general ones. `now` stands in for a
    `Date` that is missing or cannot be read.
    """
    for rule in (*rules, *GENERAL):
        values = list(_values(response, rule.header))
        if not values or (rule.when_empty and not _is_zero(response, rule.when_empty)):
            continue
        lengths = [_length(value, rule.form, response, now) for value in values]
        readable = [length for length in lengths if length is not None]
        if readable:
            return Pushback(min(max(0.0, *readable), A_YEAR_S), rule.header)
    return _of_items(response)


def _values(response: Response, name: str) -> Iterator[str]:
    for key, value in response.headers:
        if key == name and len(value) <= LONGEST_VALUE and (text := value.strip()):
            yield text


def _is_zero(response: Response, name: str) -> bool:
    return any(_number(value) == 0 for value in _values(response, name))


def _length(  # noqa: PLR0911 - one for each form
    value: str, form: Form, response: Response, now: Moment
) -> float | None:
    match form:
        case Form.SECONDS:
            return _longest(value)
        case Form.MILLISECONDS:
            found = _longest(value)
            return None if found is None else found / 1_000
        case Form.EPOCH:
            found = _number(value)
            return None if found is None else found - _here_s(response, now)
        case Form.DATE:
            return _until(value, response, now)
        case Form.DURATION:
            return _duration(value)
        case Form.RETRY_AFTER:
            found = _longest(value)
            return _until(value, response, now) if found is None else found
        case Form.GUESS:
            return _guessed(value, response, now)


def _guessed(value: str, response: Response, now: Moment) -> float | None:
    found = _number(value)
    if found is None:
        length = _duration(value)
        return _until(value, response, now) if length is None else length
    if found >= _EPOCH_MS:
        return found / 1_000 - _here_s(response, now)
    return found - _here_s(response, now) if found >= _EPOCH_S else found


def _number(value: str) -> float | None:
    """A decimal number that is not negative; what is no number, or not a finite one, is None."""
    if not value.isascii() or not _NUMBER.fullmatch(value) or value.startswith("-"):
        return None
    return float(value)


def _longest(value: str) -> float | None:
    """The largest of one number, or of several with commas between, as proxies join duplicates."""
    found = [_number(part.strip()) for part in value.split(",")[:8]]
    readable = [number for number in found if number is not None]
    return max(readable) if readable and len(readable) == len(found) else None


def _duration(value: str) -> float | None:
    if not value.isascii() or not _DURATION.fullmatch(value):
        return None
    return sum(float(number) * _LENGTHS[unit] for number, unit in _PART.findall(value))


def _until(value: str, response: Response, now: Moment) -> float | None:
    at = _instant(value)
    return None if at is None else seconds_between(_here(response, now), at)


def _here(response: Response, now: Moment) -> Moment:
    """When the answer was made, by the clock that its other dates are by."""
    found = (_instant(value) for value in _values(response, "date"))
    return next((at for at in found if at is not None), now)


def _here_s(response: Response, now: Moment) -> float:
    return _here(response, now) / _MICROSECONDS


def _instant(value: str) -> Moment | None:
    """An HTTP-date in any of its three forms, or an ISO date; one without a zone is taken for UTC."""
    if value.isdigit():
        return None
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = parse(value)
            zoned = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
            return from_datetime(zoned)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _of_items(response: Response) -> Pushback | None:
    """The structured field `RateLimit: "name";r=0;t=30`: the longest of the policies that are used up."""
    longest: float | None = None
    for value in _values(response, "ratelimit"):
        for item in value.split(","):
            found = dict(_ITEM.findall(item))
            if found.get("r") is not None and int(found["r"]) == 0 and "t" in found:
                longest = max(longest or 0.0, float(found["t"]))
    return None if longest is None else Pushback(min(longest, A_YEAR_S), "ratelimit")
