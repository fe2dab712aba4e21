"""The static branch brought up to date: fetched, switched to, forwarded, and the base merged into it.

A merge is made without the working tree (`git merge-tree`), and the branch goes forward to it: one
that conflicts is never begun, so that there is nothing to abort, whenever the process is killed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.git import REMOTE_S, name, refused
from bridgewright.engineer.delivery.words import Course, Step, Synced, during, unheard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.words import Told

_UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_LOCK = "bridgewright-delivery.lock"


def synchronised(git: Git, course: Course, tell: Told = unheard) -> Synced:
    """Fetch, come to the branch and merge the base. `DeliveryError` when that cannot be done; then the
    working tree is as it was, and the branch at most further forward."""
    with alone(git):
        begun = begin(git, course, tell)
        return merge(git, course, begun, tell)


@contextmanager
def alone(git: Git) -> Iterator[None]:
    """As the only delivery in this repository; the lock ends with the process, however it ends."""
    import fcntl  # noqa: PLC0415 - not everywhere

    path = git.root / git.do("rev-parse", "--git-path", _LOCK)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeliveryError(
                End.BUSY, "another delivery is at work in this repository", remedy="wait for it"
            ) from None
        yield


def begin(git: Git, course: Course, tell: Told = unheard) -> Synced:
    """Fetch, and be on the branch: as it is here, or at the remote, or new from the base."""
    _refuse_names(git, course)
    _refuse_unfinished(git)
    with during(Step.FETCH, tell):
        _fetch(git, course)
    with during(Step.SWITCH, tell):
        return _switched(git, course)


def merge(git: Git, course: Course, begun: Synced, tell: Told = unheard) -> Synced:
    """Have what the base has; `DeliveryError` with the files where both changed the same."""
    with during(Step.MERGE, tell):
        head, base = git.sha(course.ours), git.sha(course.upstream)
        came = not git.has(base, head)
        if came:
            forward = base if git.has(head, base) else _merged(git, course, head, base)
            _forward(git, forward)
    return Synced(begun.branch, git.sha(course.ours), begun.how, came, begun.expected)


def contained(git: Git, base: str, branch: str) -> bool:
    """Whether the base has all that a branch did, by whatever way it was merged: in its history, with
    the same files, as the same commits once more (rebased), or as one (squashed)."""
    if git.has(branch, base):
        return True
    tree = git.run("merge-tree", "--write-tree", base, branch)
    if tree.code == 0 and tree.text == git.do("rev-parse", f"{base}^{{tree}}"):
        return True
    cherry = git.do("cherry", base, branch).splitlines()
    if cherry and all(line.startswith("-") for line in cherry) and not _merges(git, base, branch):
        return True
    fork = git.run("merge-base", base, branch)
    return fork.code == 0 and _is_squashed(git, fork.text, base, branch)


def _merges(git: Git, base: str, branch: str) -> bool:
    return git.do("rev-list", "--count", "--merges", f"{base}..{branch}") != "0"


def _is_squashed(git: Git, fork: str, base: str, branch: str) -> bool:
    """Whether one commit of the base does what the whole branch does."""
    whole = _patch_ids(git, git.do("diff", "--no-ext-diff", "--no-textconv", fork, branch))
    log = ("log", "-p", "--no-merges", "--no-ext-diff", "--no-textconv", "--format=commit %H")
    return bool(whole & _patch_ids(git, git.do(*log, f"{fork}..{base}")))


def _patch_ids(git: Git, patches: str) -> frozenset[str]:
    listed = git.do("patch-id", "--stable", given=f"{patches}\n").splitlines()
    return frozenset(line.split()[0] for line in listed)


def _refuse_names(git: Git, course: Course) -> None:
    name(course.branch, "branch")
    name(course.base, "branch")
    name(course.remote, "remote")
    if course.branch == course.base:
        raise ConfigurationError(
            f"the branch is the base itself, {course.base}",
            remedy="work on a branch of its own",
        )
    if course.remote not in git.do("remote").splitlines():
        raise ConfigurationError(
            f"there is no remote {course.remote}",
            remedy=f"git remote add {course.remote} URL, or name another with --remote",
        )


def _refuse_unfinished(git: Git) -> None:
    for word in _UNFINISHED:
        if (git.root / git.do("rev-parse", "--git-path", word)).exists():
            raise DeliveryError(
                End.IN_THE_WAY,
                f"a merge or rebase is not finished here ({word})",
                remedy="finish it, or abort it (git merge --abort), and run this again",
            )


def fetched(git: Git, remote: str, base: str) -> None:
    """Have the base as the remote has it. `DeliveryError` when the remote does not answer, or has none."""
    name(remote, "remote")
    name(base, "branch")
    done = git.run(
        "fetch", "--quiet", "--no-tags", remote,
        f"+refs/heads/{base}:refs/remotes/{remote}/{base}", limit_s=REMOTE_S,
    )  # fmt: skip
    if "find remote ref" in done.said:
        raise ConfigurationError(
            f"{remote} has no branch {base}", remedy="name the base with --base"
        )
    if done.code:
        raise _unreachable(Course(base=base, remote=remote), done.reason)


def _fetch(git: Git, course: Course) -> None:
    wanted = f"refs/heads/{course.branch}"
    base = f"refs/heads/{course.base}"
    listed = git.run("ls-remote", "--heads", course.remote, wanted, base, limit_s=REMOTE_S)
    if listed.code:
        raise _unreachable(course, listed.reason)
    there = {line.partition("\t")[2] for line in listed.text.splitlines()}
    if base not in there:
        raise ConfigurationError(
            f"{course.remote} has no branch {course.base}", remedy="name the base with --base"
        )
    specs = [f"+{base}:{course.upstream}"]
    if wanted in there:
        specs.append(f"+{wanted}:{course.theirs}")
    fetched = git.run("fetch", "--no-tags", course.remote, *specs, limit_s=REMOTE_S)
    if fetched.code:
        raise _unreachable(course, fetched.reason)
    if wanted not in there and git.sha(course.theirs):
        git.do("update-ref", "-d", course.theirs)  # deleted there, as after a merge


def _unreachable(course: Course, reason: str) -> DeliveryError:
    return DeliveryError(
        End.UNREACHABLE,
        f"the remote {course.remote} did not answer: {reason}",
        remedy="see whether you may reach it (git ls-remote), and run this again",
    )


def _switched(git: Git, course: Course) -> Synced:
    here, there = git.sha(course.ours), git.sha(course.theirs)
    left = (
        there if there and _is_over(git, course, there) and not _goes_on(git, here, there) else ""
    )
    if left and not course.recreate:
        raise DeliveryError(
            End.MERGED,
            f"{course.branch} was merged into {course.base} already, and is still at {course.remote}",
            remedy="delete it there, or consent to its being put back to the base by --recreate",
        )
    if not here and (left or not there):
        _switch(git, "--no-track", "-c", course.branch, course.upstream)
        return Synced(course.branch, git.sha(course.ours), "created", expected=left)
    if not here:
        _switch(git, "--track", "-c", course.branch, f"{course.remote}/{course.branch}")
        return Synced(course.branch, there, "taken")
    _switch(git, course.branch)
    if (left or not there) and _is_over(git, course, here):
        return Synced(course.branch, _put_back(git, course), "recreated", expected=left)
    if left or not there or git.has(there, here):
        return Synced(course.branch, here, "kept", expected=left)
    if not git.has(here, there):
        raise DeliveryError(
            End.DIVERGED,
            f"{course.branch} and {course.remote}/{course.branch} have each what the other has not",
            remedy="look at both (git log --left-right), and merge or rebase one by hand",
        )
    _forward(git, there)
    return Synced(course.branch, there, "forwarded")


def _is_over(git: Git, course: Course, tip: str) -> bool:
    """Whether the base has all that is there though it does not go forward from it."""
    return not git.has(tip, course.upstream) and contained(git, course.upstream, tip)


def _goes_on(git: Git, here: str, there: str) -> bool:
    """Whether more was done here, on top of what is at the remote."""
    return bool(here) and here != there and git.has(there, here)


def _put_back(git: Git, course: Course) -> str:
    """The branch to where the base is; changes of the working tree stay, or are in the way."""
    done = git.run("reset", "--quiet", "--keep", course.upstream)
    if done.code:
        raise _in_the_way(done.reason)
    return git.sha(course.ours)


def _switch(git: Git, *words: str) -> None:
    done = git.run("switch", "--quiet", *words)
    if done.code:
        raise _in_the_way(done.reason) if "overwritten" in done.said else refused(done, "switch")


def _forward(git: Git, sha: str) -> None:
    done = git.run("merge", "--ff-only", "--quiet", sha)
    if done.code:
        raise _in_the_way(done.reason) if "overwritten" in done.said else refused(done, "merge")


def _in_the_way(reason: str) -> DeliveryError:
    return DeliveryError(
        End.IN_THE_WAY,
        f"changes in the working tree are in the way: {reason}",
        remedy="commit them or put them aside (git stash), and run this again",
    )


def _merged(git: Git, course: Course, head: str, base: str) -> str:
    """A commit that has both sides; nothing in the working tree is touched."""
    done = git.run("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", head, base)
    tree, *files = filter(None, done.out.split("\0"))
    if done.code == 1:
        raise DeliveryError(
            End.CONFLICT,
            f"{course.branch} and {course.remote}/{course.base} changed the same lines",
            remedy=f"git merge {course.remote}/{course.base}, resolve it, commit, and run this again",
            places=files,
        )
    if done.code:
        raise refused(done, "merge-tree")
    text = f"Merge remote-tracking branch '{course.remote}/{course.base}' into {course.branch}\n"
    return git.do("commit-tree", tree, "-p", head, "-p", base, "-F", "-", given=text)
