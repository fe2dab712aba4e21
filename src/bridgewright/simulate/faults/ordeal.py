"""The ways to fail that only a certificate asks for, beside the faults of everyday."""

from __future__ import annotations

from enum import StrEnum


class Ordeal(StrEnum):
    """One way to fail, with a port of its own. Numbers in it are those of the server's `Pace`."""

    UNAVAILABLE = "unavailable"
    """503 to every request."""
    UNAVAILABLE_TIMES = "unavailable_times"
    """503 to as many requests as the pace says; later ones are answered well."""
    SLOW_UNAVAILABLE = "slow_unavailable"
    """503 to every request, each held back for a while first."""
    OUTAGE = "outage"
    """503 to every request until the outage is ended; then slow and good answers."""
    HELD = "held"
    """Good answers, each held back for a while; counts how many are under way at once."""
    BAD_REQUEST = "bad_request"
    """400 to every request."""
    UNAUTHORIZED = "unauthorized"
    """401 to every request."""
    FORBIDDEN = "forbidden"
    """403 to every request."""
    UNPROCESSABLE = "unprocessable"
    """422 to every request."""
    THROTTLED_ZERO = "throttled_zero"
    """Once: 429 with `Retry-After: 0`."""
    THROTTLED_NEGATIVE = "throttled_negative"
    """Once: 429 with `Retry-After: -5`."""
    IN_PROGRESS = "in_progress"
    """The first answer is lost; the next request meets 409, for the first is not done yet; then the
    answer of the first is replayed."""
    CUT = "cut"
    """Every body ends before the length that was announced."""
    CUT_CHUNKED = "cut_chunked"
    """Every body is chunked and ends without its last chunk."""
    EMPTY = "empty"
    """200 without a body; the request reached nobody who could carry it out."""
    BAD_GZIP = "bad_gzip"
    """200, with a body that is said to be gzip and breaks off being it."""
    TWO_LENGTHS = "two_lengths"
    """200 with two lengths that differ."""
    ENDLESS = "endless"
    """200, chunked, for ever; the first 256 MB as fast as they are taken."""
    CONTINUE_FLOOD = "continue_flood"
    """Interim answers (103), one after the other, and never a final one."""
    REDIRECT_LOOP = "redirect_loop"
    """302 to the same host, always."""
    PERMANENTLY_ELSEWHERE = "permanently_elsewhere"
    """308 to another host, which asks for method and body to be repeated there."""
    FOUND_OTHER_PORT = "found_other_port"
    """302 to another port of the same host."""
    MOVED_OTHER_PORT = "moved_other_port"
    """307 to another port of the same host."""
    IDLE_CLOSED = "idle_closed"
    """Answers well, says that the connection is kept, and closes it a moment later."""
    TLS = "tls"
    """Over TLS, with a certificate of the suite's own authority: answers well."""
    TLS_WRONG_HOST = "tls_wrong_host"
    """Over TLS, with a good certificate for somebody else."""
    TLS_EXPIRED = "tls_expired"
    """Over TLS, with a certificate that has expired."""
    TLS_SELF_SIGNED = "tls_self_signed"
    """Over TLS, with a certificate that nobody vouches for."""


OVER_TLS = frozenset(
    {Ordeal.TLS, Ordeal.TLS_WRONG_HOST, Ordeal.TLS_EXPIRED, Ordeal.TLS_SELF_SIGNED}
)
"""Those whose base URL is https."""
