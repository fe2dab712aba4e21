"""What GitHub says when it does not do what it was asked, in its own words.

Shapes and wordings: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and
.../best-practices-for-using-the-rest-api, as known 2026-11.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content

DOCUMENTED = "https://docs.github.com/rest"
JSON = ("content-type", "application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal: its status, what it says, what is wrong where, and header fields of its own."""

    status: int
    message: str
    errors: tuple[Content, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def reply(self) -> Reply:
        """The refusal as it is sent."""
        content: Content = {"message": self.message}
        if self.errors:
            content["errors"] = list(self.errors)
        content |= {"documentation_url": DOCUMENTED, "status": str(self.status)}
        return Reply(self.status, (JSON, *self.headers), json.dumps(content).encode())


class TroubleError(Exception):
    """A request that is not carried out; `trouble` says how GitHub tells so."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


def refused(status: int, message: str, **headers: str) -> TroubleError:
    """A refusal that says one thing; `retry_after="60"` becomes the header `retry-after`."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return TroubleError(Trouble(status, message, headers=named))


def not_found() -> TroubleError:
    """404: it is not there, or the caller may not know that it is."""
    return refused(404, "Not Found")


def invalid(
    resource: str, field: str = "", code: str = "invalid", message: str = ""
) -> TroubleError:
    """422 with the one thing that is wrong; `code` is GitHub's, `custom` where there is a text."""
    told: Content = {"resource": resource, "code": code}
    if field:
        told["field"] = field
    if message:
        told["message"] = message
    return TroubleError(Trouble(422, "Validation Failed", (told,)))


def unsimulated(what: str) -> TroubleError:
    """501 for a part of a known operation that is not simulated: nothing is made up."""
    message = f"{what} is not simulated. It may be right at GitHub; here nothing is made up."
    return refused(501, message, x_simulated="no")


def said(content: object, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """An answer in JSON."""
    return Reply(status, (JSON, *headers), json.dumps(content).encode())
