"""A document on disk, JSON or YAML, as plain values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class UnreadError(Exception):
    """It cannot be read; the text says why. `remedy` is what to do, where the reason does not say it."""

    def __init__(self, why: str, remedy: str = "") -> None:
        self.remedy = remedy
        super().__init__(why)


def content(path: Path, largest_bytes: int) -> Any:
    """The values in a file: JSON where it begins with a brace, YAML otherwise, by PyYAML's safe loader.
    UTF-8, with a mark or without. `UnreadError` for a larger file, and for one that is neither."""
    try:
        if path.stat().st_size > largest_bytes:
            raise UnreadError(f"{path.name} is larger than {largest_bytes} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadError(f"{path.name} cannot be read: {type(error).__name__}") from None
    try:
        return json.loads(text) if text.lstrip().startswith("{") else _of_yaml(text, path)
    except (ValueError, RecursionError) as error:
        raise UnreadError(f"{path.name} cannot be read: {str(error)[:200]!a}") from None


def _of_yaml(text: str, path: Path) -> Any:
    try:
        import yaml  # noqa: PLC0415 - not everybody has it, or needs it
    except ImportError:
        raise UnreadError(
            f"{path.name} is YAML, and PyYAML is not installed",
            "pip install pyyaml, or give the document as JSON",
        ) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
