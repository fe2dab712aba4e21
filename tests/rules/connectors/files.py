"""A file for tests, that seeks or does not."""

from __future__ import annotations


class Pipe:
    """Bytes to be read; `at` is where it stands."""

    def __init__(self, content: bytes, *, seeks: bool, at: int = 0) -> None:
        self._content = content
        self._seeks = seeks
        self._at = at

    def read(self, size: int) -> bytes:
        found = self._content[self._at : self._at + size]
        self._at += len(found)
        return found

    def seekable(self) -> bool:
        return self._seeks

    def seek(self, offset: int) -> int:
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at
