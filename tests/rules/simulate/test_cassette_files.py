"""The file of a cassette: what is read is what was written, and what is broken is told by its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.core.model.secret import Secret
from bridgewright.simulate.cassettes.bodies import kept, restored
from bridgewright.simulate.cassettes.cassette import Cassette, Handling
from bridgewright.simulate.cassettes.document import tape_of
from bridgewright.simulate.cassettes.drift import drift
from bridgewright.simulate.cassettes.foreign import import_cassette
from bridgewright.simulate.cassettes.keeping import load
from bridgewright.simulate.cassettes.layers import layers
from bridgewright.simulate.cassettes.matching import matching, operation
from bridgewright.simulate.cassettes.placeholders import Placeholders
from bridgewright.simulate.cassettes.trouble import CassetteError, LeakError
from tests.tries import tries

if TYPE_CHECKING:
    from pathlib import Path

NONE = Placeholders()
AT = datetime(2026, 11, 29, tzinfo=UTC)


def a_file() -> dict[str, Any]:
    return {
        "format": "bridgewright-cassette/1",
        "upstream": "https://api.example.com",
        "exchanges": [
            {
                "request": {"method": "GET", "path": "/", "headers": [], "body": None},
                "turn": 1,
                "recorded_at": "2026-11-29T11:15:00Z",
                "response": {"status": 200, "headers": ["a: b"], "body": {"json": {"a": 1}}},
            }
        ],
    }


def changed(pointer: str, value: Any) -> str:
    """The file with one value changed, or taken away for `...`."""
    content: Any = a_file()
    *outer, last = [int(step) if step.isdigit() else step for step in pointer[1:].split("/")]
    place = content
    for step in outer:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("pointer", "value", "place", "why"),
    [
        ("/format", "bridgewright-cassette/2", "#/format", "has the format '2'"),
        ("/format", "vcr", "#/format", "not a cassette of ours"),
        ("/format", ..., "tape.json: ", "'format' is missing"),
        ("/exchanges", {}, "#/exchanges", "a list of exchanges"),
        ("/exchange", [], "#/exchange", "nothing reads this"),
        ("/exchanges/0/turn", 0, "#/exchanges/0/turn", "counted from 1"),
        ("/exchanges/0/turn", "1", "#/exchanges/0/turn", "should be which of the same requests"),
        ("/exchanges/0/turn", True, "#/exchanges/0/turn", "should be which"),
        ("/exchanges/0/recorded_at", "today", "#/exchanges/0/recorded_at", "no instant"),
        ("/exchanges/0/request/method", ..., "#/exchanges/0/request", "'method' is missing"),
        ("/exchanges/0/request/boby", 1, "#/exchanges/0/request/boby", "nothing reads this"),
        ("/exchanges/0/request", [], "#/exchanges/0/request", "should be a request"),
        ("/exchanges/0/request/query", [1], "#/exchanges/0/request/query/0", "should be a text"),
        ("/exchanges/0/response/status", 99, "#/exchanges/0/response/status", "no status"),
        (
            "/exchanges/0/response/headers/0",
            "ab",
            "#/exchanges/0/response/headers/0",
            "`name: value`",
        ),
        ("/exchanges/0/response/headers/0", "a: b\r\nc: d", "/headers/0", "in a line"),
        ("/exchanges/0/response/body", ..., "#/exchanges/0/response", "'body' is missing"),
        ("/exchanges/0/response/body", 7, "#/exchanges/0/response/body", "null or an object"),
        ("/exchanges/0/response/body/layout", "wild", "body/layout", "no layout 'wild'"),
        ("/exchanges/0/response/body", {"base64": "?"}, "body/base64", "no base64"),
        ("/exchanges/0/response/body", {"txt": ""}, "#/exchanges/0/response/body", "no known kind"),
    ],
)
def test_a_file_edited_by_hand_is_refused_at_the_place_of_the_mistake(
    pointer: str, value: Any, place: str, why: str
) -> None:
    with pytest.raises(CassetteError) as refused:
        tape_of(changed(pointer, value), "tape.json")
    assert place in str(refused.value)
    assert why in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '{"format": 1}', "[" * 100_000])
def test_what_is_no_cassette_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tape.json"
    path.write_text(text)
    with pytest.raises(CassetteError, match=r"tape\.json"):
        Cassette(path).start()


def test_bytes_that_are_no_text_and_folders_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "tape.json").write_bytes(b"\xff\xfe")
    with pytest.raises(CassetteError, match="not UTF-8"):
        load(tmp_path / "tape.json")
    with pytest.raises(CassetteError, match="cannot be read"):
        load(tmp_path)


def test_a_secret_that_the_file_needs_and_nobody_gave_is_named_with_its_place(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tape.json"
    path.write_text(changed("/exchanges/0/response/body/json", {"key": "{{secret:stripe.key}}"}))
    with pytest.raises(CassetteError, match=r"#/exchanges/0/response: the secret 'stripe.key'"):
        Cassette(path).start()


@settings(max_examples=tries(200))
@given(st.text())
def test_any_text_is_a_cassette_or_the_one_error(text: str) -> None:
    with pytest.raises(CassetteError):
        tape_of(text, "tape.json")


@settings(max_examples=tries(200))
@given(st.binary(), st.sampled_from(["application/json", "text/html", "", "image/png"]))
def test_any_body_is_restored_byte_for_byte(raw: bytes, kind: str) -> None:
    assert restored(kept(raw, kind, NONE), NONE) == raw


@pytest.mark.parametrize(
    ("raw", "kind", "layout"),
    [
        (b'{"a":1}', "json", "compact"),
        (b'{"a": 1}', "json", "spaced"),
        (b'{\n  "a": 1\n}\n', "json", "indented-line"),
        ('{"a":"é"}'.encode(), "json", "compact"),
        (b'{"a":"\\u00e9"}', "json", "compact-ascii"),
        (b'{"a":1,"a":2}', "text", ""),
        (b'{"a":1.0e5}', "text", ""),
        (b'{"a":NaN}', "text", ""),
        (b"[" * 500 + b"]" * 500, "text", ""),
        (b"a\nb\n", "text", ""),
        (b"\x89PNG\x00", "base64", ""),
    ],
)
def test_a_body_is_json_where_that_restores_it_and_else_text_or_base64(
    raw: bytes, kind: str, layout: str
) -> None:
    body = kept(raw, "application/json", NONE)
    assert (body.kind, body.layout) == (kind, layout)
    assert restored(body, NONE) == raw


@settings(max_examples=tries(100))
@given(st.text(max_size=200))
def test_what_lies_below_a_text_is_looked_for_without_end_or_error(text: str) -> None:
    assert text in set(layers(text))


@pytest.mark.parametrize("wrong", ["", "a/b", "/things", "..", "[]"])
def test_what_cannot_be_volatile_is_refused(wrong: str) -> None:
    with pytest.raises(CassetteError, match="nothing that could be volatile"):
        matching((wrong,))


def test_an_operation_is_named_without_the_ids_in_its_path() -> None:
    assert operation("GET", "/v1/customers/cus_9s6XKzkNRiz8i3") == "GET /v1/customers/{}"
    assert (
        operation("GET", "/v1/payment_intents/pi_1/capture") == "GET /v1/payment_intents/{}/capture"
    )


def test_no_drift_is_false_and_says_so() -> None:
    exchanges = tape_of(json.dumps(a_file()), "tape.json").exchanges
    report = drift(exchanges, exchanges)
    assert not report
    assert report.text == "no drift: every operation answers in the same shape"


VCR = {
    "interactions": [
        {
            "request": {
                "method": "POST",
                "uri": "https://api.example.com/v1/customers?limit=3",
                "body": "name=Ada",
                "headers": {"Authorization": ["Bearer imported-key-1"]},
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"Content-Type": ["application/json"], "Content-Length": ["13"]},
                "body": {"string": '{"id": "cus"}'},
            },
        }
    ],
    "version": 1,
}
HAR = {
    "log": {
        "entries": [
            {
                "startedDateTime": "2026-11-01T00:00:00.000Z",
                "request": {
                    "method": "POST",
                    "url": "https://api.example.com/v1/customers?limit=3",
                    "headers": [{"name": "Authorization", "value": "Bearer imported-key-1"}],
                    "postData": {"mimeType": "text/plain", "text": "name=Ada"},
                },
                "response": {
                    "status": 200,
                    "headers": [
                        {"name": "Content-Type", "value": "application/json"},
                        {"name": "Content-Encoding", "value": "gzip"},
                    ],
                    "content": {"text": "eyJpZCI6ICJjdXMifQ==", "encoding": "base64"},
                },
            }
        ]
    }
}


@pytest.mark.parametrize("text", [json.dumps(VCR), yaml.safe_dump(VCR), json.dumps(HAR)])
def test_what_others_recorded_is_played(tmp_path: Path, text: str) -> None:
    source, path = tmp_path / "theirs", tmp_path / "tape.json"
    source.write_text(text)
    secrets = {"example.key": Secret("imported-key-1")}
    assert import_cassette(source, path, Handling(), secrets=secrets, recorded_at=AT) == 1
    (exchange,) = tape_of(path.read_text(), "tape.json").exchanges
    assert (exchange.asked.path, exchange.asked.query) == ("/v1/customers", ("limit=3",))
    assert ("authorization", "Bearer {{secret:example.key}}") in exchange.asked.headers
    assert exchange.told.headers == (("Content-Type", "application/json"),)
    assert restored(exchange.told.body, NONE) == b'{"id": "cus"}'
    assert "imported-key-1" not in path.read_text()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "neither a cassette of VCR nor a HAR"),
        ("a: [", "neither JSON nor YAML"),
        ("{'a': !!python/object/apply:os.system ['true']}", "neither JSON nor YAML"),
        ('{"interactions": []}', "no exchange in it"),
        ('{"interactions": [{"request": {}}]}', r"#/interactions/0: this exchange cannot be read"),
        ('{"log": {"entries": [7]}}', r"#/log/entries/0: this exchange cannot be read"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_words(tmp_path: Path, text: str, why: str) -> None:
    source = tmp_path / "theirs"
    source.write_text(text)
    with pytest.raises(CassetteError, match=why):
        import_cassette(source, tmp_path / "tape.json", Handling())


def test_an_import_passes_the_gate_and_one_upstream_like_any_recording(tmp_path: Path) -> None:
    source, path = tmp_path / "theirs", tmp_path / "tape.json"
    token = "gh" + "p_" + "A1b2C3d4" * 5
    two = json.loads(json.dumps(VCR).replace('{\\"id\\": \\"cus\\"}', token))
    two["interactions"].append(
        {**VCR["interactions"][0], "request": {"method": "GET", "uri": "http://b/"}}
    )
    source.write_text(json.dumps(two))
    with pytest.raises(CassetteError, match=r"2 hosts.*http://b, https://api\.example\.com"):
        import_cassette(source, path, Handling())
    with pytest.raises(LeakError, match="a token of GitHub"):
        import_cassette(source, path, Handling(), upstream="https://api.example.com")
    assert not path.exists()
    assert import_cassette(source, path, Handling(), upstream="http://b") == 1
