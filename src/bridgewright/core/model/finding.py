"""Findings: what was probably done wrong where a delivery did not verify, in words of our own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mistake(StrEnum):
    """The known mistakes. Stable codes: they are stored, shown and documented."""

    OTHER_SOURCE = "other_source"
    OTHER_KEY = "other_key"
    SECRET_FORM = "secret_form"  # noqa: S105 - a mistake, not a secret
    URL_SCHEME = "url_scheme"
    URL_PORT = "url_port"
    URL_SLASH = "url_slash"
    URL_QUERY = "url_query"
    URL = "url"
    JSON_REWRITTEN = "json_rewritten"
    LINE_ENDS = "line_ends"
    CHARSET = "charset"
    BODY_GONE = "body_gone"
    CLOCK = "clock"
    OTHER_SCHEME = "other_scheme"
    HEADER_DROPPED = "header_dropped"
    HEADER_TWICE = "header_twice"
    UNSIGNED = "unsigned"
    NONE_KNOWN = "none_known"


@dataclass(frozen=True, slots=True)
class Finding:
    """What explains a rejection: what was `wrong`, what would have `matched` ("" where nothing does),
    and the next `step`. None of them quotes the delivery, or holds anything made from a key."""

    mistake: Mistake
    wrong: str
    matched: str
    step: str
