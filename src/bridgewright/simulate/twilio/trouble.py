"""Errors as Twilio words them: https://www.twilio.com/docs/api/errors, read 2026-11."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.wire import json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Reply

MORE = "https://www.twilio.com/docs/errors/"
NOT_FOUND = 20404
INVALID = 20001
_KNOWN = {
    401: (20003, "Authenticate"),
    403: (20403, "403 Forbidden"),
    404: (NOT_FOUND, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
    500: (20500, "Internal Server Error"),
    503: (20503, "Service Unavailable"),
}


class TroubleError(Exception):
    """A request that Twilio refuses: with a status, one of its codes, and its words for it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def reply(self) -> Reply:
        """The answer that says so."""
        return trouble(self.status, self.code, str(self))


def trouble(status: int, code: int, message: str) -> Reply:
    """An answer in the form that all of Twilio's errors have."""
    content = {"code": code, "message": message, "more_info": f"{MORE}{code}", "status": status}
    return json_reply(content, status)


def refused(status: int) -> Reply:
    """A refusal that nothing in the request is to blame for: by overload, say, or an outage."""
    code, message = _KNOWN.get(status, (20000 + status % 1000, "Request refused"))
    return trouble(status, code, message)


def invalid(code: int, message: str) -> TroubleError:
    """A request that makes no sense: 400."""
    return TroubleError(HTTPStatus.BAD_REQUEST, code, message)


def missing(path: str) -> TroubleError:
    """Nothing is there, or it is another account's."""
    return TroubleError(
        HTTPStatus.NOT_FOUND, NOT_FOUND, f"The requested resource {path} was not found"
    )


def unsimulated(what: str) -> TroubleError:
    """501: Twilio would do something with it that is not simulated, and nothing is made up."""
    message = f"{what} is not simulated. It may be right at Twilio; here nothing is made up."
    return TroubleError(HTTPStatus.NOT_IMPLEMENTED, 20501, message)
