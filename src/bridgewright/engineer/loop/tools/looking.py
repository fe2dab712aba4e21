"""Tools that look at the project and change nothing."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.guidance import within as within_folder
from bridgewright.engineer.guidance.skilled import skill_text
from bridgewright.engineer.loop.tools.words import (
    Argument,
    Tool,
    marked,
    shortened,
    source,
    strayed,
)
from bridgewright.engineer.loop.words import Result
from bridgewright.engineer.offering.confinement import Sort, confined
from bridgewright.engineer.permissions.matching import action
from bridgewright.engineer.permissions.words import Action
from bridgewright.engineer.sandbox.credentials import names_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bridgewright.engineer.loop.ground import Ground

_OUT = frozenset({"is outside the project", "leads out of the project"})
MOST_PATHS = 500
MOST_LINES = 2_000
"""Of a file that is read at once."""
MOST_HITS = 200
_FILE = "A file, relative to the project."
_FOLDER = Argument("folder", "A folder, relative to the project; all without it.", needed=False)


def looking(ground: Ground) -> Iterator[Tool]:
    """read, list, search, git_diff and, where there are skills, skill."""
    yield Tool(
        "read",
        f"Read a text file, at most {MOST_LINES} lines at once.",
        lambda given: _read(ground, given),
        (
            Argument("path", _FILE),
            Argument("first_line", "The first line, from 1.", "integer", needed=False),
            Argument("lines", "How many lines.", "integer", needed=False),
        ),
    )
    yield Tool(
        "list", "List the files of the project.", lambda given: _list(ground, given), (_FOLDER,)
    )
    yield Tool(
        "search",
        "Find a text, as it is written, in the files of the project.",
        lambda given: _search(ground, given),
        (Argument("text", "The text."), _FOLDER),
    )
    yield Tool("git_diff", "Show what differs from the base.", lambda _: _diff(ground))
    if ground.skills:
        names = ", ".join(each.name for each in ground.skills)
        yield Tool(
            "skill",
            f"Read a skill: how a part of the work is done here. There are: {names}.",
            lambda given: _skill(ground, given),
            (
                Argument("name", "Its name."),
                Argument("file", "A file of it, SKILL.md without it.", needed=False),
            ),
        )


def reachable(path: str) -> bool:
    """Whether the name of a file of the project is not hidden, and of no credential."""
    parts = path.split("/")
    return not any(part.startswith(".") for part in parts) and not names_one(parts)


def permitted(ground: Ground, permission: str, path: str) -> Result | None:
    """A refusal where the definition does not allow a path: with nobody there to ask, `ask` is a no."""
    if ground.rules and action(ground.rules, permission, path) is not Action.ALLOW:
        return Result(f"refused: the definition does not allow to {permission} {path}", failed=True)
    return None


def within(ground: Ground, text: str, sort: Sort) -> str | Result:
    """The path that is named. A refusal for one outside the project, inside git's folder, or of a credential;
    `ConfigurationError` for one that is only wrong, or hidden."""
    try:
        return confined(ground.root, text, sort)
    except ConfigurationError as error:
        parts = text.split("/")
        if error.problem in _OUT or ".git" in parts or names_one(parts):
            return strayed(str(error))
        raise


def remembered(ground: Ground, path: str) -> bool:
    """Whether it is memory of the definition's, which may be read although its folder is hidden."""
    inside = ".." not in path.split("/") and not names_one(path.split("/"))
    return inside and any(fnmatchcase(path, each) for each in ground.definition.memory)


def _read(ground: Ground, given: Mapping[str, Any]) -> Result:
    path: str | Result = given["path"]
    if not (remembered(ground, given["path"]) and (ground.root / given["path"]).is_file()):
        path = within(ground, given["path"], Sort.FILE)
    if isinstance(path, Result):
        return path
    refusal = permitted(ground, "read", path)
    if refusal is not None:
        return refusal
    lines = within_folder.content(ground.root, path).lines()
    first = given.get("first_line", 1)
    shown = lines[first - 1 : first - 1 + min(given.get("lines", MOST_LINES), MOST_LINES)]
    told = f"{path}, lines {first} to {first + len(shown) - 1} of {len(lines)}"
    return Result(marked(told, source("\n".join(shown), ground.redaction)))


def _list(ground: Ground, given: Mapping[str, Any]) -> Result:
    folder = _folder(ground, given)
    if isinstance(folder, Result):
        return folder
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", folder)
    paths = sorted({each for each in ground.git.names(*words) if reachable(each)})
    return Result(marked(f"{len(paths)} files", _cut(paths, MOST_PATHS)))


def _search(ground: Ground, given: Mapping[str, Any]) -> Result:
    folder = _folder(ground, given)
    if isinstance(folder, Result):
        return folder
    words = ("grep", "-n", "-I", "-F", "--untracked", "--no-color", "-z", "-e", given["text"])
    done = ground.git.run(*words, "--", folder)
    if done.code > 1:
        raise ConfigurationError(f"the search failed: {done.reason}", remedy="search for less")
    hits = [line.split("\0", 2) for line in done.out.splitlines()]
    found = [
        f"{hit[0]}:{hit[1]}: {hit[2][:300]}"
        for hit in hits
        if len(hit) > 2 and reachable(hit[0])  # noqa: PLR2004 - path, line, text
    ]
    text = source(_cut(found, MOST_HITS), ground.redaction)
    return Result(marked(f"{len(found)} lines", text))


def _diff(ground: Ground) -> Result:
    words = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", ground.fork())
    kept = [each for each in ground.changed() if reachable(each)]
    shown = ground.git.run(*words, "--", *kept).out if kept else ""
    new = [each for each in kept if f"b/{each}\n" not in shown]
    told = shortened(shown) + "".join(f"new file: {each}\n" for each in new)
    return Result(marked(f"{len(kept)} files differ", source(told, ground.redaction)))


def _skill(ground: Ground, given: Mapping[str, Any]) -> Result:
    known = {each.name: each for each in ground.skills}
    if given["name"] not in known:
        raise ConfigurationError(
            f"there is no skill {given['name'][:80]!a}", remedy=f"there are: {', '.join(known)}"
        )
    text = skill_text(known[given["name"]], given.get("file", "SKILL.md"))
    return Result(shortened(source(text, ground.redaction)))


def _folder(ground: Ground, given: Mapping[str, Any]) -> str | Result:
    if "folder" not in given or given["folder"] in {"", ".", "./"}:
        return "."
    return within(ground, given["folder"], Sort.FOLDER)


def _cut(lines: Iterable[str], most: int) -> str:
    kept = list(lines)
    more = f"\n… {len(kept) - most} more" if len(kept) > most else ""
    return "\n".join(kept[:most]) + more
