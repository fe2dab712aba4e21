"""A long output of which both ends are kept."""

from __future__ import annotations


class Clipped:
    """Takes bytes as they come, and keeps the first and the last of them."""

    __slots__ = ("_head", "_most", "_tail", "_taken")

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._head = bytearray()
        self._tail = bytearray()
        self._taken = 0

    def take(self, content: bytes) -> None:
        """More of it."""
        self._taken += len(content)
        room = self._most // 2 - len(self._head)
        if room > 0:
            self._head += content[:room]
            content = content[room:]
        self._tail += content
        kept = self._most - self._most // 2
        if len(self._tail) > 2 * kept:
            del self._tail[:-kept]

    @property
    def cut_bytes(self) -> int:
        """How many were dropped from the middle."""
        return max(0, self._taken - self._most)

    def text(self) -> str:
        """What was kept, and in its middle a line that says what is missing."""
        if not self.cut_bytes:
            return (self._head + self._tail).decode("utf-8", "replace")
        tail = self._tail[-(self._most - self._most // 2) :]
        return (
            self._head.decode("utf-8", "replace")
            + f"\n[… {self.cut_bytes} bytes of output are left out here …]\n"
            + tail.decode("utf-8", "replace")
        )
