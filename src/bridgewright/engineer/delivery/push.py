"""The branch to the remote, and a look whether it is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.core.redact.redaction import Redaction
from bridgewright.core.redact.values import redacted
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.git import REMOTE_S
from bridgewright.engineer.delivery.words import Step, during, unheard

if TYPE_CHECKING:
    from bridgewright.engineer.delivery.git import Done, Git
    from bridgewright.engineer.delivery.words import Course, Synced, Told

_REJECTED = re.compile(r"^!\t[^\t]*\t(?P<why>.*)$", re.MULTILINE)
_SAID = re.compile(r"^remote: (?P<what>.*)$", re.MULTILINE)
_NOTHING = Redaction()


def pushed(git: Git, course: Course, synced: Synced, tell: Told = unheard) -> bool:
    """Have the remote's branch be what ours was when it was synchronised; False when it is. Only forward,
    but for a branch that is recreated, and that only from where it was seen to be."""
    sha, ref = synced.sha, f"refs/heads/{course.branch}"
    if git.sha(course.theirs) == sha:
        return False
    with during(Step.PUSH, tell):
        words = ["push", "--porcelain", "--no-verify", "--recurse-submodules=no"]
        if synced.expected and not git.has(synced.expected, sha):
            words.append(f"--force-with-lease={ref}:{synced.expected}")
        done = git.run(*words, course.remote, f"{sha}:{ref}", limit_s=REMOTE_S)
        if done.code:
            raise _refusal(course, done)
    with during(Step.CONFIRM, tell):
        _confirm(git, course, sha)
    return True


def _confirm(git: Git, course: Course, sha: str) -> None:
    ref = f"refs/heads/{course.branch}"
    listed = git.run("ls-remote", "--heads", course.remote, ref, limit_s=REMOTE_S)
    there = listed.text.partition("\t")[0]
    if listed.code or there != sha:
        raise DeliveryError(
            End.REJECTED,
            f"{course.remote} took the push, and has {there[:12] or 'nothing'} at {course.branch}"
            f" in place of {sha[:12]}",
            remedy="somebody else moved the branch: run this again",
        )
    git.do("update-ref", course.theirs, sha)


def _refusal(course: Course, done: Done) -> DeliveryError:
    found = _REJECTED.search(done.out)
    if found is None:
        return DeliveryError(
            End.UNREACHABLE,
            f"{course.remote} could not be pushed to: {done.reason}",
            remedy="see whether you may push there (git push --dry-run), and run this again",
        )
    said = " ".join(each["what"].strip() for each in _SAID.finditer(done.said))
    why = redacted(f"{found['why']} {said}".strip(), _NOTHING)[:600]
    behind = "fetch first" in why or "stale info" in why or "non-fast-forward" in why
    remedy = (
        "somebody else moved the branch: run this again"
        if behind
        else "the remote has a rule against it: its message says which"
    )
    return DeliveryError(
        End.REJECTED, f"{course.remote} did not take {course.branch}: {why}", remedy=remedy
    )
