"""The inbox as a view for Django's URLs: `path("webhooks/<path:source>", bridge.django)`.

It asks for no CSRF token, which no provider has, and reads the raw body itself:
DATA_UPLOAD_MAX_MEMORY_SIZE does not turn away what a source allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from bridgewright.adapters.web import asgi, wsgi
from bridgewright.adapters.web.door import fields_of
from bridgewright.core.model.inbound import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from django.core.handlers.wsgi import WSGIRequest

    from bridgewright.adapters.web.door import Asked

    Request = WSGIRequest | ASGIRequest
    View = Callable[..., HttpResponse]
    AsyncView = Callable[..., Coroutine[Any, Any, HttpResponse]]


def view(inbox: wsgi.WsgiInbox) -> View:
    """A view that blocks: Django runs it in a thread."""

    def webhook(request: Request, source: str = "") -> HttpResponse:
        return _response(inbox.answer(_asked(request, source), lambda: _body(request)))

    webhook.csrf_exempt = True  # type: ignore[attr-defined]
    return webhook


def async_view(inbox: asgi.Inbox) -> AsyncView:
    """A view that awaits: Django under ASGI, which has read the body before it calls any view."""

    async def webhook(request: Request, source: str = "") -> HttpResponse:
        asked = _asked(request, source)
        taken = wsgi.gather(inbox.desk, asked, lambda: _body(request), inbox.body_timeout_s)
        if isinstance(taken, Answer):
            return _response(taken)
        return _response(await inbox.take(asked, *taken))

    webhook.csrf_exempt = True  # type: ignore[attr-defined]
    return webhook


def _asked(request: Request, source: str) -> Asked:
    """A request as its server told Django: fields that came twice are still two under ASGI."""
    path = f"/{source}"
    if isinstance(request, ASGIRequest):
        return asgi.asked_by(request.scope, path)
    return wsgi.asked_by(request.environ, path)


def _body(request: Request) -> wsgi.Incoming | None:
    if isinstance(request, ASGIRequest):
        return wsgi.Incoming(request.read, None)
    incoming = wsgi.body_of(request.environ)
    if incoming is None or incoming.left is None:  # Django itself reads no body of unknown length
        return incoming
    return wsgi.Incoming(request.read, incoming.left)


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status)
    del response["content-type"]  # Django's own guess
    for name, value in fields_of(answer):
        response[name] = value
    return response
