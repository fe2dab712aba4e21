"""A command line into its tree, by tree-sitter-bash, as OpenCode reads it too.

The grammar decides what a command is; it is pinned by the lock, and the corpus of tests is read with it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 65_536
"""A longer command line is no command that somebody read: it is refused."""


@lru_cache(maxsize=1)
def _parser() -> Any:
    try:
        import tree_sitter  # noqa: PLC0415 - an extra, and slow to import
        import tree_sitter_bash  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError(
            "a shell's command cannot be read without tree-sitter",
            place="bridgewright[agent]",
            remedy="pip install 'bridgewright[agent]'",
        ) from None
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def tree(command: str) -> Any:
    """The root node of a command line. `ConfigurationError` when it is too long, is no UTF-8 or holds NUL,
    or when tree-sitter is not installed."""
    try:
        data = command.encode()
    except UnicodeEncodeError:
        raise ConfigurationError("the command is no text", remedy="write it as UTF-8") from None
    if len(data) > MOST_BYTES:
        problem = f"the command has {len(data)} bytes; one that is read has at most {MOST_BYTES}"
        raise ConfigurationError(problem, remedy="put what it says into a file")
    if "\0" in command:
        raise ConfigurationError("the command holds NUL", remedy="no shell takes one")
    return _parser().parse(data).root_node


def text(node: Any) -> str:
    """The source of a node."""
    found: bytes = node.text
    return found.decode("utf-8", "replace")


def descendants(node: Any, kind: str) -> Iterator[Any]:
    """All nodes of a kind below one, and itself, from left to right."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.type == kind:
            yield current
        waiting += reversed(current.children)
