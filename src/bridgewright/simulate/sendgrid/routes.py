"""SendGrid's operations, named by the paths that its SDK reaches them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.routes import Route, Routes
from bridgewright.simulate.sendgrid import groups, hooks, letters, suppressions, templates
from bridgewright.simulate.sendgrid.hooks import EVENTS
from bridgewright.simulate.sendgrid.shapes import (
    FLAG,
    GROUP,
    MAIL,
    NUMBER,
    RECIPIENTS,
    SIGNING,
    TEMPLATE,
    TEXT,
    VERSION,
    WORDING,
    many,
    shape,
    texts,
    thing,
)
from bridgewright.simulate.sendgrid.trouble import given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.simulate.routes import Shape
    from bridgewright.simulate.sendgrid.account import Account
    from bridgewright.simulate.sendgrid.asked import Asked
    from bridgewright.simulate.wire import Reply

    Operation = Callable[..., Reply]
    Row = tuple[str, str, str, Operation, Shape]

SEND = "mail.send.post"
_SCOPES = (
    "asm.groups.create asm.groups.delete asm.groups.read asm.groups.update mail.send"
    " suppression.create suppression.delete suppression.read templates.create templates.delete"
    " templates.read templates.update templates.versions.activate.create user.webhooks.event"
    ".settings.read user.webhooks.event.settings.update"
).split()
_ENTRY = thing(email=TEXT, created=NUMBER)
_MANY = {
    "type": "object",
    "properties": {"delete_all": FLAG, "emails": many(TEXT)},
}
_HOOK = thing(**texts("id url friendly_name"), enabled=FLAG, **dict.fromkeys(EVENTS, FLAG))
_HOOK_ASKED: dict[str, Any] = {
    "type": "object",
    "properties": texts("url friendly_name") | dict.fromkeys(("enabled", *EVENTS), FLAG),
}
_NAMED = {"type": "object", "required": ["name"], "properties": texts("name generation")}
_GROUP_ASKED = {
    "type": "object",
    "properties": texts("name description") | {"is_default": FLAG},
}


def scopes(account: Account, asked: Asked) -> Reply:
    """What the key may do: all that is simulated."""
    del account, asked
    return given({"scopes": _SCOPES})


def _of_lists() -> Iterator[Row]:
    """Lists of suppressed addresses: of the account's own, by kind, and of who wants no mail at all."""
    for kind in ("bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes"):
        page, one, remove, remove_some = suppressions.of(kind)
        path, name = f"/v3/suppression/{kind}", f"suppression.{kind}"
        asked = "limit offset start_time end_time email"
        yield "GET", path, f"{name}.get", page, shape(200, many(_ENTRY), query=asked)
        if kind != "unsubscribes":
            some = shape(204, None, body=_MANY)
            yield "DELETE", path, f"{name}.delete", remove_some, some
            one_path = f"{path}/{{email}}"
            yield "GET", one_path, f"{name}.one.get", one, shape(200, many(_ENTRY))
            yield "DELETE", one_path, f"{name}.one.delete", remove, shape(204, None)
    base, name = "/v3/asm/suppressions/global", "asm.suppressions.global"
    taken = shape(201, RECIPIENTS, body=RECIPIENTS)
    _, _, remove, _ = suppressions.of("unsubscribes")
    known = shape(200, {"type": "object", "properties": texts("recipient_email")})
    yield "POST", base, f"{name}.post", suppressions.unsubscribe, taken
    yield "GET", f"{base}/{{email}}", f"{name}.one.get", suppressions.unsubscribed, known
    yield "DELETE", f"{base}/{{email}}", f"{name}.one.delete", remove, shape(204, None)


def _of_groups() -> Iterator[Row]:
    base, one = "/v3/asm/groups", "/v3/asm/groups/{group}"
    made = shape(201, GROUP, body=_GROUP_ASKED)
    yield "POST", base, "asm.groups.post", groups.create, made
    yield "GET", base, "asm.groups.get", groups.listed, shape(200, many(GROUP), query="id")
    yield "GET", one, "asm.groups.one.get", groups.fetch, shape(200, GROUP)
    yield "PATCH", one, "asm.groups.one.patch", groups.update, made
    yield "DELETE", one, "asm.groups.one.delete", groups.delete, shape(204, None)
    path, name = f"{one}/suppressions", "asm.groups.one.suppressions"
    taken = shape(201, RECIPIENTS, body=RECIPIENTS)
    found = shape(200, many(TEXT), body=RECIPIENTS)
    yield "POST", path, f"{name}.post", groups.suppress, taken
    yield "GET", path, f"{name}.get", groups.suppressed, shape(200, many(TEXT))
    yield "POST", f"{path}/search", f"{name}.search.post", groups.search, found
    gone = shape(204, None)
    yield "DELETE", f"{path}/{{email}}", f"{name}.one.delete", groups.unsuppress, gone
    everybody = many(thing(email=TEXT, group_id=NUMBER, group_name=TEXT, created_at=NUMBER))
    of_one = shape(200, thing(suppressions=many({"type": "object"})))
    path, name = "/v3/asm/suppressions", "asm.suppressions"
    yield "GET", path, f"{name}.get", groups.all_suppressed, shape(200, everybody)
    yield "GET", f"{path}/{{email}}", f"{name}.one.get", groups.of_somebody, of_one


def _of_templates() -> Iterator[Row]:
    base, one = "/v3/templates", "/v3/templates/{template}"
    listing = shape(200, {"type": "object"}, query="generations page_size page_token")
    yield (
        "POST",
        base,
        "templates.post",
        templates.create,
        shape(201, TEMPLATE, body=_NAMED),
    )
    yield "GET", base, "templates.get", templates.listed, listing
    yield "GET", one, "templates.one.get", templates.fetch, shape(200, TEMPLATE)
    yield (
        "PATCH",
        one,
        "templates.one.patch",
        templates.update,
        shape(200, TEMPLATE, body=_NAMED),
    )
    yield "DELETE", one, "templates.one.delete", templates.delete, shape(204, None)
    path, name = f"{one}/versions", "templates.one.versions"
    this = f"{path}/{{version}}"
    made, got = shape(201, VERSION, body=WORDING), shape(200, VERSION)
    changed = shape(200, VERSION, body=WORDING)
    yield "POST", path, f"{name}.post", templates.create_version, made
    yield "GET", this, f"{name}.one.get", templates.fetch_version, got
    yield "PATCH", this, f"{name}.one.patch", templates.update_version, changed
    yield "DELETE", this, f"{name}.one.delete", templates.delete_version, shape(204, None)
    yield "POST", f"{this}/activate", f"{name}.one.activate.post", templates.activate, got


def _of_hooks() -> Iterator[Row]:
    base, name = "/v3/user/webhooks/event/settings", "user.webhooks.event.settings"
    tried = shape(204, None, body=thing(url=TEXT))
    yield "POST", "/v3/user/webhooks/event/test", "user.webhooks.event.test.post", hooks.test, tried
    one, signed = f"{base}/{{hook}}", f"{base}/signed"
    all_of_them = shape(200, thing(max_allowed=NUMBER, webhooks=many(_HOOK)))
    got, changed = shape(200, _HOOK), shape(200, _HOOK, body=_HOOK_ASKED)
    signing = shape(200, SIGNING, body=thing(enabled=FLAG))
    made = shape(201, _HOOK, body=_HOOK_ASKED)
    yield "POST", base, f"{name}.post", hooks.create, made
    yield "GET", base, f"{name}.get", hooks.fetch, got
    yield "PATCH", base, f"{name}.patch", hooks.update, changed
    yield "GET", f"{base}/all", f"{name}.all.get", hooks.listed, all_of_them
    yield "GET", signed, f"{name}.signed.get", hooks.signing_key, shape(200, SIGNING)
    yield "PATCH", signed, f"{name}.signed.patch", hooks.sign, signing
    this = f"{signed}/{{hook}}"
    yield "GET", this, f"{name}.signed.one.get", hooks.signing_key, shape(200, SIGNING)
    yield "PATCH", this, f"{name}.signed.one.patch", hooks.sign, signing
    yield "GET", one, f"{name}.one.get", hooks.fetch, got
    yield "PATCH", one, f"{name}.one.patch", hooks.update, changed
    yield "DELETE", one, f"{name}.one.delete", hooks.delete, shape(204, None)


ROUTES: Routes[Operation] = Routes(
    [
        Route(
            "POST",
            "/v3/mail/send",
            SEND,
            letters.send,
            shape(202, None, body=MAIL, more={200: None}),
        ),
        Route("GET", "/v3/scopes", "scopes.get", scopes, shape(200, thing(scopes=many(TEXT)))),
        *(Route(*row) for row in (*_of_lists(), *_of_groups(), *_of_templates(), *_of_hooks())),
    ]
)
