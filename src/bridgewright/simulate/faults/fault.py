"""The ways in which a provider, or what stands between it and us, fails."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One way to fail; each has a port of its own.

    What is said to happen once happens to the first request that reaches the port; later ones are
    answered well, so that a caller who may try again can recover.
    """

    NONE = "none"
    """Answers well."""
    REFUSED = "refused"
    """Nobody listens."""
    BLACK_HOLE = "black_hole"
    """The handshake of TCP is never answered: the queue of the listener is full."""
    SLOW_TLS = "slow_tls"
    """The port of an https URL, whose handshake arrives byte by byte and never ends."""
    SILENT = "silent"
    """Takes the request, and never says a word."""
    SILENT_AFTER_HEADERS = "silent_after_headers"
    """Answers with a head, and never with the body it announces."""
    DRIPPED_HEADERS = "dripped_headers"
    """The head of the answer arrives byte by byte, for minutes."""
    DRIPPED_BODY = "dripped_body"
    """The body of the answer arrives byte by byte, for minutes."""
    UNAVAILABLE_TWICE = "unavailable_twice"
    """503 to the first two requests."""
    SERVER_ERROR = "server_error"
    """500 to every request, each of which may have been carried out."""
    THROTTLED = "throttled"
    """Once: 429 with `Retry-After` of some seconds."""
    THROTTLED_DATE = "throttled_date"
    """Once: 429 with `Retry-After` as an HTTP-date."""
    THROTTLED_HOUR = "throttled_hour"
    """429 with `Retry-After: 3600`, always."""
    THROTTLED_GARBAGE = "throttled_garbage"
    """Once: 429 with a `Retry-After` that means nothing."""
    RESET = "reset"
    """Once: the request is taken, and the connection ends by RST."""
    LOST_RESPONSE = "lost_response"
    """Once: the request is carried out, and the connection closed without an answer."""
    TRUNCATED = "truncated"
    """Once: the connection is closed in the middle of the body."""
    INVALID_JSON = "invalid_json"
    """200, with a body that is said to be JSON and is none."""
    HTML = "html"
    """200 with a page, as from a captive portal; the request reached nobody who could carry it out."""
    HUGE_BODY = "huge_body"
    """A whole answer of 100 MB."""
    GZIP_BOMB = "gzip_bomb"
    """A few hundred kilobytes that unpack to 256 MB."""
    HEADER_BOMB = "header_bomb"
    """A head of 16 MB."""
    GARBAGE = "garbage"
    """The request is taken and answered by something that is not HTTP."""
    FOUND_ELSEWHERE = "found_elsewhere"
    """302 to another host."""
    MOVED_ELSEWHERE = "moved_elsewhere"
    """307 to another host, which asks for method and body to be repeated there."""
    STALE = "stale"
    """Answers the first request of each connection well; the second is taken and the connection
    closed. The very first request of all is the one that warms the connection up."""
