"""The page of the catalogue: every provider that webhooks are received from, as its connector says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.core.signing.webhook import Checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bridgewright.core.model.inbound import Answer
    from bridgewright.core.signing.webhook import Option, Webhook

    Table = Callable[[Sequence[str], Iterable[Sequence[str]]], str]

START = """\
# Providers of webhooks

{note}

{total} providers, and any other that signs with an HMAC, as [a source declares it](#generic). The rules
of {checked} were checked against something other than memory: {library} against the vendor's library,
{vector} by a published example, {documentation} by the vendor's documentation. {unchecked}

**Covered** is what a signature binds. What it leaves out, somebody who has seen one delivery can
change; an event says it by its `coverage`. **Dedupe** is what two deliveries of one event have in common.
The source's secret is read from its variable, unless `secrets` of `[sources.NAME]` names others.

{overview}
"""
DECLARED = "generic"
"""Whoever a source declares: received like the others, and no provider to be counted."""

MARKS = {
    Checked.LIBRARY: "library",
    Checked.VECTOR: "example",
    Checked.DOCUMENTATION: "documentation",
    Checked.NOT: "**not checked**",
}


def webhooks(note: str, table: Table) -> str:
    """The page."""
    found = [connectors.webhook(name) for name in connectors.receiving_names()]
    found.sort(key=lambda webhook: webhook.facts.title.lower())
    named = [one for one in found if one.provider != DECLARED]
    counts = {each: sum(one.facts.checked is each for one in named) for each in Checked}
    columns = ("Provider", "Covered", "Batch", "Handshake", "Deadline", "Checked against")
    start = START.format(
        note=note,
        total=len(named),
        checked=len(named) - counts[Checked.NOT],
        library=counts[Checked.LIBRARY],
        vector=counts[Checked.VECTOR],
        documentation=counts[Checked.DOCUMENTATION],
        unchecked=_unchecked(counts[Checked.NOT]),
        overview=table(columns, (_line(one) for one in found)),
    )
    return start + "\n" + "\n".join(_section(one) for one in found)


def _unchecked(number: int) -> str:
    if not number:
        return "None was left unchecked."
    return f"{number} more are refused until a source says `allow_unchecked`."


def _line(webhook: Webhook) -> tuple[str, ...]:
    facts, profile = webhook.facts, webhook.profile
    deadline = "" if profile.deadline_s is None else f"{profile.deadline_s:g} s"
    return (
        f"[{facts.title}](#{webhook.provider})",
        ", ".join(facts.coverage.words()) or "nothing",
        "yes" if facts.batch else "",
        "yes" if facts.handshake else "",
        deadline,
        MARKS[facts.checked],
    )


def _section(webhook: Webhook) -> str:
    facts, profile = webhook.facts, webhook.profile
    rows = [
        ("connector", f"`{webhook.provider}`"),
        ("key", f"`{webhook.secret_variable}`: {webhook.key_what}"),
        ("known by", ", ".join(f"`{name.decode()}`" for name in webhook.signature_fields)),
        ("covered", ", ".join(facts.coverage.words()) or "nothing"),
        ("weak because", facts.weak),
        (
            "proven by",
            "the provider's read operation, with `refetch = true`" if webhook.fetch else "",
        ),
        ("freshness", facts.freshness),
        ("dedupe", facts.dedupe),
        ("type", facts.event_type),
        ("handshake", facts.handshake),
        ("batch", facts.batch),
        ("answer", facts.answer or _answer(profile.accepted)),
        ("to a bad signature", _answer(profile.refusal(profile.rejected))),
        ("their deadline", facts.deadline),
        ("their retries", facts.retries),
        ("largest body", f"{profile.max_body_bytes / 1_048_576:g} MiB"),
        *((f"option `{option.name}`", _option(option)) for option in webhook.options),
        ("checked", f"{facts.checked}: {facts.how}"),
        ("facts from", "; ".join(facts.sources)),
    ]
    lines = "\n".join(f"- {name}: {text}" for name, text in rows if text)
    return f"({webhook.provider})=\n\n## {facts.title}\n\n{lines}\n"


def _answer(answer: Answer) -> str:
    body = f" `{answer.body.decode()}`" if answer.body else ""
    return f"{answer.status}{body}"


def _option(option: Option) -> str:
    parts = [option.what]
    if option.needed:
        parts.append("needed")
    else:
        parts.append(f"default: {option.default_text}")
    if option.secret:
        parts.append("by reference")
    if option.variable:
        parts.append(f"or the variable `{option.variable}`")
    return "; ".join(parts)
