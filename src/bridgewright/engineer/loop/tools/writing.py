"""Tools that write, and only where the integration is."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.encoded import Encoded
from bridgewright.engineer.leaks.texts import leaks
from bridgewright.engineer.loop.ground import is_inside
from bridgewright.engineer.loop.tools.looking import permitted
from bridgewright.engineer.loop.tools.words import Argument, Tool, leaked, strayed
from bridgewright.engineer.loop.words import Result
from bridgewright.engineer.manifest.reading import read
from bridgewright.engineer.manifest.words import FILE
from bridgewright.engineer.offering.confinement import Sort, confined, inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.loop.ground import Ground

_PATH = Argument("path", "A file of the integration, relative to the project.")


def writing(ground: Ground) -> Iterator[Tool]:
    """Tools `write` and `edit`."""
    yield Tool(
        "write",
        "Write a whole file of the integration: its package, its tests, its page.",
        lambda given: _write(ground, given),
        (_PATH, Argument("text", "All that it is to say.")),
    )
    yield Tool(
        "edit",
        "Replace a text that stands in a file of the integration once.",
        lambda given: _edit(ground, given),
        (
            _PATH,
            Argument("old", "The text as it stands there, once."),
            Argument("new", "The text in its place."),
        ),
    )


def _write(ground: Ground, given: Mapping[str, Any]) -> Result:
    path = _place(ground, given["path"])
    if isinstance(path, Result):
        return path
    there = ground.root / path
    if there.is_dir():
        raise ConfigurationError("is a folder", place=path, remedy="name a file")
    was = encoded.read(there, path) if there.is_file() else None
    text = _alike(given["text"], was)
    if was is not None and was.text == text:
        return Result(f"{path} says so already")
    return _kept(ground, path, was, text)


def _edit(ground: Ground, given: Mapping[str, Any]) -> Result:
    path = _place(ground, given["path"])
    if isinstance(path, Result):
        return path
    if not (ground.root / path).is_file():
        raise ConfigurationError("is not there", place=path, remedy="write it")
    was = encoded.read(ground.root / path, path)
    old, new = (given[name].replace("\r\n", "\n") for name in ("old", "new"))
    text = was.text.replace("\r\n", "\n")
    count = text.count(old) if old else 0
    if count != 1:
        raise ConfigurationError(
            f"the old text stands there {count} times",
            place=path,
            remedy="read the file, and give a text that stands there once",
        )
    return _kept(ground, path, was, _alike(text.replace(old, new), was))


def _alike(text: str, was: Encoded | None) -> str:
    """With the line ends that the file has."""
    return text.replace("\r\n", "\n").replace("\n", was.newline if was else "\n")


def _place(ground: Ground, text: str) -> str | Result:
    try:
        path = confined(ground.root, text, Sort.NEW)
    except ConfigurationError as error:
        return strayed(str(error))
    writable = ground.writable()
    if not writable:
        raise ConfigurationError(
            "there is no integration to write in", place=path, remedy="scaffold one first"
        )
    true = inside(ground.root, path).as_posix()
    if not (is_inside(path, writable) and is_inside(true, writable)):
        return strayed(f"{path} is not of the integration, which is {', '.join(writable)}")
    if ground.is_others(path):
        return strayed(f"{path} was there before the integration, and is none of it")
    if path.endswith(f"/{FILE}") and not (ground.root / path).exists():
        return strayed("only `scaffold` begins an integration")
    return permitted(ground, "edit", path) or path


def _kept(ground: Ground, path: str, was: Encoded | None, text: str) -> Result:
    found = leaks(text, ground.redaction.known)
    if found:
        lines = ", ".join(f"line {each.line}: {each.kind}" for each in found[:5])
        return leaked(
            f"{path} would hold a secret ({lines}): read it from the environment, make it at run time in"
            " tests, or say in its text that it is an example"
        )
    made = Encoded(text) if was is None else Encoded(text, was.encoding, was.mark, was.newline)
    try:
        encoded.write(ground.root / path, made, ground.spare)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
        raise ConfigurationError(
            problem, place=ascii(path[:80]), remedy="name another file"
        ) from None
    if was is not None and path.endswith(f"/{FILE}"):
        _hold(ground, path, was)
    return Result(f"{path}: {len(text.splitlines())} lines written")


def _hold(ground: Ground, path: str, was: Encoded) -> None:
    """Take back a manifest that cannot be read, or calls itself otherwise: by its name and its place it is
    known what the integration is."""
    try:
        named = read(ground.root / path, ground.root).name
        was_named = tomllib.loads(was.text)["integration"]["name"]
    except ConfigurationError:
        encoded.write(ground.root / path, was, ground.spare)
        raise
    if named != was_named:
        encoded.write(ground.root / path, was, ground.spare)
        raise ConfigurationError("an integration keeps its name", place=path, remedy=f"{was_named}")
