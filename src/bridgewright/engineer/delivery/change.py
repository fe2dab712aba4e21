"""What is changed, put into one commit: only what is of the integration, and no secret with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.git import refused
from bridgewright.engineer.delivery.words import Step, during, unheard
from bridgewright.engineer.leaks.changes import leaks_in
from bridgewright.engineer.leaks.texts import leaks

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.words import Course, Order, Told
    from bridgewright.engineer.leaks.texts import Leak

DIFF = ("diff", "--text", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "-U0")
"""A diff that shows all that is added, and runs nothing that the repository names."""

_COMPILED = "__pycache__"
"""Where Python keeps what it compiled. Trying an integration makes such folders in it, and they are never a
part of one, whether a project ignores them or not."""
_LISTED = (
    *("ls-files", "-z", "--cached", "--others", "--exclude-standard"),
    *(f"--exclude={_COMPILED}/", "--"),
)


def committed(git: Git, order: Order, tell: Told = unheard) -> bool:
    """Commit what is changed in the order's paths; False when nothing is. `DeliveryError` when
    something else is staged, or a secret would be committed: then nothing is staged of it."""
    paths = present(git, order.paths)
    with during(Step.STAGE, tell):
        _refuse_others(git, order.paths)
        stage(git, paths)
    if git.run("diff", "--cached", "--quiet").code == 0:
        return False
    with during(Step.SCAN, tell):
        _refuse_leaks(git, order, paths)
    with during(Step.COMMIT, tell):
        git.do("commit", "--quiet", "--cleanup=whitespace", "-F", "-", given=order.message.text)
    return True


def stage(git: Git, paths: Iterable[str]) -> None:
    """Put into the index what git would take from these paths."""
    files = git.names(*_LISTED, *paths) if paths else ()
    if files:
        named = ("--pathspec-from-file=-", "--pathspec-file-nul")
        git.do("add", "--all", *named, given="\0".join(files))


def present(git: Git, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of the paths that git would take something from: there, or deleted and known to git."""
    return tuple(path for path in paths if git.names(*_LISTED, path))


def foreseen(git: Git, order: Order) -> tuple[str, ...]:
    """The files that would be committed; `DeliveryError` when something else is staged. Changes nothing,
    and looks for no secrets but in what would be said."""
    refuse_beforehand(git, order)
    _refuse_others(git, order.paths)
    return tuple(path for path in _changed(git) if _is_inside(path, order.paths))


def others(git: Git, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Files that are changed, or new, and are in none of the paths: they are left alone."""
    return tuple(path for path in _changed(git) if not _is_inside(path, paths))


def refuse_beforehand(git: Git, order: Order) -> None:
    """What an order must not have, whatever is changed: a path that is elsewhere (`ConfigurationError`),
    or a secret in what is said (`DeliveryError`)."""
    for path in order.paths:
        _refuse_path(git, path)
    for said in (order.message, order.again):
        refuse_leaks_in(said.text if said else "", "the message of the commit", order.known)
    refuse_leaks_in(order.body, "the text of the pull request", order.known)


def refuse_leaks_of(git: Git, course: Course, known: re.Pattern[str] | None) -> None:
    """`DeliveryError` when what the branch adds to the base, whoever committed it, holds a secret: in
    its files or in its messages."""
    found = leaks_in(git.do(*DIFF, f"{course.upstream}...{course.ours}"), known)
    log = git.do("log", "--format=%B", f"{course.upstream}..{course.ours}")
    if found or leaks(log, known):
        raise DeliveryError(
            End.LEAKED,
            f"{_kinds(found) or 'a secret in a message'} is in a commit of {course.branch}",
            remedy="take it out of the history (git rebase -i), and have its issuer revoke it: it"
            " may have been seen",
            places=[leak.place for leak in found],
        )


def refuse_leaks_in(text: str, what: str, known: re.Pattern[str] | None) -> None:
    """`DeliveryError` when a text that is to be sent holds a secret."""
    found = leaks(text, known)
    if found:
        raise DeliveryError(
            End.LEAKED,
            f"{_kinds(found)} is in {what}",
            remedy="take it out where it comes from, and read secrets from the environment",
            places=[leak.place for leak in found],
        )


def refuse_leaks_in_diff(diff: str, known: re.Pattern[str] | None) -> None:
    """`DeliveryError` when what a diff adds holds a secret."""
    found = leaks_in(diff, known)
    if found:
        raise DeliveryError(
            End.LEAKED,
            f"{_kinds(found)} would have been committed",
            remedy="read it from the environment; make it at run time in tests; say so in its text"
            " (example, fake) where it is none",
            places=[leak.place for leak in found],
        )


def _refuse_path(git: Git, path: str) -> None:
    whole = (git.root / path).resolve()
    top = git.root.resolve()
    if whole == top or top not in whole.parents or ".git" in whole.relative_to(top).parts:
        raise ConfigurationError(
            f"{path!r} is no path of the integration",
            remedy="name files and folders inside the working tree, and not all of it",
        )


def _refuse_others(git: Git, paths: tuple[str, ...]) -> None:
    staged = git.names("diff", "--cached", "--name-only", "--no-renames", "-z")
    found = [path for path in staged if not _is_inside(path, paths)]
    if found:
        raise DeliveryError(
            End.OUTSIDE,
            "something is staged that is not of the integration",
            remedy="commit it elsewhere or unstage it (git restore --staged), or name it with --path",
            places=found,
        )


def _refuse_leaks(git: Git, order: Order, paths: tuple[str, ...]) -> None:
    done = git.run(*DIFF, "--cached")
    if done.code:
        raise refused(done, "diff")
    try:
        refuse_leaks_in_diff(done.out, order.known)
    except DeliveryError:
        git.do("reset", "--quiet", "--", *paths)
        raise


def _changed(git: Git) -> tuple[str, ...]:
    status = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    changed = ((entry[:2], entry[3:]) for entry in git.names(*status))
    return tuple(path for how, path in changed if how != "??" or _COMPILED not in path.split("/"))


def _kinds(found: Iterable[Leak]) -> str:
    return ", ".join(dict.fromkeys(leak.kind for leak in found))


def _is_inside(path: str, paths: tuple[str, ...]) -> bool:
    path = path.rstrip("/")
    return any(path == each or path.startswith(f"{each.rstrip('/')}/") for each in paths)
