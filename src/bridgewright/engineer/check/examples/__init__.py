"""For each rule what it objects to, and what not: of its page, and of its tests."""

from __future__ import annotations

import re
from importlib.resources import files

_FILE = re.compile(r"(?m)^== (bad|good): (\S+)\n")


def example(code: str) -> tuple[dict[str, str], dict[str, str]]:
    """The files, by their paths, of a project that a rule objects to, and of one that it does not.
    `FileNotFoundError` for a rule without examples."""
    text = files(__name__).joinpath(f"{code}.txt").read_text(encoding="utf-8")
    _, *parts = _FILE.split(text)
    sides: dict[str, dict[str, str]] = {"bad": {}, "good": {}}
    for kind, path, content in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        sides[kind][path] = content
    return sides["bad"], sides["good"]
