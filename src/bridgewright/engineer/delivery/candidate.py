"""The commit that a delivery would make, made beside the branch: to be judged before anything is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.engineer.delivery.change import (
    DIFF,
    present,
    refuse_beforehand,
    refuse_leaks_in_diff,
    stage,
)
from bridgewright.engineer.delivery.journey import worded

if TYPE_CHECKING:
    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.words import Order

_INDEX = "bridgewright-candidate.index"


def candidate(git: Git, order: Order) -> str:
    """A commit of what is changed in the order's paths, on top of where the working tree stands; that itself
    when nothing is. No branch and no index knows it, and git's own housekeeping removes it some day.
    `DeliveryError` when a secret would be in it."""
    refuse_beforehand(git, order)
    index = git.root / git.do("rev-parse", "--git-path", _INDEX)
    beside = replace(git, env={**git.env, "GIT_INDEX_FILE": str(index)})
    try:
        beside.do("read-tree", "HEAD")
        stage(beside, present(beside, order.paths))
        tree = beside.do("write-tree")
    finally:
        index.unlink(missing_ok=True)
    head = git.do("rev-parse", "HEAD")
    if tree == git.do("rev-parse", f"{head}^{{tree}}"):
        return head
    refuse_leaks_in_diff(git.do(*DIFF, head, tree), order.known)
    message = worded(git, order).message.text
    return git.do("commit-tree", tree, "-p", head, "-F", "-", given=message)
