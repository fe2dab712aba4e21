"""Webhooks that are one recipe and a reader: most of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.signing import keyring
from bridgewright.core.signing.recipe import mac_scheme, sign_mac, text_key
from bridgewright.core.signing.urls import UrlRule, as_seen
from bridgewright.core.signing.webhook import PLAIN, Signed, Terms, Webhook, no_options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridgewright.core.model.inbound import WebhookProfile
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Reader, Scheme
    from bridgewright.core.signing.digest import MacKey
    from bridgewright.core.signing.recipe import Recipe
    from bridgewright.core.signing.webhook import Facts, GreetingMaker, Option


def by_recipe(  # noqa: PLR0913 - what a webhook is made of, each by name
    provider: str,
    *,
    secret_variable: str,
    profile: WebhookProfile,
    recipe: Recipe,
    read: Reader,
    facts: Facts,
    key_what: str,
    prepare: Callable[[str], MacKey] | None = None,
    tolerance_s: float | None = None,
    options: tuple[Option, ...] = (),
    greet: GreetingMaker | None = None,
    urls: UrlRule = as_seen,
    order: tuple[str, ...] = (),
    wrap: Callable[[bytes], bytes] | None = None,
) -> Webhook:
    """The webhook of a provider that signs by one recipe. `prepare` makes a key of a secret's text,
    which is the key itself when left out; `tolerance_s` is the provider's own, 300 s for None; `urls`
    says which URLs may have been signed."""

    def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
        no_options(provider, terms, options)
        return mac_scheme(
            provider,
            recipe,
            keys,
            terms,
            prepare=prepare,
            urls=urls(terms.public_url),
            tolerance_s=tolerance_s,
        )

    def sign(
        keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
    ) -> Signed:
        bound = keyring.bind(provider, keys, prepare or text_key(recipe.algorithm))
        fields = sign_mac(recipe, bound.keys[0], body, message_id=message_id, at=at, url=url)
        return Signed(fields, body)

    return Webhook(
        provider=provider,
        secret_variable=secret_variable,
        profile=profile,
        scheme=scheme,
        read=read,
        sign=sign,
        facts=facts,
        options=options,
        greet=greet,
        key_what=key_what,
        signature_fields=(recipe.header,),
        wrap=wrap,
        order=order,
    )
