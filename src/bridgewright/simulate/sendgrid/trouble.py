"""Errors as SendGrid words them: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors
and the answers that its customers have published, read 2026-11."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#"
_KNOWN = {
    400: "Bad Request",
    401: "The provided authorization grant is invalid, expired, or revoked",
    403: "access forbidden",
    404: "resource not found",
    413: "The JSON payload you have included in your request is too large.",
    429: "too many requests",
    500: "internal error",
    503: "service unavailable",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong: with which field, and where SendGrid explains it."""

    message: str
    field: str | None = None
    help: str | None = None


class TroubleError(Exception):
    """A request that SendGrid refuses, and all that is wrong with it."""

    def __init__(self, status: int, *complaints: Complaint) -> None:
        super().__init__("; ".join(each.message for each in complaints))
        self.status = status
        self.complaints = complaints

    def reply(self) -> Reply:
        """The answer that says so."""
        return complained(self.status, self.complaints)


def complained(status: int, complaints: Iterable[Complaint]) -> Reply:
    """An answer in the form that errors of SendGrid's have."""
    errors = [{"message": c.message, "field": c.field, "help": c.help} for c in complaints]
    return given({"errors": errors}, status)


def refused(status: int) -> Reply:
    """A refusal in general words: of an outage, of overload, of a stranger."""
    return complained(status, [Complaint(_KNOWN.get(status, "request refused"))])


def given(content: Any, status: int = 200) -> Reply:
    """An answer of JSON: an object, or a list as suppressions are."""
    body = json.dumps(content).encode()
    return Reply(status, (("content-type", "application/json"),), body)


def wrong(message: str, field: str | None = None) -> TroubleError:
    """A request that makes no sense: 400."""
    return TroubleError(HTTPStatus.BAD_REQUEST, Complaint(message, field))


def missing(message: str = "resource not found") -> TroubleError:
    """Nothing is there: 404."""
    return TroubleError(HTTPStatus.NOT_FOUND, Complaint(message))


def unsimulated(what: str) -> TroubleError:
    """501: SendGrid would do something with it that is not simulated, and nothing is made up."""
    message = f"{what} is not simulated. It may be right at SendGrid; here nothing is made up."
    return TroubleError(HTTPStatus.NOT_IMPLEMENTED, Complaint(message))
