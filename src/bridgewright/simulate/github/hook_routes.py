"""The operations on hooks and their deliveries, on the app and its installations, and GraphQL."""

from __future__ import annotations

from bridgewright.simulate.github import apps, graphql, hooks, limits, shapes
from bridgewright.simulate.github.route import PAGES, route
from bridgewright.simulate.github.schema import listed

_READ, _WRITE = "repository_hooks:read:admin", "repository_hooks:write:admin"
_HOOK = "hooks/{hook_id}"
_CURSOR = "per_page:integer cursor:string redelivery:true|false"
_DELIVERIES = listed(shapes.DELIVERY)
_INSTALLATION = "/app/installations/{installation_id}"
_APP = "/app/hook/deliveries"

HOOKS = (
    route(
        "POST hooks",
        "repos.create_webhook",
        hooks.create_webhook,
        shapes.HOOK,
        status=201,
        body=shapes.ASKED_HOOK,
        needs=_WRITE,
        creates=True,
    ),
    route(
        "GET hooks",
        "repos.list_webhooks",
        hooks.list_webhooks,
        listed(shapes.HOOK),
        query=PAGES,
        needs=_READ,
    ),
    route(f"GET {_HOOK}", "repos.get_webhook", hooks.get_webhook, shapes.HOOK, needs=_READ),
    route(
        f"PATCH {_HOOK}",
        "repos.update_webhook",
        hooks.update_webhook,
        shapes.HOOK,
        body=shapes.CHANGED_HOOK,
        needs=_WRITE,
    ),
    route(
        f"DELETE {_HOOK}",
        "repos.delete_webhook",
        hooks.delete_webhook,
        status=204,
        needs=_WRITE,
    ),
    route(
        f"GET {_HOOK}/config",
        "repos.get_webhook_config_for_repo",
        hooks.get_webhook_config_for_repo,
        shapes.CONFIG,
        needs=_READ,
    ),
    route(
        f"PATCH {_HOOK}/config",
        "repos.update_webhook_config_for_repo",
        hooks.update_webhook_config_for_repo,
        shapes.CONFIG,
        body=shapes.CHANGED_CONFIG,
        needs=_WRITE,
    ),
    route(
        f"POST {_HOOK}/pings",
        "repos.ping_webhook",
        hooks.ping_webhook,
        status=204,
        needs=_WRITE,
    ),
    route(
        f"POST {_HOOK}/tests",
        "repos.test_push_webhook",
        hooks.test_push_webhook,
        status=204,
        needs=_WRITE,
    ),
    route(
        f"GET {_HOOK}/deliveries",
        "repos.list_webhook_deliveries",
        hooks.list_webhook_deliveries,
        _DELIVERIES,
        query=_CURSOR,
        needs=_READ,
    ),
    route(
        f"GET {_HOOK}/deliveries/{{delivery_id}}",
        "repos.get_webhook_delivery",
        hooks.get_webhook_delivery,
        shapes.FULL_DELIVERY,
        needs=_READ,
    ),
    route(
        f"POST {_HOOK}/deliveries/{{delivery_id}}/attempts",
        "repos.redeliver_webhook_delivery",
        hooks.redeliver_webhook_delivery,
        shapes.NOTHING,
        status=202,
        needs=_WRITE,
    ),
)

APPS = (
    route("GET /rate_limit", "rate_limit.get", limits.get, shapes.RATES, who="free"),
    route("GET /app", "apps.get_authenticated", apps.get_authenticated, shapes.APP, who="app"),
    route(
        "GET /app/installations",
        "apps.list_installations",
        apps.list_installations,
        listed(shapes.INSTALLATION),
        query=PAGES,
        who="app",
    ),
    route(
        f"GET {_INSTALLATION}",
        "apps.get_installation",
        apps.get_installation,
        shapes.INSTALLATION,
        who="app",
    ),
    route(
        "GET installation",
        "apps.get_repo_installation",
        apps.get_repo_installation,
        shapes.INSTALLATION,
        who="app",
    ),
    route(
        "GET /users/{username}/installation",
        "apps.get_user_installation",
        apps.get_user_installation,
        shapes.INSTALLATION,
        who="app",
    ),
    route(
        "GET /orgs/{org}/installation",
        "apps.get_org_installation",
        apps.get_user_installation,
        shapes.INSTALLATION,
        who="app",
    ),
    route(
        f"POST {_INSTALLATION}/access_tokens",
        "apps.create_installation_access_token",
        apps.create_installation_access_token,
        shapes.TOKEN,
        status=201,
        body=shapes.ASKED_TOKEN,
        who="app",
    ),
    route(
        "GET /app/hook/config",
        "apps.get_webhook_config_for_app",
        hooks.get_webhook_config_for_app,
        shapes.CONFIG,
        who="app",
    ),
    route(
        "PATCH /app/hook/config",
        "apps.update_webhook_config_for_app",
        hooks.update_webhook_config_for_app,
        shapes.CONFIG,
        body=shapes.CHANGED_CONFIG,
        who="app",
    ),
    route(
        f"GET {_APP}",
        "apps.list_webhook_deliveries",
        hooks.list_webhook_deliveries,
        _DELIVERIES,
        query=_CURSOR,
        who="app",
    ),
    route(
        f"GET {_APP}/{{delivery_id}}",
        "apps.get_webhook_delivery",
        hooks.get_webhook_delivery,
        shapes.FULL_DELIVERY,
        who="app",
    ),
    route(
        f"POST {_APP}/{{delivery_id}}/attempts",
        "apps.redeliver_webhook_delivery",
        hooks.redeliver_webhook_delivery,
        shapes.NOTHING,
        status=202,
        who="app",
    ),
    route(
        "GET /installation/repositories",
        "apps.list_repos_accessible_to_installation",
        apps.list_repos_accessible_to_installation,
        shapes.ACCESSIBLE,
        query=PAGES,
    ),
    route(
        "DELETE /installation/token",
        "apps.revoke_installation_access_token",
        apps.revoke_installation_access_token,
        status=204,
    ),
    route(
        "POST /graphql",
        "graphql",
        graphql.ask_graphql,
        shapes.DATA,
        body=shapes.ASKED_GRAPHQL,
    ),
)
