"""Files by their paths: read, written, taken away; each change a commit.

https://docs.github.com/rest/repos/contents, as known 2026-11: a file is sent in Base64; who changes one names
the blob that is replaced, and 409 says that another is there.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import quote

from bridgewright.simulate.github import history, refs
from bridgewright.simulate.github.ask import instant_of
from bridgewright.simulate.github.git import Person
from bridgewright.simulate.github.trouble import not_found, refused, said
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.git import Commit
    from bridgewright.simulate.github.world import Repository
    from bridgewright.simulate.wire import Content

    Tree = Mapping[str, str]

RAW = "application/vnd.github.raw"
LINE = 60
"""How many digits of Base64 GitHub writes on a line."""
_FAILED = 'Invalid request.\n\n"sha" wasn\'t supplied.'


def get_content(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/contents/{path}`: a file, or what is in a folder."""
    repository, path = ask.repository, ask.names.get("path", "").strip("/")
    asked_of = ask.query.get("ref", "")
    sha = history.resolve(ask.world, repository, asked_of)
    if not sha and not repository.refs:
        raise refused(404, "This repository is empty.")
    if not sha:
        raise refused(404, f"No commit found for the ref {asked_of}")
    ref = asked_of or repository.default_branch
    tree = ask.world.objects.files(sha)
    if path in tree:
        return _file(ask, repository, path, tree[path], ref)
    return said(_folder(ask, repository, path, tree, ref))


def create_or_update_file_contents(ask: Ask) -> Reply:
    """`PUT /repos/{owner}/{repo}/contents/{path}`."""
    repository, path = ask.repository, _good(ask.names["path"])
    content = _decoded(ask.body["content"])
    tree = dict(_tree(ask, repository))
    _compare(path, tree.get(path), ask.body.get("sha"))
    existed = path in tree
    tree[path] = ask.world.objects.blob(content)
    _refuse_tangle(path, tree)
    commit = _commit(ask, repository, tree)
    ref = _branch(ask, repository)
    shown = _entry(ask, repository, path, tree[path], ref)
    told = {"content": shown, "commit": _told(ask, repository, commit)}
    return said(told, 200 if existed else 201)


def delete_file(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/contents/{path}`."""
    repository, path = ask.repository, _good(ask.names["path"])
    tree = dict(_tree(ask, repository))
    if path not in tree:
        raise not_found()
    _compare(path, tree[path], ask.body["sha"])
    del tree[path]
    commit = _commit(ask, repository, tree)
    return said({"content": None, "commit": _told(ask, repository, commit)})


def _file(ask: Ask, repository: Repository, path: str, blob: str, ref: str) -> Reply:
    content = ask.world.objects.blobs[blob]
    accept = ask.heard.header("accept") or ""
    if ".raw" in accept and "github" in accept:
        return Reply(200, (("content-type", f"{RAW}; charset=utf-8"),), content)
    digits = base64.b64encode(content).decode()
    lines = [digits[at : at + LINE] + "\n" for at in range(0, len(digits), LINE)]
    told = _entry(ask, repository, path, blob, ref)
    return said(told | {"content": "".join(lines), "encoding": "base64"})


def _folder(ask: Ask, repository: Repository, path: str, tree: Tree, ref: str) -> list[Content]:
    within = f"{path}/" if path else ""
    names: dict[str, str] = {}
    for each, blob in sorted(tree.items()):
        if each.startswith(within):
            first, _, rest = each.removeprefix(within).partition("/")
            names[first] = "" if rest else blob
    if not names and path:
        raise not_found()
    rows = []
    for name, blob in names.items():
        if blob:
            rows.append(_entry(ask, repository, within + name, blob, ref))
        else:
            inside = f"{within}{name}/"
            below = {p.removeprefix(inside): b for p, b in tree.items() if p.startswith(inside)}
            sha = ask.world.objects.tree(below)
            rows.append(_entry(ask, repository, within + name, sha, ref, kind="dir"))
    return rows


def _entry(  # noqa: PLR0913 - what an entry is made of
    ask: Ask, repository: Repository, path: str, sha: str, ref: str, *, kind: str = "file"
) -> Content:
    home = f"{ask.world.url}/repos/{repository.full_name}"
    page = f"{ask.world.url}/{repository.full_name}"
    url = f"{home}/contents/{quote(path)}?ref={quote(ref)}"
    is_file = kind == "file"
    git = f"{home}/git/{'blobs' if is_file else 'trees'}/{sha}"
    html = f"{page}/{'blob' if is_file else 'tree'}/{ref}/{path}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": len(ask.world.objects.blobs[sha]) if is_file else 0,
        "url": url,
        "html_url": html,
        "git_url": git,
        "download_url": f"{page}/raw/{ref}/{path}" if is_file else None,
        "type": kind,
        "_links": {"self": url, "git": git, "html": html},
    }


def _branch(ask: Ask, repository: Repository) -> str:
    found: str = ask.body.get("branch") or repository.default_branch
    return found


def _tree(ask: Ask, repository: Repository) -> Tree:
    branch = _branch(ask, repository)
    sha = repository.refs.get(f"heads/{branch}")
    if sha is None and (repository.refs or branch != repository.default_branch):
        raise refused(404, f"Branch {branch} not found")
    return ask.world.objects.files(sha or "")


def _compare(path: str, there: str | None, given: str | None) -> None:
    if there is not None and not given:
        raise refused(422, _FAILED)
    if given and given != there:
        raise refused(409, f"{path} does not match {given[:100]}")


def _commit(ask: Ask, repository: Repository, tree: Tree) -> Commit:
    ref = f"heads/{_branch(ask, repository)}"
    parents = (repository.refs[ref],) if ref in repository.refs else ()
    committer = _person(ask, "committer", history.person(ask.world, ask.me))
    author = _person(ask, "author", committer)
    message = ask.body["message"]
    commit = ask.world.objects.commit(tree, parents, message, author, committer)
    refs.move(ask.world, repository, ref, commit.sha, ask.me)
    return commit


def _person(ask: Ask, name: str, otherwise: Person) -> Person:
    given = ask.body.get(name)
    if not given:
        return otherwise
    at_s = instant_of(given.get("date"), "date")
    return Person(given["name"], given["email"], otherwise.at_s if at_s is None else at_s)


def _told(ask: Ask, repository: Repository, commit: Commit) -> Content:
    found = history.shown(ask.world, repository, commit)
    inside = found["commit"]
    kept = ("author", "committer", "message", "tree", "verification")
    told = {"sha": commit.sha, "node_id": found["node_id"], "url": inside["url"]}
    told |= {"html_url": found["html_url"], "parents": found["parents"]}
    return told | {name: inside[name] for name in kept}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise refused(422, "content is not valid Base64") from None


def _good(path: str) -> str:
    """A path that git takes."""
    parts = path.split("/")
    if not all(parts) or {".", "..", ".git"} & set(parts) or "\0" in path:
        raise refused(422, "path contains a malformed path component")
    return path


def _refuse_tangle(path: str, tree: Tree) -> None:
    """No file may be where another path needs a folder."""
    parts = path.split("/")
    above = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
    if above & set(tree) or any(each.startswith(f"{path}/") for each in tree):
        raise refused(422, "path contains a malformed path component")
