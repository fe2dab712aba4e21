"""The inbox under each kind of web server, over one runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.adapters.web.asgi import Inbox
from bridgewright.adapters.web.wsgi import WsgiInbox
from bridgewright.bridge.desk import Desk, LoopIntake, ThreadIntake
from bridgewright.core.errors import ConfigurationError
from bridgewright.engine.drive.clock import Chance

if TYPE_CHECKING:
    from types import ModuleType

    from bridgewright.adapters.web.django import AsyncView, View
    from bridgewright.bridge.runtime import Runtime


class Faces:
    """Made with a bridge, and shared by its two views."""

    __slots__ = ("asgi", "wsgi")

    def __init__(self, runtime: Runtime) -> None:
        desk = Desk(runtime)
        chance = Chance(lambda: runtime.chance.now())  # noqa: PLW0108 - a bridge may be given another clock
        self.asgi = Inbox(desk, LoopIntake(runtime), chance=chance)
        self.wsgi = WsgiInbox(desk, ThreadIntake(runtime), chance=chance)

    def django(self) -> View:
        """A view for Django that blocks."""
        made: View = _django().view(self.wsgi)
        return made

    def async_django(self) -> AsyncView:
        """A view for Django that awaits."""
        made: AsyncView = _django().async_view(self.asgi)
        return made


def _django() -> ModuleType:
    try:  # imported here, not above: most applications are not Django's
        from bridgewright.adapters.web import django  # noqa: PLC0415
    except ImportError as error:
        problem = "the view for Django needs the package django, which is not installed"
        raise ConfigurationError(problem, remedy='pip install "bridgewright[django]"') from error
    return django
