"""Where a signature is not there, or there twice: what the fields beside it say of why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.finding import Finding, Mistake
from bridgewright.core.model.inbound import Headers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.core.model.inbound import Delivery
    from bridgewright.core.signing.webhook import Webhook

MOST_FIELDS = 200
"""More fields than a real request has: of such a one nothing is tried."""
MOST_TITLES = 4
_ANYBODYS = frozenset({b"authorization", b"x-api-key", b"x-signature", b"signature"})
"""Names that say nothing of who signs."""
_PROXIES = frozenset(
    b"via forwarded x-forwarded-for x-forwarded-proto x-forwarded-host x-real-ip cf-ray"
    b" x-amzn-trace-id x-envoy-external-address fly-request-id x-vercel-id".split()
)
"""Fields that a proxy adds."""


def explained(
    webhook: Webhook, headers: Headers, catalogue: Mapping[str, tuple[bytes, ...]]
) -> Finding:
    """Why the signature is missing: it is another provider's, was renamed or dropped, or never was."""
    names = {name for name, _ in headers.items()}
    own = set(webhook.signature_fields)
    strangers = _strangers(names - own, webhook.facts.title, catalogue)
    renamed = next((field for field in own - names if _renamed(field, names)), None)
    if strangers and not names & own:
        return _as_others_sign(webhook, strangers)
    if renamed is not None:
        wrong = f"the field {renamed.decode()} came under another name"
        step = "have the proxy or the framework hand header fields on under their own names"
        matched = f"the same under {renamed.decode()}"
        return Finding(Mistake.HEADER_DROPPED, wrong, matched, step)
    if _is_theirs(webhook, headers, names):
        return _unsigned_by_them(webhook, names)
    wrong = f"nothing is signed, and nothing says that {webhook.facts.title} sent it"
    step = "most of these are people and scanners: nothing to do, unless deliveries are missing"
    return Finding(Mistake.UNSIGNED, wrong, "", step)


def _strangers(
    names: set[bytes], own_title: str, catalogue: Mapping[str, tuple[bytes, ...]]
) -> list[str]:
    known = names - _ANYBODYS
    return sorted(
        title for title, fields in catalogue.items() if title != own_title and known & set(fields)
    )


def _as_others_sign(webhook: Webhook, titles: list[str]) -> Finding:
    told = " or ".join(titles[:MOST_TITLES]) + (" or others" if len(titles) > MOST_TITLES else "")
    wrong = f"it is signed as {told} signs, and this source is {webhook.facts.title}'s"
    step = f"send it to a source of {told}, or set provider of this source"
    return Finding(Mistake.OTHER_SCHEME, wrong, f"the scheme of {told}", step)


def _renamed(field: bytes, names: set[bytes]) -> bool:
    """Whether a field came as CGI or a careless proxy writes it: `HTTP_STRIPE_SIGNATURE`."""
    wanted = field.removeprefix(b"x-")
    for name in names:
        plain = name.replace(b"_", b"-").removeprefix(b"http-")
        if name != field and plain.removeprefix(b"x-").removeprefix(b"original-") == wanted:
            return True
    return False


def _is_theirs(webhook: Webhook, headers: Headers, names: set[bytes]) -> bool:
    """Whether anything else says that the provider sent it: its name in a field's, or its agent."""
    name = webhook.provider.encode()
    agent = (headers.first(b"user-agent") or b"").lower()
    families = {field.rpartition(b"-")[0] for field in webhook.signature_fields} - {b"x", b""}
    related = any(each.startswith(family) for each in names for family in families)
    return related or name in agent or any(name in each for each in names)


def _unsigned_by_them(webhook: Webhook, names: set[bytes]) -> Finding:
    title = webhook.facts.title
    missing = [field.decode() for field in webhook.signature_fields if field not in names]
    fields = " or ".join(missing) or "a signature"
    wrong = f"it looks like {title}'s, and comes without {fields}"
    if names & _PROXIES and missing:
        wrong += ": a proxy that it came through has dropped it"
        step = "have the proxy pass it on; or, if it never came, set the secret at the provider"
        return Finding(Mistake.HEADER_DROPPED, wrong, "the same with its signature", step)
    step = f"set the secret at {title}: without one it signs nothing"
    return Finding(Mistake.UNSIGNED, wrong, "the same with a signature", step)


def undoubled(headers: Headers) -> Iterator[tuple[str, Headers]]:
    """The header without its doubles: of each name the first field, or the last; and of two that a
    proxy has joined by a comma, each."""
    fields = headers.items()
    if len(fields) > MOST_FIELDS:
        return
    if len({name for name, _ in fields}) < len(fields):
        yield "the first of the two alone", Headers(dict(reversed(fields)).items())
        yield "the last of the two alone", Headers(dict(fields).items())
    if any(b", " in value for _, value in fields):
        first = [(name, value.partition(b", ")[0]) for name, value in fields]
        last = [(name, value.rpartition(b", ")[2]) for name, value in fields]
        yield "the first of the two, which are joined by a comma", Headers(first)
        yield "the last of the two, which are joined by a comma", Headers(last)


def body_gone(delivery: Delivery) -> Finding | None:
    """A body that was announced and is not there: somebody read it before us."""
    length = delivery.headers.first(b"content-length") or b""
    if delivery.body or not length.strip(b"0") or not length.isdigit():
        return None
    wrong = "the body is empty, and its length says that it was not"
    step = "hand over the body before anything reads it: a middleware has used it up"
    return Finding(Mistake.BODY_GONE, wrong, "the body as it was sent", step)
