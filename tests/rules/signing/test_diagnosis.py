"""Each known mistake, made with a real delivery, is found; and nothing else is said of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.finding import Mistake
from bridgewright.core.model.inbound import Headers, NeedsKey, Rejected, WebhookProfile
from bridgewright.core.model.moment import later
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.diagnosis import MOST_BYTES, Party, Surroundings, diagnose
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Part, Recipe
from bridgewright.core.signing.webhook import Terms
from tests.rules.signing.mistaken import BODY, KEY, OTHER, URL, changed, found, party, sent
from tests.signed import WAYS, Way

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery

SIGNED = "stripe-signature"

EXACT = by_recipe(
    "exact",
    secret_variable="EXACT_SECRET",
    profile=WebhookProfile(),
    recipe=Recipe(header=b"x-exact-signature", signed=(Part.URL, Part.BODY)),
    read=Places(),
    facts=connectors.webhook("square").facts,
    key_what="its key",
)
"""A provider whose signature holds one URL, in no variants."""


# -- keys


def test_a_key_of_another_source_of_the_same_provider_is_named() -> None:
    test = party("stripe", OTHER, source="sandbox", names=("file:sandbox.key",))
    finding = found(party(), sent(key=OTHER), test)
    assert finding.mistake is Mistake.OTHER_KEY
    assert finding.matched == "the key file:sandbox.key of source sandbox"
    assert "source sandbox" in finding.step


def test_a_spare_key_is_named_by_its_reference() -> None:
    spares = (("env:STRIPE_WEBHOOK_SECRET_PREVIOUS", Secret(OTHER)),)
    finding = found(party(spares=spares), sent(key=OTHER))
    assert finding.mistake is Mistake.OTHER_KEY
    assert "env:STRIPE_WEBHOOK_SECRET_PREVIOUS" in finding.wrong
    assert 'add "env:STRIPE_WEBHOOK_SECRET_PREVIOUS" to secrets of source shop' in finding.step


def test_a_delivery_for_a_source_of_another_provider_is_told_so() -> None:
    hub = party("github", OTHER, source="hub")
    finding = found(party(), sent("github", OTHER), hub)
    assert finding.mistake is Mistake.OTHER_SOURCE
    assert finding.wrong == "it was sent to source shop and is signed for source hub"
    assert finding.step == "give GitHub the URL of source hub"


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        (base64.b64encode(b"k" * 32).decode(), b"k" * 32, "decoded from base64"),
        (base64.b64encode(b"\xff" * 32).decode(), b"\xff" * 32, "decoded from base64"),
        ("whsec_plain-words", b"plain-words", "without its prefix, used as text"),
        ("plain-words", b"whsec_plain-words", "with whsec_ before it"),
        ("6b" * 20, b"k" * 20, "decoded from hex"),
        ("plain-words", base64.b64encode(b"plain-words"), "encoded as base64"),
        ("sk_" + base64.b64encode(b"k" * 32).decode(), b"k" * 32, "without its prefix, decoded"),
    ],
)
def test_a_secret_taken_for_another_key_is_told_how(ours: str, theirs: bytes, words: str) -> None:
    finding = found(party("github", ours), by_raw_key(theirs))
    assert finding.mistake is Mistake.SECRET_FORM
    assert words in finding.matched


def by_raw_key(raw: bytes) -> Delivery:
    """As GitHub sends it, under a key that may be no text."""
    signature = b"sha256=" + hmac.new(raw, BODY, hashlib.sha256).hexdigest().encode()
    return replace(sent("github"), headers=Headers(((b"x-hub-signature-256", signature),)))


def test_a_standard_secret_that_was_not_decoded_is_told() -> None:
    as_text = "whsec_" + base64.b64encode(KEY.encode()).decode()
    finding = found(party("standard"), sent("standard", as_text))
    assert finding.mistake is Mistake.SECRET_FORM
    assert finding.matched == "the secret as it stands, used as text"


# -- the URL


def exact(public_url: str, url: str, *, seen: str | None = None) -> tuple[Mistake, str]:
    delivery = sent(EXACT, url=url)
    if seen is not None:
        delivery = replace(delivery, url=seen, query=seen.partition("?")[2].encode())
    finding = found(party(EXACT, terms=Terms(public_url=public_url)), delivery)
    return finding.mistake, finding.matched


@pytest.mark.parametrize(
    ("configured", "signed", "mistake", "words"),
    [
        (URL, URL.replace("https", "http"), Mistake.URL_SCHEME, "with http"),
        (URL.replace("https", "http"), URL, Mistake.URL_SCHEME, "with https"),
        (URL, URL + "/", Mistake.URL_SLASH, "with a slash at its end"),
        (URL + "/", URL, Mistake.URL_SLASH, "without the slash at its end"),
        (URL, URL.replace(".com", ".com:443"), Mistake.URL_PORT, "with the port 443"),
        (URL.replace(".com", ".com:8443"), URL, Mistake.URL_PORT, "without its port"),
        (
            URL,
            URL.replace("https", "http") + "/",
            Mistake.URL,
            "with http, with a slash at its end",
        ),
    ],
)
def test_a_url_written_otherwise_is_told_part_by_part(
    configured: str, signed: str, mistake: Mistake, words: str
) -> None:
    told, matched = exact(configured, signed)
    assert (told, matched) == (mistake, f"the URL {words}")


def test_a_query_that_the_provider_did_not_sign_is_told() -> None:
    mistake, matched = exact(URL, URL, seen=URL + "?tenant=7")
    assert (mistake, matched) == (Mistake.URL_QUERY, "the URL without its query")


def test_a_public_url_that_is_not_the_providers_is_told() -> None:
    mistake, matched = exact("https://old.example.com/hooks", URL)
    assert (mistake, matched) == (Mistake.URL, "the URL as the request itself names it")


def test_square_behind_a_proxy_that_ends_tls_is_told() -> None:
    delivery = sent("square", url=URL)
    plain = replace(delivery, url=URL.replace("https", "http"))
    assert found(party("square"), plain).mistake is Mistake.URL_SCHEME


# -- the body


@pytest.mark.parametrize(
    ("original", "written", "words"),
    [
        ({"separators": (",", ":")}, {}, "compact"),
        ({}, {"separators": (",", ":")}, "spaced"),
        ({"indent": 2}, {}, "indented by 2"),
        ({"separators": (",", ":"), "sort_keys": True}, {}, "compact, its keys sorted"),
        ({"separators": (",", ":"), "ensure_ascii": True}, {}, "beyond ASCII escaped"),
    ],
)
def test_json_that_was_written_again_is_told_in_which_form_it_was_signed(
    original: dict[str, object], written: dict[str, object], words: str
) -> None:
    value = {
        "type": "invoice.paid",
        "id": "evt_1",
        "name": "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    }
    signed = json.dumps(value, **({"ensure_ascii": False} | original)).encode()  # type: ignore[arg-type]
    came = json.dumps(value, **({"ensure_ascii": False} | written)).encode()  # type: ignore[arg-type]
    finding = found(party(), changed(sent(body=signed), came))
    assert finding.mistake is Mistake.JSON_REWRITTEN
    assert words in finding.matched


def test_json_with_escaped_slashes_or_markup_is_told() -> None:
    value = {"url": "https://example.com/a", "html": "<b>&"}
    compact = json.dumps(value, separators=(",", ":"))
    php = sent(body=compact.replace("/", "\\/").encode())
    go = compact.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    came = json.dumps(value).encode()
    assert "slashes escaped" in found(party(), changed(php, came)).matched
    assert "< > & escaped" in found(party(), changed(sent(body=go.encode()), came)).matched


@pytest.mark.parametrize(
    ("original", "came"),
    [
        (BODY, BODY + b"\n"),
        (BODY + b"\n", BODY),
        (BODY + b"\r\n", BODY),
        (b"a=1\r\nb=2\r\n", b"a=1\nb=2\n"),
        (b"a=1\nb=2", b"a=1\r\nb=2"),
        (BODY, b" " + BODY),
    ],
)
def test_changed_line_ends_are_told(original: bytes, came: bytes) -> None:
    finding = found(party(), changed(sent(body=original), came))
    assert finding.mistake is Mistake.LINE_ENDS


@pytest.mark.parametrize(
    "came",
    [
        BODY.decode("utf-8").encode("latin-1"),
        BODY.decode("latin-1").encode("utf-8"),
        b"\xef\xbb\xbf" + BODY,
    ],
)
def test_a_changed_character_set_is_told(came: bytes) -> None:
    assert found(party(), changed(sent(), came)).mistake is Mistake.CHARSET


def test_a_body_that_somebody_read_before_is_told() -> None:
    delivery = changed(sent(fields=((b"content-length", b"%d" % len(BODY)),)), b"")
    assert found(party(), delivery).mistake is Mistake.BODY_GONE


# -- the clock


def test_a_stale_delivery_is_told_by_how_much_and_whose_clock_it_may_be() -> None:
    finding = found(party(), sent(at=later(NOW, -437)))
    assert finding.mistake is Mistake.CLOCK
    assert "signed 437 s before it came" in finding.wrong
    assert "our clock is ahead, or the sender's is behind" in finding.wrong
    assert finding.matched == "our clock 437 s earlier"


def test_a_delivery_from_the_future_is_told() -> None:
    finding = found(party(), sent(at=later(NOW, 1_000)))
    assert "signed 1000 s after it came: our clock is behind" in finding.wrong


def test_other_sources_that_fitted_lately_clear_our_clock() -> None:
    others = (party("slack", OTHER, source="slack"), party("standard", OTHER, source="svix"))
    heard = {"slack": later(NOW, -60), "svix": later(NOW, -600)}
    early = found(party(), sent(at=later(NOW, 1_000)), *others, heard=heard)
    assert "the sender's clock is ahead, for 2 other sources fitted" in early.wrong
    late = found(party(), sent(at=later(NOW, -1_000)), *others, heard=heard)
    assert (
        "our clock is right, for 2 other sources fitted lately; the sender's is behind"
        in late.wrong
    )


def test_a_source_that_signs_no_time_says_nothing_of_clocks() -> None:
    others = (party("github", OTHER, source="hub"),)
    finding = found(party(), sent(at=later(NOW, 1_000)), *others, heard={"hub": NOW})
    assert "our clock is behind, or" in finding.wrong


def test_others_of_the_same_source_clear_both_clocks() -> None:
    finding = found(party(), sent(at=later(NOW, -1_000)), heard={"shop": later(NOW, -5)})
    assert "both clocks are right" in finding.wrong
    assert "sent it again" in finding.wrong
    early = found(party(), sent(at=later(NOW, 1_000)), heard={"shop": later(NOW, -5)})
    assert "the sender's clock is ahead, for others of this source fitted" in early.wrong


def test_a_time_zone_and_days_are_recognised() -> None:
    assert "a time zone of 2 h" in found(party(), sent(at=later(NOW, 7_205))).wrong
    assert "signed 259237 s before" in found(party(), sent(at=later(NOW, -259_237))).wrong
    assert "more than 14 days" in found(party(), sent(at=later(NOW, -99 * 86_400))).wrong


# -- the header


def test_another_providers_scheme_is_told_by_its_field() -> None:
    finding = found(party(), sent("slack", OTHER))
    assert finding.mistake is Mistake.OTHER_SCHEME
    assert finding.wrong == "it is signed as Slack signs, and this source is Stripe's"


def test_a_signature_that_a_proxy_dropped_is_told() -> None:
    proxied = ((b"x-forwarded-for", b"10.0.0.1"), (b"x-github-event", b"push"))
    delivery = sent("github", fields=proxied)
    bare = tuple(field for field in delivery.headers.items() if field[0] != b"x-hub-signature-256")
    finding = found(party("github"), replace(delivery, headers=Headers(bare)))
    assert finding.mistake is Mistake.HEADER_DROPPED
    assert "x-hub-signature-256: a proxy" in finding.wrong


def test_a_signature_under_another_name_is_told() -> None:
    delivery = sent()
    renamed = Headers(((b"HTTP_STRIPE_SIGNATURE", delivery.headers.every(SIGNED.encode())[0]),))
    finding = found(party(), replace(delivery, headers=renamed))
    assert finding.mistake is Mistake.HEADER_DROPPED
    assert "stripe-signature came under another name" in finding.wrong


def test_a_provider_that_was_given_no_secret_is_told() -> None:
    bare = Headers(((b"x-github-event", b"push"), (b"user-agent", b"GitHub-Hookshot/1")))
    finding = found(party("github"), replace(sent("github"), headers=bare))
    assert finding.mistake is Mistake.UNSIGNED
    assert "without one it signs nothing" in finding.step


def test_a_visitor_is_told_from_a_provider() -> None:
    visitor = Headers(((b"via", b"1.1 proxy"), (b"user-agent", b"curl/8")))
    finding = found(party(), replace(sent(), headers=visitor))
    assert finding.mistake is Mistake.UNSIGNED
    assert "nothing says that Stripe sent it" in finding.wrong


@pytest.mark.parametrize("place", [0, -1])
def test_a_doubled_signature_is_told_which_of_them_would_do(place: int) -> None:
    fields = list(sent().headers.items())
    fields.insert(len(fields) if place else 0, (SIGNED.encode(), b"t=1,v1=" + b"0" * 64))
    finding = found(party(), replace(sent(), headers=Headers(fields)))
    assert finding.mistake is Mistake.HEADER_TWICE
    assert finding.matched == f"the {'first' if place else 'last'} of the two alone"


def test_a_signature_that_a_proxy_joined_to_itself_is_told() -> None:
    [(name, value)] = sent("github").headers.items()
    joined = Headers(((name, value + b", " + value),))
    finding = found(party("github"), replace(sent("github"), headers=joined))
    assert finding.mistake is Mistake.HEADER_TWICE


# -- nothing


def test_what_no_known_mistake_explains_is_said_to_be_that() -> None:
    finding = found(party(), changed(sent(), b'{"id": "evt_2"}'))
    assert (finding.mistake, finding.matched) == (Mistake.NONE_KNOWN, "")


def test_a_body_too_large_to_be_tried_is_said_to_be_that() -> None:
    finding = found(party(), changed(sent(), b"a" * (MOST_BYTES + 1)))
    assert finding.mistake is Mistake.NONE_KNOWN
    assert "is not verified again" in finding.wrong


# -- the catalogue


@pytest.mark.parametrize("way", [way for way in WAYS if way.fields(b"{}")], ids=str)
def test_a_provider_that_signs_in_header_fields_names_one(way: Way) -> None:
    fields = set(Headers(way.fields(b"{}")).items())
    named = connectors.webhook(way.provider).signature_fields
    generic = {b"authorization", b"content-type"}
    assert {name for name, _ in fields} & ({*named} | generic)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_delivery_that_verifies_under_a_spare_key_is_found_for_every_provider(way: Way) -> None:
    """Those whose keys are fetched are not: nobody has us fetch a key to explain a forgery."""
    webhook = connectors.webhook(way.provider)
    delivery = way.sent(b'{"a": 1}', 1)
    rejected = webhook.scheme([way.keys(0)[1]], way.terms).verify(delivery, NOW)
    if isinstance(rejected, NeedsKey):
        return
    assert isinstance(rejected, Rejected)
    spares = (("env:SPARE", way.keys(1)[1]),)
    to = Party("own", webhook, (way.keys(0)[1],), ("env:OWN",), way.terms, spares)
    finding = diagnose(to, delivery, rejected, Surroundings())
    if isinstance(webhook.scheme([way.keys(1)[1]], way.terms).verify(delivery, NOW), NeedsKey):
        return
    assert (finding.mistake, finding.matched) == (Mistake.OTHER_KEY, "the key env:SPARE")
