"""A delivery from its beginning to its end. Each step finds out what is done already, so that a run that
was killed is carried on by the next: one commit, one pull request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.engineer.delivery.branch import alone, begin, merge
from bridgewright.engineer.delivery.change import (
    committed,
    others,
    refuse_beforehand,
    refuse_leaks_of,
)
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.proposal import proposed
from bridgewright.engineer.delivery.push import pushed
from bridgewright.engineer.delivery.words import Delivered, unheard, unjudged

if TYPE_CHECKING:
    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.hub import Hub, Place
    from bridgewright.engineer.delivery.words import Course, Judge, Order, Told


def deliver(  # noqa: PLR0913 - whom it asks, what it does, who hears of it
    git: Git, hub: Hub, place: Place, order: Order, tell: Told = unheard, judge: Judge = unjudged
) -> Delivered:
    """Commit what the order names, merge the base, push, and have one pull request that says so.

    The commit comes before the merge, so that a conflict is git's to show and yours to resolve, and
    no change of the working tree is in its way. Nothing is sent before all of it was looked at for
    secrets, and `judge` took it: the commit that it looked at is the one that is pushed, whatever the
    branch stands at by then. `DeliveryError` for every other end.
    """
    course = order.course
    refuse_beforehand(git, order)
    with alone(git):
        begun = begin(git, course, tell)
        order = worded(git, order)
        new = committed(git, order, tell)
        synced = merge(git, course, begun, tell)
        _refuse_nothing(git, course)
        refuse_leaks_of(git, course, order.known)
        judge(synced.sha)
        sent = pushed(git, course, synced, tell)
        request = proposed(hub, place, course, order.message.subject, order.body, tell)
        return Delivered(
            course.branch,
            synced.sha,
            new,
            sent,
            request.how,
            request.number,
            request.url,
            others(git, order.paths),
        )


def worded(git: Git, order: Order) -> Order:
    """The order with the message that fits the base as it was fetched last."""
    new = git.run("cat-file", "-e", f"{order.course.upstream}:{order.marker}").code != 0
    return order if new or order.again is None else replace(order, message=order.again)


def _refuse_nothing(git: Git, course: Course) -> None:
    ahead = git.run("diff", "--quiet", "--no-ext-diff", f"{course.upstream}...{course.ours}")
    if ahead.code == 0:
        raise DeliveryError(
            End.NOTHING,
            f"{course.branch} has nothing that {course.base} has not",
            remedy="nothing was sent; is what you changed among the paths of the integration?",
        )
