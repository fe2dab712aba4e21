"""A command line as plain commands with their words, or why it is none that can be judged by its words.

Only what is written out is read: words, quotes, pipes, lists, redirects to named files. Everything that the
shell would expand or compute, and every construct of its language, is a trouble, and nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.permissions import shell

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = frozenset(
    {
        *("program", "list", "pipeline", "command", "command_name", "redirected_statement"),
        *("word", "string", "string_content", "raw_string", "concatenation", "number", "comment"),
        *("file_redirect", "file_descriptor", "heredoc_redirect", "heredoc_start"),
        *("heredoc_body", "heredoc_end", "negated_command"),
    }
)
_SIGNS = frozenset({"&&", "||", ";", "|", "\n", '"', "!", "<<", "<", ">", ">>", ">&", ">|"})
_SAID = {
    "variable_assignment": "sets a variable for a command",
    "command_substitution": "puts another command's output into words",
    "process_substitution": "runs a command behind a file name",
    "simple_expansion": "holds a variable",
    "expansion": "holds a variable",
    "arithmetic_expansion": "computes",
    "function_definition": "defines a function",
    "declaration_command": "changes the shell",
    "unset_command": "changes the shell",
    "ansi_c_string": "holds a $'…' text",
    "translated_string": 'holds a $"…" text',
    "brace_expression": "holds braces that expand",
    "herestring_redirect": "gives a text as standard input",
    "subshell": "is a shell within",
    "compound_statement": "groups commands",
    "&": "runs a command in the background",
}
_EXPANDS = re.compile(r"(?<!\\)[*?\[\]{}]|^~")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to a file that is named: `writes` says which way."""

    target: str
    writes: bool


@dataclass(frozen=True, slots=True)
class Plain:
    """A command that is written out. `source` is as it stands; `words` are what the command gets."""

    source: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What a command line is: its commands, its redirects, and why it cannot be judged, if so."""

    commands: tuple[Plain, ...]
    redirects: tuple[Redirect, ...]
    troubles: tuple[str, ...]


def read(command: str) -> Line:
    """A command line. `ConfigurationError` as of `shell.tree`."""
    root = shell.tree(command)
    troubles = dict.fromkeys(_troubles(root))
    if root.has_error:
        troubles["is no shell that could be read whole"] = None
    if troubles:
        return Line((), (), tuple(troubles))
    commands = tuple(_plain(node) for node in shell.descendants(root, "command"))
    redirects = tuple(
        found
        for node in shell.descendants(root, "file_redirect")
        if (found := _redirect(node)) is not None
    )
    return Line(commands, redirects, ())


def _troubles(root: Any) -> Iterator[str]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        message = _message(node)
        if message is not None:
            continue
        known = node.type in _PLAIN if node.is_named else node.type in _SIGNS
        if not known:
            yield _SAID.get(node.type, f"has a {node.type.replace('_', ' ')}")
            continue
        if node.type == "word" and _EXPANDS.search(shell.text(node)):
            yield f"has a word that the shell expands: {shell.text(node)}"
        if node.type == "heredoc_start" and shell.text(node)[:1] not in {"'", '"'}:
            yield "has a here document in which the shell expands"
        waiting += node.children


def _message(node: Any) -> str | None:
    """The text of `"$(cat <<'EOF' … EOF)"`, by which agents write messages of several lines: literal, for
    its delimiter is quoted and nothing but `cat` reads it."""
    if node.type != "command_substitution" or node.parent.type != "string":
        return None
    inner = [child for child in node.children if child.is_named]
    if len(inner) != 1 or inner[0].type != "redirected_statement":
        return None
    parts = inner[0].children
    if [part.type for part in parts] != ["command", "heredoc_redirect"]:
        return None
    document = {child.type: child for child in parts[1].children}
    if set(document) != {"<<", "heredoc_start", "heredoc_body", "heredoc_end"}:
        return None
    quoted = shell.text(document["heredoc_start"])[:1] in {"'", '"'}
    if shell.text(parts[0]) != "cat" or not quoted:
        return None
    return shell.text(document["heredoc_body"]).rstrip("\n")


def _plain(node: Any) -> Plain:
    words = tuple(
        _canonical(child)
        for child in node.children
        if child.is_named and child.type not in {"file_redirect", "heredoc_redirect"}
    )
    parent = node.parent
    redirected = parent is not None and parent.type == "redirected_statement"
    return Plain(shell.text(parent if redirected else node).strip(), words)


def _canonical(node: Any) -> str:
    """The word that the command gets: without quotes and escapes."""
    match node.type:
        case "raw_string":
            return shell.text(node)[1:-1]
        case "string":
            return "".join(
                _ESCAPED_IN_QUOTES.sub(r"\1", shell.text(child))
                if child.type == "string_content"
                else (_message(child) or "")
                for child in node.children
            )
        case "concatenation" | "command_name":
            return "".join(_canonical(child) for child in node.children)
        case _:
            return _ESCAPED.sub(
                lambda match: "" if match[1] == "\n" else match[1], shell.text(node)
            )


_ESCAPED_IN_QUOTES = re.compile(r"\\([$`\"\\\n])")


def _redirect(node: Any) -> Redirect | None:
    """None for one from descriptor to descriptor."""
    sign = next(child.type for child in node.children if not child.is_named)
    target = node.children[-1]
    if sign == ">&" and target.type == "number":
        return None
    return Redirect(_canonical(target), sign != "<")
