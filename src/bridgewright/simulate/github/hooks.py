"""Hooks by the API: made, listed, changed, pinged, and their deliveries asked for again.

https://docs.github.com/rest/repos/webhooks and https://docs.github.com/rest/apps/webhooks, as known 2026-11.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.simulate.github import accounts, refs, repositories
from bridgewright.simulate.github.deliveries import APP_HOOK, secret_of
from bridgewright.simulate.github.git import NOTHING
from bridgewright.simulate.github.pages import MOST, ORDINARY, link, numeral, page
from bridgewright.simulate.github.records import Hook
from bridgewright.simulate.github.trouble import (
    Trouble,
    TroubleError,
    invalid,
    not_found,
    refused,
    said,
)
from bridgewright.simulate.github.world import stamp
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.deliveries import Told
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

HIDDEN = "********"
EVENTS = frozenset(
    """
    * branch_protection_configuration branch_protection_rule check_run check_suite code_scanning_alert
    commit_comment create custom_property_values delete dependabot_alert deploy_key deployment
    deployment_status discussion discussion_comment fork gollum issue_comment issues label member
    membership merge_group meta milestone org_block organization package page_build ping project
    project_card project_column public pull_request pull_request_review pull_request_review_comment
    pull_request_review_thread push registry_package release repository repository_advisory
    repository_import repository_ruleset repository_vulnerability_alert secret_scanning_alert
    secret_scanning_alert_location security_and_analysis sponsorship star status sub_issues team_add
    watch workflow_dispatch workflow_job workflow_run
    """.split()
)
ZEN = "Keep it logically awesome."
_LONGEST_URL, _LONGEST_CURSOR = 2_048, 30


def create_webhook(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/hooks`; a ping is sent to it."""
    repository, config = ask.repository, ask.body.get("config") or {}
    if ask.body.get("name", "web") != "web":
        raise invalid("Hook", "name", "custom", "name must be web")
    url, now = _url(config.get("url", "")), ask.world.now()
    events = tuple(dict.fromkeys(ask.body.get("events") or ("push",)))
    _refuse_events(events)
    twin = any(
        each.url == url and set(each.events) & set(events) for each in repository.hooks.values()
    )
    if twin:
        raise _custom("Hook already exists on this repository")
    hook = Hook(
        ask.world.serial(),
        url,
        config.get("content_type", "form"),
        str(config.get("insecure_ssl", "0")),
        secret_of(config.get("secret")),
        events,
        bool(ask.body.get("active", True)),
        now,
        now,
    )
    _keep(ask.world, repository, hook)
    _ping(ask, repository, hook)
    shown = _shown(ask.world, repository, hook)
    return said(shown, 201, ("location", shown["url"]))


def list_webhooks(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/hooks`."""
    repository = ask.repository
    found = tuple(repository.hooks.values())
    return page(ask, found, lambda each: _shown(ask.world, repository, each))


def get_webhook(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/hooks/{hook_id}`."""
    repository, hook = _one(ask)
    return said(_shown(ask.world, repository, hook))


def update_webhook(ask: Ask) -> Reply:
    """`PATCH /repos/{owner}/{repo}/hooks/{hook_id}`; a new `config` without a secret takes the secret
    away, as GitHub warns."""
    repository, hook = _one(ask)
    body, config = ask.body, ask.body.get("config")
    events = list(body.get("events") or hook.events)
    events += [each for each in body.get("add_events") or () if each not in events]
    gone = set(body.get("remove_events") or ())
    kept = tuple(dict.fromkeys(each for each in events if each not in gone))
    _refuse_events(kept)
    changed = replace(hook, events=kept, active=bool(body.get("active", hook.active)))
    if config is not None:
        changed = _configured(replace(changed, secret=None), config)
    changed = replace(changed, changed_at_s=ask.world.now())
    _keep(ask.world, repository, changed)
    return said(_shown(ask.world, repository, changed))


def delete_webhook(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/hooks/{hook_id}`."""
    repository, hook = _one(ask)
    del repository.hooks[hook.number]
    ask.world.hooks.forget(_name(repository, hook))
    return Reply(204)


def get_webhook_config_for_repo(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/hooks/{hook_id}/config`."""
    _, hook = _one(ask)
    return said(config_of(hook))


def update_webhook_config_for_repo(ask: Ask) -> Reply:
    """`PATCH /repos/{owner}/{repo}/hooks/{hook_id}/config`; what is not named stays."""
    repository, hook = _one(ask)
    changed = replace(_configured(hook, ask.body), changed_at_s=ask.world.now())
    _keep(ask.world, repository, changed)
    return said(config_of(changed))


def ping_webhook(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/hooks/{hook_id}/pings`."""
    _ping(ask, *_one(ask))
    return Reply(204)


def test_push_webhook(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/hooks/{hook_id}/tests`: the latest push once more, for a hook that is
    told of pushes."""
    repository, hook = _one(ask)
    if {"push", "*"} & set(hook.events) and repository.head:
        ref = f"heads/{repository.default_branch}"
        commit = ask.world.objects.commits[repository.head]
        before = commit.parents[0] if commit.parents else NOTHING
        payload = refs.pushed(ask.world, repository, ref, (before, commit.sha), ask.me)
        payload["sender"] = accounts.shown(ask.world, ask.me)
        name = _name(repository, hook)
        ask.world.hooks.send(name, hook, ask.world.hooks.guid(), "push", payload)
    return Reply(204)


def list_webhook_deliveries(ask: Ask) -> Reply:
    """`GET …/deliveries` of a repository's hook or the app's: a page after the cursor, which names a
    delivery and says nothing to anybody else."""
    kept = ask.world.hooks.kept(told_name(ask))
    size = min(numeral(ask, "per_page", ORDINARY), MOST)
    cursor = ask.query.get("cursor", "").removeprefix("v1_")
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < _LONGEST_CURSOR):
        raise refused(422, "Invalid cursor")
    wanted = ask.query.get("redelivery")
    after = [
        each
        for each in kept
        if (not cursor or each.number < int(cursor))
        and (wanted is None or each.again == (wanted == "true"))
    ]
    shown = after[:size]
    headers: tuple[tuple[str, str], ...] = ()
    if len(after) > size:
        following = link(ask, "next", per_page=size, cursor=f"v1_{shown[-1].number}")
        headers = (("link", following),)
    return said([each.row() for each in shown], 200, *headers)


def get_webhook_delivery(ask: Ask) -> Reply:
    """`GET …/deliveries/{delivery_id}`."""
    return said(_delivery(ask).whole())


def redeliver_webhook_delivery(ask: Ask) -> Reply:
    """`POST …/deliveries/{delivery_id}/attempts`: the same once more, under its guid."""
    told, name = _delivery(ask), told_name(ask)
    hook = ask.world.app_hook if name == APP_HOOK else _one(ask)[1]
    if hook is None:
        raise not_found()
    ask.world.hooks.send(name, hook, told.guid, told.event, told.payload, again=True)
    return said({}, 202)


def get_webhook_config_for_app(ask: Ask) -> Reply:
    """`GET /app/hook/config`."""
    return said(config_of(_of_app(ask.world)))


def update_webhook_config_for_app(ask: Ask) -> Reply:
    """`PATCH /app/hook/config`; the app is told of everything that happens where it is installed."""
    hook = replace(_configured(_of_app(ask.world), ask.body), changed_at_s=ask.world.now())
    ask.world.app_hook = hook
    if hook.url:
        ask.world.hooks.listen(APP_HOOK, hook)
    return said(config_of(hook))


def config_of(hook: Hook) -> Content:
    """How a hook is delivered to; its secret is hidden."""
    told = {"content_type": hook.content_type, "insecure_ssl": hook.insecure_ssl, "url": hook.url}
    return told if hook.secret is None else told | {"secret": HIDDEN}


def told_name(ask: Ask) -> str:
    """How the API names the hook whose deliveries are asked for; 404 when there is none."""
    if "hook_id" not in ask.names:
        return APP_HOOK
    repository = ask.repository
    number = ask.number("hook_id")
    name = f"repos/{repository.full_name}/hooks/{number}"
    if number not in repository.hooks and not ask.world.hooks.knows(name):
        raise not_found()
    return name


def _delivery(ask: Ask) -> Told:
    number = ask.number("delivery_id")
    kept = ask.world.hooks.kept(told_name(ask))
    found = next((each for each in kept if each.number == number), None)
    if found is None:
        raise not_found()
    return found


def _one(ask: Ask) -> tuple[Repository, Hook]:
    repository = ask.repository
    found = repository.hooks.get(ask.number("hook_id"))
    if found is None:
        raise not_found()
    return repository, found


def _name(repository: Repository, hook: Hook) -> str:
    return f"repos/{repository.full_name}/hooks/{hook.number}"


def _keep(world: World, repository: Repository, hook: Hook) -> None:
    repository.hooks[hook.number] = hook
    world.hooks.listen(_name(repository, hook), hook)


def _ping(ask: Ask, repository: Repository, hook: Hook) -> None:
    told = _shown(ask.world, repository, hook)
    payload = {
        "zen": ZEN,
        "hook_id": hook.number,
        "hook": told,
        "repository": repositories.shown(ask.world, repository),
        "sender": accounts.shown(ask.world, ask.me),
    }
    name = _name(repository, hook)
    ask.world.hooks.send(name, hook, ask.world.hooks.guid(), "ping", payload)


def _of_app(world: World) -> Hook:
    if world.app_hook is not None:
        return world.app_hook
    return Hook(1, "", "form", "0", None, ("*",), active=True, made_at_s=0.0, changed_at_s=0.0)


def _configured(hook: Hook, config: Content) -> Hook:
    url = _url(config["url"]) if "url" in config else hook.url
    secret = secret_of(config["secret"]) if "secret" in config else hook.secret
    return replace(
        hook,
        url=url,
        content_type=config.get("content_type", hook.content_type),
        insecure_ssl=str(config.get("insecure_ssl", hook.insecure_ssl)),
        secret=secret,
    )


def _shown(world: World, repository: Repository, hook: Hook) -> Content:
    url = f"{world.url}/{_name(repository, hook)}"
    kept = [each for each in world.hooks.kept(_name(repository, hook)) if each.status is not None]
    last: Content = {"code": None, "status": "unused", "message": None}
    if kept:
        row = kept[0].row()
        word = "active" if row["status"] == "OK" else "misconfigured"
        last = {"code": kept[0].status, "status": word, "message": row["status"]}
    return {
        "type": "Repository",
        "id": hook.number,
        "name": "web",
        "active": hook.active,
        "events": list(hook.events),
        "config": config_of(hook),
        "updated_at": stamp(hook.changed_at_s),
        "created_at": stamp(hook.made_at_s),
        "url": url,
        "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": last,
    }


def _url(text: str) -> str:
    if not text:
        raise _custom("url cannot be blank")
    if not text.isprintable() or " " in text or len(text) > _LONGEST_URL:
        raise _custom("url is not valid")
    if not text.startswith(("http://", "https://")):
        raise _custom("url is missing a scheme")
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _custom("url is not valid")
    return text


def _refuse_events(events: tuple[str, ...]) -> None:
    unknown = sorted(set(events) - EVENTS)
    if unknown:
        told = ", ".join(unknown)[:200]
        raise invalid("Hook", "events", "custom", f"These events are not supported: {told}")


def _custom(message: str) -> TroubleError:
    told = {"resource": "Hook", "code": "custom", "message": message}
    return TroubleError(Trouble(422, "Validation Failed", (told,)))
