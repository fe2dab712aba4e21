"""Commits, trees and blobs, read and made.

https://docs.github.com/rest/commits/commits and https://docs.github.com/rest/git, as known 2026-11.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from bridgewright.simulate.github import history
from bridgewright.simulate.github.ask import instant_of
from bridgewright.simulate.github.git import Person
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.trouble import not_found, refused, said, unsimulated
from bridgewright.simulate.github.world import node

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.git import Commit
    from bridgewright.simulate.github.world import Repository
    from bridgewright.simulate.wire import Content, Reply

_FILE = "100644"


def list_commits(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/commits`, the newest first."""
    repository, query = ask.repository, ask.query
    if not repository.refs:
        raise refused(409, "Git Repository is empty.")
    sha = history.resolve(ask.world, repository, query.get("sha", ""))
    if not sha:
        raise not_found()
    since_s, until_s = ask.instant("since"), ask.instant("until")
    author, path = query.get("author"), query.get("path", "").strip("/")
    found = [
        each
        for each in ask.world.objects.history(sha)
        if (since_s is None or each.committer.at_s >= since_s)
        and (until_s is None or each.committer.at_s <= until_s)
        and (author is None or author in {each.author.name, each.author.email})
        and (not path or _touches(ask, each, path))
    ]
    return page(ask, found, lambda each: history.shown(ask.world, repository, each))


def get_commit(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/commits/{ref}`."""
    repository = ask.repository
    sha = history.resolve(ask.world, repository, ask.names["ref"])
    if not sha:
        raise refused(422, f"No commit found for SHA: {ask.names['ref'][:100]}")
    return said(history.full(ask.world, repository, ask.world.objects.commits[sha]))


def compare_commits(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/compare/{basehead}`: how far `base...head` are apart."""
    repository, world = ask.repository, ask.world
    names = ask.names["basehead"].split("...")
    found = [history.resolve(world, repository, each) for each in names if each]
    if len(found) != 2 or "" in found:  # noqa: PLR2004 - a base and a head
        raise not_found()
    base, head = found
    ahead, behind = world.objects.ahead(base, head), world.objects.ahead(head, base)
    origin = world.objects.fork_point(base, head)
    if not origin:
        raise refused(404, f"No common ancestor between {names[0][:100]} and {names[1][:100]}.")
    files = world.objects.changes(world.objects.files(origin), world.objects.files(head))
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind"
    url = f"{world.url}/repos/{repository.full_name}/compare/{ask.names['basehead']}"
    page_of = f"{world.url}/{repository.full_name}/compare/{ask.names['basehead']}"
    told = {
        "url": url,
        "html_url": page_of,
        "permalink_url": page_of,
        "diff_url": f"{page_of}.diff",
        "patch_url": f"{page_of}.patch",
        "base_commit": _commit_of(ask, repository, base),
        "merge_base_commit": _commit_of(ask, repository, origin),
        "status": status if ahead or behind else "identical",
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [history.shown(world, repository, each) for each in ahead],
        "files": [history.change(world, repository, head, each) for each in files],
    }
    return said(told)


def get_git_commit(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/git/commits/{commit_sha}`."""
    repository = ask.repository
    found = ask.world.objects.commits.get(ask.names["commit_sha"])
    if found is None:
        raise not_found()
    return said(_bare(ask, repository, found))


def create_git_commit(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/git/commits`: a commit that no ref leads to yet."""
    repository, objects = ask.repository, ask.world.objects
    tree = objects.trees.get(ask.body["tree"])
    if tree is None:
        raise refused(422, "Tree SHA does not exist")
    parents = tuple(ask.body.get("parents") or ())
    if any(each not in objects.commits for each in parents):
        raise refused(422, "Parent SHA does not exist or is not a commit object")
    author = _person(ask, "author", history.person(ask.world, ask.me))
    committer = _person(ask, "committer", author)
    made = objects.commit(tree, parents, ask.body["message"], author, committer)
    return said(_bare(ask, repository, made), 201)


def get_tree(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/git/trees/{tree_sha}`."""
    repository, objects = ask.repository, ask.world.objects
    name = ask.names["tree_sha"]
    found = objects.trees.get(name)
    if found is None:
        commit = objects.commits.get(history.resolve(ask.world, repository, name))
        if commit is None:
            raise not_found()
        name, found = commit.tree_sha, commit.tree
    return said(_tree(ask, repository, name, dict(found)))


def create_tree(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/git/trees`: files put into another tree, or into none."""
    repository, objects = ask.repository, ask.world.objects
    base = ask.body.get("base_tree")
    known = objects.commits.get(base or "")
    tree = dict(known.tree if known else objects.trees.get(base or "", {}))
    if base and known is None and base not in objects.trees:
        raise refused(422, "base_tree is not a valid tree oid")
    for entry in ask.body["tree"]:
        _put(ask, tree, entry)
    named = objects.tree(tree)
    return said(_tree(ask, repository, named, tree), 201)


def get_blob(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/git/blobs/{file_sha}`."""
    repository, sha = ask.repository, ask.names["file_sha"]
    found = ask.world.objects.blobs.get(sha)
    if found is None:
        raise not_found()
    told = _blob(ask, repository, sha)
    told |= {"node_id": node("B", int(sha[:12], 16)), "size": len(found), "encoding": "base64"}
    return said(told | {"content": base64.encodebytes(found).decode()})


def create_blob(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/git/blobs`."""
    repository, content = ask.repository, ask.body["content"].encode()
    if ask.body.get("encoding", "utf-8") == "base64":
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            raise refused(422, "content is not valid Base64") from None
    return said(_blob(ask, repository, ask.world.objects.blob(content)), 201)


def _put(ask: Ask, tree: dict[str, str], entry: Content) -> None:
    """Put one entry of a new tree: a blob, a text, or null for what is taken away."""
    path, blobs = str(entry.get("path", "")), ask.world.objects.blobs
    if entry.get("type", "blob") != "blob" or entry.get("mode", _FILE) != _FILE:
        raise unsimulated("A tree of other entries than ordinary files")
    parts = path.split("/")
    above = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
    if not all(parts) or above & set(tree) or any(each.startswith(f"{path}/") for each in tree):
        raise refused(422, "tree.path contains a malformed path component")
    if "content" in entry:
        tree[path] = ask.world.objects.blob(str(entry["content"]).encode())
    elif entry.get("sha") is None:
        tree.pop(path, None)
    elif entry["sha"] in blobs:
        tree[path] = entry["sha"]
    else:
        raise refused(422, "tree.sha is not a valid blob")


def _tree(ask: Ask, repository: Repository, named: str, tree: dict[str, str]) -> Content:
    home = f"{ask.world.url}/repos/{repository.full_name}/git"
    rows, recursive = [], bool(ask.query.get("recursive"))
    folders: dict[str, dict[str, str]] = {}
    for path, sha in sorted(tree.items()):
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folders.setdefault("/".join(parts[:depth]), {})["/".join(parts[depth:])] = sha
        if recursive or len(parts) == 1:
            size = len(ask.world.objects.blobs[sha])
            row = {"path": path, "mode": _FILE, "type": "blob", "sha": sha, "size": size}
            rows.append(row | {"url": f"{home}/blobs/{sha}"})
    for path, inside in folders.items():
        if recursive or "/" not in path:
            sha = ask.world.objects.tree(inside)
            row = {"path": path, "mode": "040000", "type": "tree", "sha": sha}
            rows.append(row | {"url": f"{home}/trees/{sha}"})
    rows.sort(key=lambda row: str(row["path"]))
    return {"sha": named, "url": f"{home}/trees/{named}", "tree": rows, "truncated": False}


def _bare(ask: Ask, repository: Repository, commit: Commit) -> Content:
    found = history.shown(ask.world, repository, commit)
    inside = found["commit"]
    told = {"sha": commit.sha, "node_id": found["node_id"], "url": inside["url"]}
    told |= {"html_url": found["html_url"], "parents": found["parents"]}
    kept = ("author", "committer", "message", "tree", "verification")
    return told | {name: inside[name] for name in kept}


def _blob(ask: Ask, repository: Repository, sha: str) -> Content:
    url = f"{ask.world.url}/repos/{repository.full_name}/git/blobs/{sha}"
    return {"sha": sha, "url": url}


def _commit_of(ask: Ask, repository: Repository, sha: str) -> Content:
    return history.shown(ask.world, repository, ask.world.objects.commits[sha])


def _touches(ask: Ask, commit: Commit, path: str) -> bool:
    before = ask.world.objects.files(commit.parents[0]) if commit.parents else {}
    return any(
        before.get(each) != commit.tree.get(each)
        for each in {**before, **commit.tree}
        if each == path or each.startswith(f"{path}/")
    )


def _person(ask: Ask, name: str, otherwise: Person) -> Person:
    given = ask.body.get(name)
    if not given:
        return otherwise
    at_s = instant_of(given.get("date"), "date")
    return Person(given["name"], given["email"], otherwise.at_s if at_s is None else at_s)
