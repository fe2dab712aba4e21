"""The pull request of a branch: found and brought up to date, or made; never a second one.

What people wrote around our part of its text stays. Our part stands between two marks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.words import Step, during, unheard

if TYPE_CHECKING:
    from bridgewright.engineer.delivery.hub import Answer, Hub, Place
    from bridgewright.engineer.delivery.words import Course, Told

BEGIN = "<!-- bridgewright: from here on written by `bridgewright engineer deliver` -->"
END = "<!-- bridgewright: to here -->"
MOST_CHARS = 60_000
"""Of our part: GitHub takes 65,536 characters of a text."""
_CREATED = 201
_FOUND = 200
_INVALID = 422


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request, and what became of it: made, changed or kept."""

    number: int
    url: str
    how: str


def proposed(  # noqa: PLR0913 - where, what, and who hears of it
    hub: Hub, place: Place, course: Course, title: str, body: str, tell: Told = unheard
) -> Proposal:
    """Have one open pull request of the branch onto the base that says this."""
    with during(Step.LOOK, tell):
        found = _open(hub, place, course)
    with during(Step.PROPOSE, tell):
        return (
            _changed(hub, place, found, body) if found else _made(hub, place, course, title, body)
        )


def framed(body: str, around: str = "") -> str:
    """Our part of a text, in place of the one that it has, or below what it says."""
    ours = f"{BEGIN}\n{_cut(body.strip())}\n{END}"
    before, mark, rest = around.partition(BEGIN)
    if mark and END in rest:
        return f"{before}{ours}{rest.partition(END)[2]}"
    return f"{around.rstrip()}\n\n{ours}" if around.strip() else ours


def _cut(body: str) -> str:
    return body if len(body) <= MOST_CHARS else f"{body[:MOST_CHARS]}\n\n(cut)"


def _pulls(place: Place) -> str:
    return f"repos/{quote(place.slug)}/pulls"


def _open(hub: Hub, place: Place, course: Course) -> dict[str, Any] | None:
    head = f"{place.owner}:{course.branch}"
    query = urlencode({"head": head, "base": course.base, "state": "open", "per_page": 10})
    answer = hub.ask("GET", f"{_pulls(place)}?{query}")
    if answer.status != _FOUND or not isinstance(answer.content, list):
        raise _refused(answer, place, "its pull requests cannot be listed")
    same = [each for each in answer.content if each["head"]["ref"] == course.branch]
    return min(same, key=lambda each: each["number"]) if same else None


def _changed(hub: Hub, place: Place, found: dict[str, Any], body: str) -> Proposal:
    number, url = int(found["number"]), str(found["html_url"])
    was = (found.get("body") or "").replace("\r\n", "\n")
    wanted = framed(body, was)
    if wanted == was:
        return Proposal(number, url, "kept")
    answer = hub.ask("PATCH", f"{_pulls(place)}/{number}", {"body": wanted})
    if answer.status != _FOUND:
        raise _refused(answer, place, f"#{number} cannot be changed")
    return Proposal(number, url, "changed")


def _made(hub: Hub, place: Place, course: Course, title: str, body: str) -> Proposal:
    asked = {"title": title, "head": course.branch, "base": course.base, "body": framed(body)}
    try:
        answer = hub.ask("POST", _pulls(place), asked)
    except DeliveryError as error:
        found = _open(hub, place, course)  # an answer that was lost may have been a yes
        if found is None:
            raise error from None
        return _changed(hub, place, found, body)
    if answer.status == _CREATED:
        return Proposal(int(answer.content["number"]), str(answer.content["html_url"]), "made")
    found = _open(hub, place, course) if answer.status == _INVALID else None
    if found is None:
        raise _refused(answer, place, "no pull request can be made")
    return _changed(hub, place, found, body)


def _refused(answer: Answer, place: Place, what: str) -> DeliveryError:
    remedies = {
        401: "the token is not good any more: renew it",
        403: "the token may not do that: it needs to write pull requests and contents",
        404: "see whether the repository's name is right, and the token may see it",
    }
    return DeliveryError(
        End.REFUSED,
        f"{place.slug}: {what}: {answer.status} {answer.said}",
        remedy=remedies.get(answer.status, "GitHub's message says why"),
    )
