"""A text file as its bytes have it: its encoding, its mark, the end of each line. What nobody changed
comes out as it went in."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from bridgewright.core.errors import ConfigurationError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 before UTF-16, whose mark is its beginning."""
_UNMARKED = ("utf-16-le", "utf-16-be")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line, and what ends it: nothing for the last of a file that does not end with its end."""

    text: str
    end: str


@dataclass(frozen=True, slots=True)
class Script:
    """A file's lines, and how they become bytes again."""

    lines: tuple[Line, ...] = ()
    codec: str = "utf-8"
    mark: bytes = b""

    def written(self) -> bytes:
        """The bytes. `ConfigurationError` where a line has a character that the encoding has not."""
        text = "".join(line.text + line.end for line in self.lines)
        try:
            return self.mark + text.encode(self.codec)
        except UnicodeEncodeError as error:
            raise ConfigurationError(
                f"its encoding ({self.codec}) has no {text[error.start]!r}",
                remedy="save the file as UTF-8, or use another tag",
            ) from None

    def inserted(self, at: int, texts: tuple[str, ...]) -> Script:
        """With more lines before the line of that number; they end as their neighbours do. A file whose
        last line has no end still has none."""
        end = self._end(at)
        lines = list(self.lines)
        if at == len(lines) and lines and not lines[-1].end:
            lines[-1] = Line(lines[-1].text, end)
            added = [Line(text, end) for text in texts[:-1]] + [Line(texts[-1], "")]
        else:
            added = [Line(text, end) for text in texts]
        return replace(self, lines=(*lines[:at], *added, *lines[at:]))

    def without(self, numbers: frozenset[int]) -> Script:
        """Without some of its lines. Where the last one goes and had no end, the one before loses its."""
        lines = [line for n, line in enumerate(self.lines) if n not in numbers]
        open_ended = bool(self.lines) and not self.lines[-1].end
        if lines and open_ended:
            lines[-1] = Line(lines[-1].text, "")
        return replace(self, lines=tuple(lines))

    def _end(self, at: int) -> str:
        near = [*reversed(self.lines[:at]), *self.lines[at:]]
        return next((line.end for line in near if line.end), "\n")


def read(content: bytes) -> Script:
    """The lines of a file. `ConfigurationError` for bytes that would not come out as they went in."""
    mark, codec = next(((m, c) for m, c in _MARKS if content.startswith(m)), (b"", ""))
    rest = content[len(mark) :]
    for candidate in (codec,) if codec else _likely(rest):
        try:
            text = rest.decode(candidate)
        except UnicodeDecodeError:
            continue
        if text.encode(candidate) == rest:
            return Script(_lines(text), candidate, mark)
    problem = f"is not text in the encoding that it begins with ({codec})"
    raise ConfigurationError(problem, remedy="save the file anew as UTF-8")


def _likely(content: bytes) -> tuple[str, ...]:
    """What bytes without a mark may be, the likeliest first; the last one takes any bytes."""
    halves = (content[1::2], content[::2])  # the high bytes of text in UTF-16, little and big end
    wide = [
        codec
        for codec, high in zip(_UNMARKED, halves, strict=True)
        if len(content) % 2 == 0 and high.count(0) * 2 > len(high)
    ]
    return (*wide, "utf-8", "latin-1")


def _lines(text: str) -> tuple[Line, ...]:
    return tuple(Line(found[1], found[2]) for found in _LINE.finditer(text) if found[0])
