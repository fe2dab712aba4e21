"""Runs one proof by its name, or lists them: `python -m proofs [NAME]`."""

from __future__ import annotations

import ast
import pkgutil
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

import proofs


def main(arguments: list[str]) -> int:
    """Run the proof that is named; 2 when there is none of that name."""
    known = [found.name for found in pkgutil.iter_modules(proofs.__path__) if found.name[0] != "_"]
    if len(arguments) == 1 and arguments[0] in known:
        runpy.run_module(f"proofs.{arguments[0]}", run_name="__main__", alter_sys=True)
        return 0
    if arguments:
        print(f"There is no proof {' '.join(arguments)!r}.\n", file=sys.stderr)
    print("make proof NAME=…", file=sys.stderr)
    for name in known:
        print(f"  {name:12} {described(name)}", file=sys.stderr)
    return 2


def described(name: str) -> str:
    """The first line of a proof's docstring, without running the proof."""
    spec = find_spec(f"proofs.{name}")
    if spec is None or spec.origin is None:
        return ""
    text = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))
    return (text or "").partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
