"""What Block Kit takes: as much of its rules as refuses the mistakes that are made most.
https://docs.slack.dev/reference/block-kit/blocks, read 2026-11."""

from __future__ import annotations

from typing import Any

from bridgewright.simulate.slack.trouble import SlackError

MOST = 50
"""Blocks of one message."""
LONGEST = 3_000
"""Characters of a text within a block."""
LONGEST_HEADER = 150
KINDS = frozenset(
    "actions alert call card carousel context context_actions divider file header image input markdown"
    " plan rich_text section share_shortcut table task_card video".split()
)
_TEXTS = frozenset({"plain_text", "mrkdwn"})
_NEEDED = {
    "actions": "elements",
    "context": "elements",
    "header": "text",
    "image": "alt_text",
    "input": "element",
    "markdown": "text",
    "rich_text": "elements",
}


def checked(blocks: list[Any]) -> list[Any]:
    """The blocks, if Slack takes them; SlackError that points at the first that it does not."""
    if len(blocks) > MOST:
        raise _invalid(f"no more than {MOST} items allowed", "")
    for at, block in enumerate(blocks):
        _check(block, f"/{at}")
    return blocks


def _check(block: Any, at: str) -> None:
    if not isinstance(block, dict):
        raise _invalid("must be an object", at)
    kind = block.get("type")
    if kind is None:
        raise _invalid("missing required field: type", at)
    if not isinstance(kind, str) or kind not in KINDS:
        raise _invalid(f"unsupported type: {kind}", f"{at}/type")
    needed = _NEEDED.get(kind)
    if needed is not None and needed not in block:
        raise _invalid(f"missing required field: {needed}", at)
    if kind == "section" and not ({"text", "fields"} & set(block)):
        raise _invalid("missing required field: text or fields", at)
    if kind in {"section", "header"} and "text" in block:
        _check_text(block["text"], f"{at}/text", header=kind == "header")
    for index, element in enumerate(_elements(block, at)):
        if not isinstance(element, dict) or not isinstance(element.get("type"), str):
            raise _invalid("must be an object with a type", f"{at}/elements/{index}")


def _elements(block: dict[str, Any], at: str) -> list[Any]:
    elements = block.get("elements", [])
    if not isinstance(elements, list):
        raise _invalid("must be an array", f"{at}/elements")
    return elements


def _check_text(text: Any, at: str, *, header: bool) -> None:
    allowed = {"plain_text"} if header else _TEXTS
    if not isinstance(text, dict) or text.get("type") not in allowed:
        raise _invalid(f"must be a text object of type {' or '.join(sorted(allowed))}", at)
    said, most = text.get("text"), LONGEST_HEADER if header else LONGEST
    if not isinstance(said, str) or not said:
        raise _invalid("must be more than 0 characters", f"{at}/text")
    if len(said) > most:
        raise _invalid(f"must be less than {most + 1} characters", f"{at}/text")


def _invalid(what: str, at: str) -> SlackError:
    return SlackError("invalid_blocks", f"{what} [json-pointer:/blocks{at}]")
