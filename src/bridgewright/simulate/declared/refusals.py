"""Refusals of a declared provider: problem details (RFC 9457) that name the place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.wire import Content

MEDIA = "application/problem+json"
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong with a request: `path`, `query`, `header` or `body`, where in it, and
    what. It never says what was sent: that may be a secret."""

    where: str
    place: str
    what: str

    def told(self) -> Content:
        """As it is told."""
        return {"in": self.where, "place": self.place, "detail": self.what}


class RefusedError(Exception):
    """A request that is not carried out."""

    def __init__(self, status: int, detail: str, wrong: Iterable[Wrong] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.wrong = tuple(wrong)

    def reply(self) -> Reply:
        """The answer that says so."""
        told: Content = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.wrong:
            told["errors"] = [each.told() for each in self.wrong]
        headers: tuple[tuple[str, str], ...] = (("content-type", MEDIA),)
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers = (*headers, ("www-authenticate", "Bearer"))
        return Reply(self.status, headers, json.dumps(told).encode())


def unmade(why: str) -> RefusedError:
    """501: nothing is made up that the document does not give."""
    return RefusedError(501, f"{why}. It may be right at the provider; here nothing is made up.")


def refused(status: int) -> Reply:
    """An error of the whole service."""
    return RefusedError(status, "The provider answers so because it was told to.").reply()
