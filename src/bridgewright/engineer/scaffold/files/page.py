"""`README.md`: the integration's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.manifest.words import Retry
from bridgewright.engineer.scaffold.files.ordeal import command

if TYPE_CHECKING:
    from bridgewright.engineer.scaffold.plan import Hook, Plan

_AGAIN = {
    Retry.NEVER: "never",
    Retry.SAFE: "yes",
    Retry.KEYED: "under its key",
}


def page_file(plan: Plan) -> str:
    """What it does, within which time, under which variables, and how that is proved."""
    rows = "\n".join(
        f"| `{each.name}` | {code(each.call)} | {plan.timeout_s:g} s | {_AGAIN[each.retry]} |"
        for each in plan.drafts
    )
    variables = "\n".join(f"- `{name}`: {what}" for name, what in plan.variables) or "- none"
    return f"""# {plan.title}

Owner: {_plain(plan.owner)}. What it may do and how is in `integration.toml`; where it is and whose
account it uses, in `[connections.{plan.name}]` of `bridgewright.toml`.

```python
from bridgewright import Bridge
from {plan.package} import client, operations

http = client.connect(Bridge.from_env())  # once; then operations.{plan.drafts[0].name}(http, …)
```

## Operations

| Function | Request | Ends within | Sent again |
|---|---|---|---|
{rows}

What is never sent again ends in `OutcomeUnknown` when its answer is lost: look whether it happened before you
repeat it.

## Variables

{variables}
{"" if plan.hook is None else _webhooks(plan, plan.hook)}
## Proof

```text
pytest {plan.folder}/{plan.name}
{command(plan)}
```

## Known gaps

Answers are taken as they come: a field that the specification promises may be missing (`None`), and one
that it does not know is kept. Patterns of texts are not checked before they are sent. `spec.lock` says
what the models were made from, and when.
"""


def _webhooks(plan: Plan, hook: Hook) -> str:
    events = ", ".join(code(each) for each in hook.events)
    return f"""
## Webhooks

Signed by the scheme `{hook.scheme}`; they arrive at `/webhooks/{plan.name}`. Handed over are
{events}:

```python
from bridgewright import Bridge
from {plan.package} import webhooks

bridge = Bridge.from_env()
webhooks.hand_over(bridge, handler)  # yours: it takes an Event
```
"""


def code(text: str) -> str:
    """A stranger's text as code in a table, which it cannot leave."""
    shown = "".join(c if c.isprintable() and c not in "`|" else "?" for c in text)
    return f"`{shown}`"


def _plain(text: str) -> str:
    """A text of the user's as words."""
    return "".join(c for c in text if c.isprintable() and c not in "`<>[]|*_")
