"""Bodies as bounded previews."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.redact.body import MAX_BODY_BYTES, preview
from bridgewright.core.redact.redaction import Redaction, redaction
from tests.rules.redact.canaries import REDACTION, canaries, plain, survives

TYPES = (
    *("application/json", "application/x-www-form-urlencoded", "text/plain", "text/html", ""),
    *("application/xml; charset=utf-8", "application/x-amz-json-1.0", "image/png", "multipart/x"),
    *("text/plain; charset=utf-16", "text/plain; charset=latin-1", "application/problem+json"),
)
types = st.sampled_from(TYPES) | st.none() | st.text(max_size=60)
names = plain | st.sampled_from(["description", "metadata", "To", "password", "card"])


@given(body=st.binary() | st.text().map(str.encode), content_type=types)
def test_any_bytes_of_any_type_become_one_printable_line(
    body: bytes, content_type: str | None
) -> None:
    shown = preview(body, content_type, REDACTION)
    assert "\n" not in shown
    shown.encode()


@pytest.mark.slow
@given(
    canary=canaries,
    tree=st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(names, inner)),
    name=names,
    depth=st.integers(0, 4),
)
def test_a_canary_in_json_does_not_survive_as_value_name_or_json_within_a_text(
    canary: str, tree: object, name: str, depth: int
) -> None:
    planted: object = {name: [tree, f"see {canary}"], f"{canary} ": 1}
    for _ in range(depth):
        planted = {"Message": json.dumps(planted), "Also": planted}
    body = json.dumps(planted).encode()
    for kind in ("application/json", None, "text/plain"):
        assert not survives(canary, preview(body, kind, REDACTION, 1_000_000))


@given(canary=canaries, before=plain, name=names)
def test_a_canary_in_a_form_in_xml_or_in_text_does_not_survive(
    canary: str, before: str, name: str
) -> None:
    form = urlencode({"a": before, name: canary, "z": "1"}).encode()
    assert not survives(canary, preview(form, "application/x-www-form-urlencoded", REDACTION))
    text = f"<html><p>{canary}</p><b title='{canary}'>x</b></html>".encode()
    assert not survives(canary, preview(text, "text/html", REDACTION))
    assert not survives(canary, preview(f"see {canary} there".encode(), "text/plain", REDACTION))


@pytest.mark.parametrize(
    "name",
    [
        *("password", "PassWord", "api_key", "apiKey", "API-KEY", "x.token", "client[secret]"),
        *("db_password_2", "cvc", "card_pin", "otpCode", "iban", "date_of_birth", "authToken"),
        *("SecretAccessKey", "Auth", "credentials", "fiscalCode", "Fiscal-Code", "mysql_pwd"),
    ],
)
def test_a_field_is_masked_by_its_name_however_it_is_spelt(name: str) -> None:
    assert preview(json.dumps({name: "hush", "n": 1}).encode(), "application/json", REDACTION) == (
        json.dumps({name: "****", "n": 1}, separators=(",", ":"))
    )
    assert "hush" not in preview(urlencode({name: "hush"}).encode(), "", REDACTION)
    assert "hush" not in preview(f'{name}: "hush"\nmore'.encode(), "text/plain", REDACTION)
    assert "hush" not in preview(json.dumps({name: {"a": ["hush"]}}).encode(), None, REDACTION)


@pytest.mark.parametrize(
    "name", ["shipping", "author", "monkey", "footprint", "opinion", "company", "spinner", "number"]
)
def test_a_field_that_only_sounds_alike_is_shown(name: str) -> None:
    assert "plain" in preview(json.dumps({name: "plain"}).encode(), "application/json", REDACTION)


def test_a_number_is_secret_below_a_card_and_not_below_an_order() -> None:
    body = b'{"card":{"number":"12"},"order":{"number":"12"}}'
    shown = preview(body, "application/json", REDACTION)
    assert shown == '{"card":{"number":"****"},"order":{"number":"12"}}'


def test_what_a_provider_declares_secret_is_masked_by_its_path_too() -> None:
    ours = redaction(b"", ("source.data",))
    body = b'{"source":{"data":"hush"},"data":"shown"}'
    assert preview(body, None, ours) == '{"source":{"data":"****"},"data":"shown"}'


def test_pairs_of_name_and_value_are_read_as_fields() -> None:
    body = b'[{"Name":"db_password","Value":"hush"},{"Name":"region","Value":"eu"}]'
    shown = preview(body, "application/x-amz-json-1.1", REDACTION)
    assert shown == '[{"Name":"db_password","Value":"****"},{"Name":"region","Value":"eu"}]'


def test_an_element_is_masked_by_its_name_with_all_it_holds() -> None:
    body = b"<R><SecretAccessKey>a<b>c</b></SecretAccessKey><User>joe</User></R>"
    shown = preview(body, "text/xml", REDACTION)
    assert shown == "<R><SecretAccessKey>****</SecretAccessKey><User>joe</User></R>"
    assert "hush" not in preview(b"<Password>hush", "application/xml", REDACTION)


@pytest.mark.parametrize(
    ("body", "content_type", "told"),
    [
        (b'{"a": ', "application/json", "withheld: not what its type says, 6 bytes"),
        (b"\x89PNG\r\n", "image/png", "withheld: image/png, 6 bytes"),
        (b"a\0b", "text/plain", "withheld: text/plain, 3 bytes"),
        (b"abc", "text/plain; charset=utf-16", "withheld: text/plain, 3 bytes"),
        (b"abc", "application/pdf; name=jane@example.com", "withheld: application/pdf, 3 bytes"),
        (b"x" * (MAX_BODY_BYTES + 1), "text/plain", "withheld: too large, 262145 bytes"),
        (b"[" * 100_000, "application/json", "withheld: not what its type says, 100000 bytes"),
        (b"9" * 10_000, "application/json", "withheld: not what its type says, 10000 bytes"),
        (b"", "text/plain", ""),
    ],
)
def test_what_cannot_be_read_is_withheld_and_says_why(
    body: bytes, content_type: str, told: str
) -> None:
    assert preview(body, content_type, REDACTION) == told


def test_whatever_goes_wrong_the_body_is_not_shown() -> None:
    class Broken:
        def sub(self, mask: str, text: str) -> str:
            raise OSError(text)

    broken = Redaction(known=Broken())  # type: ignore[arg-type]
    shown = preview(b'{"a":"hush"}', "application/json", broken)
    assert shown == "withheld: it could not be redacted, 12 bytes"


def test_a_long_body_is_cut_after_redaction_and_says_so() -> None:
    body = json.dumps({"a": ["jane@example.com"] * 1_000}).encode()
    shown = preview(body, "application/json", REDACTION, 100)
    assert len(shown) == 100 + len("… (cut)")
    assert shown.endswith("… (cut)")


@pytest.mark.slow
@pytest.mark.parametrize("piece", ['{"a":', "[", '"a"', "<a ", "a=b&", "&lt;", "</a", "a[b]", "%"])
def test_hostile_bodies_are_answered_in_bounded_work(piece: str) -> None:
    body = (piece * 200_000)[:200_000].encode()
    for kind in TYPES:
        assert len(preview(body, kind, REDACTION)) < 5_000
