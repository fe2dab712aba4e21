"""What a listener shows: a line for each event on standard output; how it stands on standard error."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING

import click

from bridgewright.cli.screen import Screen, clean, note, warn
from bridgewright.core.model.moment import as_datetime, as_text

if TYPE_CHECKING:
    from bridgewright.cli.listen.events import Event
    from bridgewright.cli.listen.forwarding import Sent

_CLEAR = "\r\x1b[K"
_WIDEST = 120


class Board:
    """Lines, and on a terminal one more below them that says how it stands."""

    __slots__ = ("_is_drawn", "_live", "_screen", "_whole")

    def __init__(self, screen: Screen, *, whole: bool) -> None:
        self._screen = screen
        self._whole = whole
        self._live = sys.stderr.isatty()
        self._is_drawn = False

    def event(self, event: Event, sent: Sent | None, remark: str = "") -> None:
        """One event and how it fared: `remark` in place of what was not sent."""
        self._wipe()
        if self._screen.as_json:
            click.echo(json.dumps(_told(event, sent, remark, whole=self._whole)))
            return
        click.secho(_line(event, sent, remark), fg=_colour(sent, remark))
        if self._whole:
            for name, value in event.headers:
                click.echo(clean(f"    {name.decode('latin-1')}: {value.decode(errors='replace')}"))
            for line in event.body.decode(errors="replace").splitlines():
                click.echo(f"    {clean(line)}")

    def loud(self, text: str) -> None:
        """Something is not as it should be."""
        self._wipe()
        warn(text)

    def say(self, text: str) -> None:
        """A word beside."""
        self._wipe()
        note(text)

    def status(self, text: str) -> None:
        """How it stands now; on a terminal only, in place of what stood there."""
        if self._live:
            click.echo(f"{_CLEAR}{clean(text)[:_WIDEST]}", nl=False, err=True)
            self._is_drawn = True

    def _wipe(self) -> None:
        if self._is_drawn:
            click.echo(_CLEAR, nl=False, err=True)
            self._is_drawn = False


def _line(event: Event, sent: Sent | None, remark: str) -> str:
    at = as_datetime(event.received_at).astimezone().strftime("%H:%M:%S")
    fate = remark if sent is None else f"{sent.status or sent.failure}  {sent.milliseconds} ms"
    return clean(f"{at}  {event.type:<32}  {event.shown_id:<30}  {fate}".rstrip())


def _colour(sent: Sent | None, remark: str) -> str | None:
    if sent is None:
        return "yellow" if remark else None
    return "green" if sent.is_good else "red"


def _told(event: Event, sent: Sent | None, remark: str, *, whole: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "id": event.id,
        "type": event.type,
        "event_id": event.event_id,
        "received_at": as_text(event.received_at),
        "status": None if sent is None else sent.status,
        "ms": None if sent is None else sent.milliseconds,
        "failure": remark if sent is None else sent.failure,
    }
    if whole:
        told["headers"] = [[n.decode("latin-1"), v.decode("latin-1")] for n, v in event.headers]
        told["body_base64"] = base64.b64encode(event.body).decode("ascii")
    return told
