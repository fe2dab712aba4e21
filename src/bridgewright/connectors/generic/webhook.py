"""A source whose signature is declared in the settings: an HMAC over a template. Sources: README.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.connectors.generic.profile import WEBHOOK_PROFILE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing import keyring
from bridgewright.core.signing.digest import DIGEST_BYTES, MacKey
from bridgewright.core.signing.reading import HEADER, Places
from bridgewright.core.signing.recipe import (
    Clock,
    Encoding,
    Part,
    Recipe,
    mac_scheme,
    sign_mac,
)
from bridgewright.core.signing.urls import variants
from bridgewright.core.signing.webhook import (
    PLAIN,
    Checked,
    Facts,
    Option,
    Signed,
    Terms,
    Webhook,
    no_options,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Reader, Scheme

_FIELD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_PLACE = re.compile(r"(header:[A-Za-z0-9_-]{1,100}|[^\s.]{1,100}(\.[^\s.]{1,100}){0,15})")
_PLACEHOLDER = re.compile(r"(\{[a-z]+\})")
_PARTS = {
    "{body}": Part.BODY,
    "{timestamp}": Part.TIME,
    "{id}": Part.ID,
    "{url}": Part.URL,
    "{method}": Part.METHOD,
}
_MOST_TEMPLATE = 200
_KEYS = ("text", "hex", "base64")


def _one_of(*words: str) -> Callable[[str], str | None]:
    return lambda text: None if text in words else f"is none of {', '.join(words)}"


def _wrong_field(text: str) -> str | None:
    return None if _FIELD.fullmatch(text) else "is no name of a header field"


def _wrong_place(text: str) -> str | None:
    return None if _PLACE.fullmatch(text) else "is neither a dotted path nor header:NAME"


def _wrong_prefix(text: str) -> str | None:
    fine = text.isascii() and text.isprintable() and len(text) <= _MOST_TEMPLATE
    return None if fine else "is not printable ASCII"


def _wrong_template(text: str) -> str | None:
    if len(text) > _MOST_TEMPLATE or not text.isascii():
        return f"is longer than {_MOST_TEMPLATE} characters, or not ASCII"
    named = [part for part in _PLACEHOLDER.split(text) if _PLACEHOLDER.fullmatch(part)]
    strange = [part for part in named if part not in _PARTS]
    if strange or "{" in _PLACEHOLDER.sub("", text) or "}" in _PLACEHOLDER.sub("", text):
        return f"holds something else than {', '.join(_PARTS)}"
    if "{body}" not in named:
        return "leaves the body out: nothing that comes would be proven"
    return None if len(set(named)) == len(named) else "names one thing twice"


OPTIONS = (
    Option(
        "header", "the field that holds the signature", needed=True, example="X-Signature",
        form=_wrong_field,
    ),
    Option(
        "algorithm", "`sha1`, `sha256` or `sha512`", example="sha256", default_text="`sha256`",
        form=_one_of(*DIGEST_BYTES),
    ),
    Option(
        "encoding", "`hex` (lower case) or `base64`", example="hex", default_text="`hex`",
        form=_one_of(*Encoding),
    ),
    Option(
        "prefix", "what stands before the signature", example="sha256=", form=_wrong_prefix
    ),
    Option(
        "template",
        "what is signed, of `{body}`, `{timestamp}`, `{id}`, `{url}`, `{method}` and texts between",
        example="{timestamp}.{body}",
        default_text="`{body}`",
        form=_wrong_template,
    ),
    Option("timestamp_header", "the field that holds a signed time", form=_wrong_field),
    Option(
        "timestamp_unit", "`s`, `ms` or `rfc3339`", example="s", default_text="`s`",
        form=_one_of(*Clock),
    ),
    Option("id_header", "the field that holds a signed id", form=_wrong_field),
    Option(
        "key_form", "`text`, or `hex` or `base64` to be decoded", default_text="`text`",
        example="text", form=_one_of(*_KEYS),
    ),
    Option(
        "id_path", "where the event's id stands: a dotted path into the JSON, or `header:NAME`",
        example="data.id", default_text="the field `id_header`, else the digest of the body",
        form=_wrong_place,
    ),
    Option(
        "type_path", "where its type stands", example="type", default_text="`type`",
        form=_wrong_place,
    ),
)  # fmt: skip


def recipe(terms: Terms) -> Recipe:
    """The recipe that the options declare; `ConfigurationError` when they contradict each other."""
    no_options("generic", terms, OPTIONS)
    given = terms.options
    template = given.get("template", "{body}")
    parts = [part for part in _PLACEHOLDER.split(template) if part]
    for placeholder, option in (("{timestamp}", "timestamp_header"), ("{id}", "id_header")):
        if (placeholder in parts) != (option in given):
            problem = f"generic: {placeholder} in the template and {option} go together"
            raise ConfigurationError(problem, remedy="give both, or neither")
    if "timestamp_unit" in given and "timestamp_header" not in given:
        problem = "generic: timestamp_unit is given, but no timestamp_header"
        raise ConfigurationError(problem, remedy="name the field, or leave the unit out")
    return Recipe(
        header=given["header"].lower().encode(),
        signed=tuple(_PARTS[part] if part in _PARTS else part.encode() for part in parts),
        prefix=given.get("prefix", "").encode(),
        algorithm=given.get("algorithm", "sha256"),
        encoding=Encoding(given.get("encoding", Encoding.HEX)),
        time=_field(given.get("timestamp_header")),
        clock=Clock(given.get("timestamp_unit", Clock.SECONDS)),
        id=_field(given.get("id_header")),
    )


def _field(name: str | None) -> bytes | None:
    return None if name is None else name.lower().encode()


def _prepare(terms: Terms, algorithm: str) -> Callable[[str], MacKey]:
    form = terms.options.get("key_form", "text")

    def prepare(text: str) -> MacKey:
        if form == "text":
            return MacKey.of(keyring.verbatim(text), algorithm)
        keyring.verbatim(text)
        return MacKey.of(_from_hex(text) if form == "hex" else keyring.from_base64(text), algorithm)

    return prepare


def _from_hex(text: str) -> bytes:
    if not re.fullmatch(r"([0-9A-Fa-f]{2})+", text):
        msg = "is not hexadecimal"
        raise keyring.UnfitKeyError(msg)
    return bytes.fromhex(text)


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify by the recipe that the source declares."""
    declared = recipe(terms)
    prepare = _prepare(terms, declared.algorithm)
    urls = variants(terms.public_url)
    return mac_scheme("generic", declared, keys, terms, prepare=prepare, urls=urls)


def reader(terms: Terms) -> Reader:
    """Read events by the places that the source declares."""
    declared = recipe(terms)
    place = terms.options.get("id_path")
    if place is None and declared.id is not None:
        place = HEADER + declared.id.decode()
    ids = () if place is None else (_lowered(place),)
    return Places(id=ids, type=(_lowered(terms.options.get("type_path", "type")),), untyped="event")


def _lowered(place: str) -> str:
    return place.lower() if place.startswith(HEADER) else place


read = Places(type=("type",), untyped="event")
"""What is read where nothing is declared."""


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign by the example of a declaration, `X-Signature: hex over the body`: a source's own is not
    known here."""
    del message_id, at, url
    declared = recipe(EXAMPLE)
    bound = keyring.bind("generic", keys, _prepare(EXAMPLE, declared.algorithm))
    return Signed(sign_mac(declared, bound.keys[0], body), body)


EXAMPLE = Terms(options={"header": "X-Signature"})

FACTS = Facts(
    title="Any HMAC, declared",
    coverage=Coverage.BODY | Coverage.TIME | Coverage.ID | Coverage.URL,
    freshness="300 s both ways, where a time is signed",
    dedupe="`id_path` or `id_header`; else the digest of the body",
    event_type="`type_path`, else `type`, else `event`",
    deadline="not known",
    retries="not known",
    sources=("RFC 2104; the source's own settings; deliveries of three vendors, 2026-11-28",),
    checked=Checked.DOCUMENTATION,
    how="the family of recipes is the catalogue's own; declarations that play Slack, Square and GitHub"
    " verify those vendors' deliveries in our tests",
)

WEBHOOK = Webhook(
    provider="generic",
    secret_variable="GENERIC_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    reader=reader,
    sign=sign,
    facts=FACTS,
    options=OPTIONS,
    key_what="the secret that the sender signs with",
    signature_fields=(b"x-signature",),
)
