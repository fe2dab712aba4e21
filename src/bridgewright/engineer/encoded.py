"""A text file of somebody else's: whatever it is encoded in is read, and kept where it is edited.

Definitions, plans and findings are written by editors and shells of every system: PowerShell's `>` makes
UTF-16 with a byte order mark, git on Windows makes CRLF.
"""

from __future__ import annotations

import codecs
import os
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks, the longer first: that of UTF-32 begins as that of UTF-16 does."""
MOST_BYTES = 4_000_000
"""A larger file is no text that a person wrote."""
_REMEDY = "save it as UTF-8"
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text and how it is written in bytes. `text` has its line ends as they are; `newline` is the one
    that new lines get, the first that the file has."""

    text: str = field(repr=False)
    encoding: str = "utf-8"
    mark: bytes = b""
    newline: str = "\n"

    def lines(self) -> list[str]:
        """The lines without their ends. Only CR LF and LF end a line: a form feed is text."""
        return [line.removesuffix("\r") for line in self.text.split("\n")]

    def kept(self) -> list[str]:
        """The lines with their ends, as they are: joined, they are the text."""
        parts = self.text.split("\n")
        lines = [f"{part}\n" for part in parts[:-1]]
        return [*lines, parts[-1]] if parts[-1] else lines

    def with_lines(self, kept: Sequence[str]) -> Encoded:
        """The same file of other lines; those of `kept` that lack an end get this file's, but the last
        keeps what it has."""
        ended = [line if line.endswith("\n") else line + self.newline for line in kept[:-1]]
        return replace(self, text="".join([*ended, *kept[-1:]]))

    def in_bytes(self) -> bytes:
        """The bytes of the file."""
        return self.mark + self.text.encode(self.encoding)


def decode(data: bytes, name: str) -> Encoded:
    """The text that bytes are: by their byte order mark; without one UTF-8, or UTF-16 where every
    second byte of the beginning is zero. `ConfigurationError`, which calls it `name`, for anything
    else."""
    if len(data) > MOST_BYTES:
        problem = f"has {len(data)} bytes; a text that is read here has at most {MOST_BYTES}"
        raise ConfigurationError(problem, place=name)
    mark, encoding = _written(data)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        problem = f"is not {encoding.upper()} from byte {error.start + len(mark)} on"
        raise ConfigurationError(problem, place=name, remedy=_REMEDY) from None
    if "\0" in text:
        raise ConfigurationError("holds NUL: it is no text", place=name, remedy=_REMEDY)
    at = text.find("\n")
    return Encoded(text, encoding, mark, "\r\n" if at > 0 and text[at - 1] == "\r" else "\n")


def _written(data: bytes) -> tuple[bytes, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return mark, encoding
    start = data[:256]
    if start and len(data) % 2 == 0:
        if not any(start[1::2]) and all(start[::2]):
            return b"", "utf-16-le"
        if not any(start[::2]) and all(start[1::2]):
            return b"", "utf-16-be"
    return b"", "utf-8"


def read(path: Path, name: str = "") -> Encoded:
    """The text of a file. `ConfigurationError` when it is not there, or is no text."""
    name = name or path.as_posix()
    try:
        return decode(path.read_bytes(), name)
    except FileNotFoundError:
        raise ConfigurationError("there is no such file", place=name) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
        raise ConfigurationError(problem, place=name) from None


def write(path: Path, content: Encoded, spare: Path | None = None) -> None:
    """Put a file in the place of another, whole or not at all; its permissions stay. A process that is
    killed meanwhile leaves a file behind in the folder `spare`, of the same file system, or beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else _MODE
    alike = spare is not None and spare.stat().st_dev == path.parent.stat().st_dev
    folder = spare if alike else path.parent
    descriptor, made = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
    temporary = Path(made)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.in_bytes())
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
