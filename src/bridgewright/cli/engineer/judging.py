"""What `deliver --verify` sends only when `engineer verify` accepts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.cli.engineer.verify import order_of
from bridgewright.cli.engineer.verify import verify as command
from bridgewright.cli.screen import note
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.verify.repository import opened
from bridgewright.engineer.verify.verdict import verify
from bridgewright.engineer.verify.words import Standing

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.delivery.words import Course, Judge
    from bridgewright.engineer.verify.verdict import Verdict


def judge(root: Path, course: Course) -> Judge:
    """Holds a commit of the branch against the definition as the command does without options, with the
    base as the remote has it. `DeliveryError` (unverified) for work that is refused, and for work of which
    something could not be found out."""

    def judged(sha: str) -> None:
        repository = opened(root)
        asked = {"head": sha, "branch": course.branch, "base": course.upstream}
        unasked = command.make_context("verify", []).params
        found = verify(order_of(repository, {**unasked, **asked}), note)
        if found.standing is not Standing.KEPT:
            raise _refusal(found)

    return judged


def _refusal(found: Verdict) -> DeliveryError:
    open_ = [each for each in found.outcomes if each.standing is Standing.UNDECIDED]
    places = [str(each) for each in found.refusals]
    places += [f"{each.about}: {each.told}" for each in open_]
    places += [
        f"criterion not found out: {criterion.name}"
        for criterion, standing in found.criteria
        if standing is Standing.UNDECIDED and not open_
    ]
    about = ", ".join(str(each.about) for each in found.outcomes if each.refusals or each in open_)
    return DeliveryError(
        End.UNVERIFIED,
        f"verify says {found.standing}: {about or 'the criteria'}",
        remedy="what was committed stays on the branch and was not sent: mend it, and run this again",
        places=places,
    )
