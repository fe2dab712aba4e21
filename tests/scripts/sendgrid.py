"""What a shop does with SendGrid, by the official SDK as it comes: against a simulator, or with a key
against SendGrid itself, where mail goes to the sandbox and to nobody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from tests.scripts.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = "sendgrid"
ENVIRONMENT = ("SENDGRID_API_KEY", "SENDGRID_FROM")
"""A key that may do all, and a sender that is verified."""
_TO = "somebody@example.com"
_HOOK = "https://bridgewright-script.example.com/events"


def run(base_url: str | None, environ: Mapping[str, str]) -> list[Step]:
    """The script; `base_url` None is SendGrid."""
    where = {} if base_url is None else {"host": base_url}
    client = SendGridAPIClient(environ["SENDGRID_API_KEY"], **where)
    stranger = SendGridAPIClient("SG." if base_url is None else "nobody", **where)
    return [
        *_mail(client, environ["SENDGRID_FROM"]),
        _refused("mail.send, no key", lambda: stranger.client.mail.send.post(request_body={})),
        *_suppressions(client.client),
        *_groups(client.client),
        *_templates(client.client),
        *_webhooks(client.client),
        Step("scopes", "mail.send" in _content(client.client.scopes.get())["scopes"]),
    ]


def _mail(client: SendGridAPIClient, sender: str) -> list[Step]:
    send = client.client.mail.send.post
    good: dict[str, Any] = {
        "personalizations": [{"to": [{"email": _TO}], "custom_args": {"order": "7"}}],
        "from": {"email": sender},
        "subject": "Your order",
        "content": [{"type": "text/plain", "value": "is on its way"}],
        "categories": ["orders"],
        "mail_settings": {"sandbox_mode": {"enable": True}},
    }
    twice = [{"to": [{"email": _TO}], "cc": [{"email": _TO}]}]
    attached = [{"content": "no base64!", "filename": "a.txt"}]
    wrong = {
        "nobody": {"personalizations": []},
        "no address": {"personalizations": [{"to": [{"email": "nobody"}]}]},
        "somebody twice": {"personalizations": twice},
        "no sender": {"from": {}},
        "no subject": {"subject": None},
        "no content": {"content": None},
        "an empty content": {"content": [{"type": "text/plain", "value": ""}]},
        "no list": {"content": {"type": "text/plain", "value": "x"}},
        "no base64": {"attachments": attached},
        "no template": {"template_id": "seven"},
    }
    taken = send(request_body=good)
    return [
        Step("mail.send, to the sandbox", [taken.status_code, taken.body.decode()]),
        *(
            _refused(f"mail.send, {what}", lambda change=change: send(request_body=good | change))
            for what, change in wrong.items()
        ),
    ]


def _suppressions(client: Any) -> list[Step]:
    globally = client.asm.suppressions._("global")
    made = globally.post(request_body={"recipient_emails": [_TO]})
    known = globally._(_TO).get()
    gone = globally._(_TO).delete()
    bounces = client.suppression.bounces
    return [
        Step("asm.suppressions.global.post", [made.status_code, _content(made)]),
        Step("asm.suppressions.global.get", _content(known)),
        Step("asm.suppressions.global.delete", gone.status_code),
        Step("asm.suppressions.global.get, gone", _content(globally._(_TO).get())),
        Step("suppression.bounces.get, nobody", _content(bounces._(_TO).get())),
    ]


def _groups(client: Any) -> list[Step]:
    asked = {"name": "Bridgewright script", "description": "To try the API with"}
    made = client.asm.groups.post(request_body=asked)
    group = client.asm.groups._(str(_content(made)["id"]))
    try:
        taken = group.suppressions.post(request_body={"recipient_emails": [_TO]})
        return [
            Step("asm.groups.post", [made.status_code, _content(made)["name"]]),
            Step("asm.groups.suppressions.post", [taken.status_code, _content(taken)]),
            Step("asm.groups.suppressions.get", _content(group.suppressions.get())),
        ]
    finally:
        group.delete()


def _templates(client: Any) -> list[Step]:
    made = client.templates.post(request_body={"name": "Script", "generation": "dynamic"})
    template = client.templates._(_content(made)["id"])
    try:
        words = {"name": "one", "subject": "{{subject}}", "html_content": "<p>{{name}}</p>"}
        first = _content(template.versions.post(request_body=words | {"active": 1}))
        second = _content(template.versions.post(request_body=words | {"name": "two", "active": 0}))
        template.versions._(second["id"]).activate.post()
        versions = _content(template.get())["versions"]
        return [
            Step("templates.post", [made.status_code, _content(made)["id"][:2]]),
            Step("templates.versions.post", [first["active"], second["active"]]),
            Step("templates.versions.activate", {v["name"]: v["active"] for v in versions}),
        ]
    finally:
        template.delete()


def _webhooks(client: Any) -> list[Step]:
    settings = client.user.webhooks.event.settings
    asked = {"enabled": False, "url": _HOOK, "delivered": True, "friendly_name": "Script"}
    made = settings.post(request_body=asked)
    name = _content(made)["id"]
    try:
        signed = settings.signed._(name)
        switched = _content(signed.patch(request_body={"enabled": True}))
        again = _content(signed.get())
        return [
            Step("event.settings.post", [made.status_code, _content(made)["delivered"]]),
            Step("event.settings.signed", switched["public_key"] == again["public_key"] != ""),
            Step(
                "event.settings.all",
                name in {e["id"] for e in _content(settings.all.get())["webhooks"]},
            ),
        ]
    finally:
        settings._(name).delete()


def _content(answer: Any) -> Any:
    return json.loads(answer.body)


def _refused(name: str, do: Callable[[], Any]) -> Step:
    try:
        return Step(name, f"not refused: {do()}")
    except HTTPError as error:
        found = json.loads(error.body)["errors"]
        return Step(name, [error.status_code, [(e["field"], e["message"]) for e in found]])
