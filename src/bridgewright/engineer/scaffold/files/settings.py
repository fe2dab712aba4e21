"""`integration.toml`, and what `bridgewright.toml` gets to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.manifest.words import AuthKind, Sameness
from bridgewright.engineer.scaffold.pin import LOCK, SPEC
from bridgewright.engineer.scaffold.plan import CONCURRENCY, RATE_PER_S
from bridgewright.engineer.scaffold.toml import key, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.scaffold.drafts import Draft
    from bridgewright.engineer.scaffold.plan import Plan

BUDGET = "account"


def manifest_file(plan: Plan) -> str:
    """`integration.toml`."""
    return "\n".join(_manifest(plan)) + "\n"


def settings_tables(plan: Plan) -> dict[tuple[str, str], str]:
    """The tables of `bridgewright.toml` that the integration needs, each under its name."""
    lines = [
        f"[connections.{plan.name}]",
        'provider = "http"',
        f"base_url = {text(plan.base_url)}",
    ]
    if plan.secrets:
        lines += ["", f"[connections.{plan.name}.secrets]"]
        lines += [f"{name} = {text(f'env:{variable}')}" for name, variable in plan.secrets]
    found = {("connections", plan.name): "\n".join(lines) + "\n"}
    if plan.hook is not None:
        lines = [f"[sources.{plan.name}]", f"provider = {text(plan.hook.scheme)}"]
        lines += [f"secrets = {texts([f'env:{plan.hook.variable}'])}"]
        found["sources", plan.name] = "\n".join(lines) + "\n"
    return found


def _manifest(plan: Plan) -> Iterator[str]:
    yield "[integration]"
    yield f"name = {text(plan.name)}"
    yield f"title = {text(plan.title)}"
    yield f"owner = {text(plan.owner)}"
    yield 'level = "silver"'
    if plan.version is not None:
        header, value = text(plan.version.header), text(plan.version.value)
        yield f"version = {{header = {header}, value = {value}}}"
    yield from ("", "[spec]", f"file = {text(SPEC)}", f"lock = {text(LOCK)}")
    yield from ("", "[auth]", f"kind = {text(plan.auth.kind)}")
    if plan.auth.kind is AuthKind.API_KEY:
        yield f"header = {text(plan.auth.header)}"
    if plan.auth.kind is AuthKind.OAUTH2:
        yield f"token_url = {text(plan.auth.token_url)}"
        yield f"scopes = {texts(plan.auth.scopes)}"
    if plan.auth.secrets:
        yield f"secrets = {texts(plan.auth.secrets)}"
    if plan.variables:
        yield from ("", "[environment]")
        yield from (f"{name} = {text(what)}" for name, what in plan.variables)
    yield from (
        "",
        "# What the provider publishes, or what we spare it: change it to what you know.",
    )
    yield from (f"[budgets.{BUDGET}]", f"rate_per_s = {RATE_PER_S!r}", f"burst = {int(RATE_PER_S)}")
    yield f"concurrency = {CONCURRENCY}"
    for each in plan.drafts:
        yield from ("", *_operation(each, plan))
    if plan.hook is not None:
        yield from ("", f"[sources.{key(plan.name)}]", f"scheme = {text(plan.hook.scheme)}")
        yield f"secrets = {texts([plan.hook.variable])}"
        yield f"events = {texts(plan.hook.events)}"


def _operation(draft: Draft, plan: Plan) -> Iterator[str]:
    yield f"[operations.{draft.name}]"
    yield f"call = {text(draft.call)}"
    yield f"timeout_s = {plan.timeout_s!r}"
    same = draft.idempotency
    yield f"idempotency = {text(f'key:{draft.header}' if same is Sameness.KEY else same)}"
    yield f"retry = {text(draft.retry)}"
    yield f"budget = {text(BUDGET)}"
