"""What must not be shown, and which names say that it is there."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.engineer.check.secrets.naming import holds_secret, words

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(StrEnum):
    """What is shown."""

    BODY = "the body of a message"
    HEADERS = "headers"
    SECRET = "a secret"  # noqa: S105 - a kind
    PERSON = "what tells who a person is"


_BODY_NAMES = re.compile(r"(?i)^(?:[a-z]+_)?(?:body|payload|response_text)(?:_raw)?$")
HEADER_NAMES = re.compile(r"(?i)^(?:[a-z]+_)?headers$")
SECRET_HEADERS = re.compile(
    r"(?i)authorization|cookie|api-?key|token|secret|signature|password|x-.*-key$"
)
_PERSON = re.compile(
    r"(?:^|_)(?:e_?mail|email_?address|mail_?address|phone|phone_?number|mobile|telephone|msisdn|first_?name|last_?name|full_?name|surname|birth_?date|date_?of_?birth"
    r"|birthday|ssn|social_?security(?:_?number)?|iban|card_?number|pan|cvv|cvc|passport(?:_?number)?|tax_?id|street|postal_?address"
    r"|home_?address|billing_?address|shipping_?address|ip_?address|remote_addr|client_ip|recipient|customer_name)$"
)
_ABOUT_PERSON = re.compile(
    r"(?:^|_)(?:count|id|ids|hash|domain|template|type|verified|field|status|valid)$"
)
_MUCH = re.compile(
    r"(?:^|_)(?:data|object|body|payload|content|result|record|customer|user|contact|account|profile|address|person"
    r"|attributes|fields|params|message|text|items|results|records|entries|orders|customers|users|contacts|details|raw)$"
)
"""Fields that hold more than a number, a word or an id."""


def named(name: str) -> Iterator[Kind]:
    """What a name says that is in it."""
    spelled = words(name)
    if holds_secret(name) or spelled in {"auth_header", "cookie", "cookies", "set_cookie"}:
        yield Kind.SECRET
    elif _PERSON.search(spelled) and not _ABOUT_PERSON.search(spelled):
        yield Kind.PERSON
    elif _BODY_NAMES.match(spelled):
        yield Kind.BODY
    elif HEADER_NAMES.match(spelled):
        yield Kind.HEADERS


def holds_much(key: str) -> bool:
    """Whether one field of a body is a body itself: `data`, `customer`, or several of something."""
    return _MUCH.search(words(key)) is not None
