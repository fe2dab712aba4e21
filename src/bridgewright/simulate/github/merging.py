"""How a pull request becomes part of its base: merged, squashed or rebased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.github import history
from bridgewright.simulate.github.trouble import refused

if TYPE_CHECKING:
    from bridgewright.simulate.github.records import Account, Issue
    from bridgewright.simulate.github.world import Repository, World

    Words = tuple[str | None, str | None]


def merged(  # noqa: PLR0913 - what a merge is made of
    world: World,
    repository: Repository,
    issue: Issue,
    sender: Account,
    method: str = "merge",
    words: Words = (None, None),
) -> str:
    """The commit that holds base and head; `words` are title and message in place of GitHub's own."""
    pull = issue.pull
    base = repository.refs[f"heads/{pull.base.ref}"] if pull else ""
    tree = world.objects.merged(base, pull.head.sha) if pull else None
    if pull is None or tree is None:
        raise refused(405, "Pull Request is not mergeable")
    if method == "rebase":
        return _rebased(world, base, pull.head.sha, sender)
    owner = pull.head.repository.partition("/")[0]
    title, message = f"{issue.title} (#{issue.number})", ""
    parents: tuple[str, ...] = (base,)
    if method == "merge":
        title = f"Merge pull request #{issue.number} from {owner}/{pull.head.ref}"
        message, parents = issue.title, (base, pull.head.sha)
    title = words[0] or title
    message = message if words[1] is None else words[1]
    text = f"{title}\n\n{message}" if message else title
    return world.objects.commit(tree, parents, text, history.person(world, sender)).sha


def _rebased(world: World, base: str, head: str, sender: Account) -> str:
    """Each commit of the head once more, on the base."""
    objects = world.objects
    tree, tip = dict(objects.files(base)), base
    for commit in objects.ahead(base, head):
        if len(commit.parents) != 1:
            continue
        for change in objects.changes(objects.files(commit.parents[0]), commit.tree):
            if change.status == "removed":
                tree.pop(change.path, None)
            else:
                tree[change.path] = change.sha
        committer = history.person(world, sender)
        tip = objects.commit(tree, (tip,), commit.message, commit.author, committer).sha
    return tip
