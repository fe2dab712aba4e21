"""Meta's challenge and its batches: one item for each message, status and change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Answer, Notice, Readable, Unreadable
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Greeting, Terms
from tests.signed import delivery, secret_text

META = connectors.webhook("meta")
TOKEN = "meatyhamhock"
METADATA = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}


def _message(wamid: str, sender: str = "16505551234", text: str = "hello") -> dict[str, Any]:
    return {
        "from": sender,
        "id": wamid,
        "timestamp": "1800000000",
        "type": "text",
        "text": {"body": text},
    }


def _status(wamid: str, status: str) -> dict[str, Any]:
    told = {"id": wamid, "status": status, "timestamp": "1800000001"}
    return told | {"recipient_id": "16505551234"}


def _change(field: str = "messages", **value: Any) -> dict[str, Any]:
    return {
        "field": field,
        "value": {"messaging_product": "whatsapp", "metadata": METADATA} | value,
    }


def _whatsapp(*changes: dict[str, Any]) -> dict[str, Any]:
    entry = {"id": "102290129340398", "changes": list(changes)}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _messenger(*events: dict[str, Any], name: str = "messaging") -> dict[str, Any]:
    address = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 1_800_000_000_123}
    entry = {"id": "2", "time": 1_800_000_000_456, name: [address | event for event in events]}
    return {"object": "page", "entry": [entry]}


def _read(value: object) -> tuple[Notice, ...]:
    envelope = META.read(delivery(json.dumps(value).encode(), ()))
    assert isinstance(envelope, Readable)
    return envelope.notices


def test_one_message_is_kept_byte_for_byte() -> None:
    body = json.dumps(_whatsapp(_change(messages=[_message("wamid.A")])), indent=1).encode()
    envelope = META.read(delivery(body, ()))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert (notice.event_type, notice.key, notice.event_id) == ("messages", "wamid.A", "wamid.A")
    assert notice.body == body
    assert notice.occurred_at == from_seconds(1_800_000_000)


def test_each_message_and_each_status_of_a_batch_is_an_item_in_an_envelope_of_its_own() -> None:
    contacts = [{"wa_id": sender, "profile": {"name": sender}} for sender in ("1", "2")]
    messages = [_message("wamid.A", "1"), _message("wamid.B", "2")]
    statuses = [_status("wamid.C", "sent"), _status("wamid.C", "delivered")]
    sent = _whatsapp(_change(messages=messages, contacts=contacts), _change(statuses=statuses))
    notices = _read(sent)
    assert [(each.event_type, each.key, each.event_id) for each in notices] == [
        ("messages", "wamid.A", "wamid.A"),
        ("messages", "wamid.B", "wamid.B"),
        ("messages.statuses", "wamid.C:sent", "wamid.C"),
        ("messages.statuses", "wamid.C:delivered", "wamid.C"),
    ]
    alone = _change(messages=[messages[1]], contacts=[contacts[1]])
    assert json.loads(notices[1].body) == _whatsapp(alone)
    assert json.loads(notices[2].body) == _whatsapp(_change(statuses=[statuses[0]]))


ids = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)


@given(
    entries=st.lists(
        st.lists(st.lists(ids, min_size=1, max_size=3), min_size=1, max_size=3), max_size=3
    )
)
def test_a_batch_loses_nothing_adds_nothing_and_keeps_its_order(
    entries: list[list[list[str]]],
) -> None:
    made = [
        {
            "id": str(at),
            "changes": [_change(messages=[_message(each) for each in names]) for names in entry],
        }
        for at, entry in enumerate(entries)
    ]
    envelope = META.read(delivery(json.dumps({"object": "x", "entry": made}).encode(), ()))
    told = [
        (str(at), each) for at, entry in enumerate(entries) for names in entry for each in names
    ]
    if not told:
        assert isinstance(envelope, Unreadable)
        return
    assert isinstance(envelope, Readable)
    found = []
    for notice in envelope.notices:
        body = json.loads(notice.body)
        [entry] = body["entry"]
        [change] = entry["changes"]
        [message] = change["value"]["messages"]
        assert body["object"] == "x"
        assert change["value"]["metadata"] == METADATA
        assert message == _message(message["id"])
        assert notice.key == message["id"]
        found.append((entry["id"], message["id"]))
    assert found == told


def test_the_same_change_has_the_same_key_alone_and_in_a_batch() -> None:
    feed = {"field": "feed", "value": {"item": "like", "verb": "add"}}
    other = {"field": "feed", "value": {"item": "like", "verb": "remove"}}
    entry = {"id": "1", "time": 1_800_000_000}
    [alone] = _read({"object": "page", "entry": [entry | {"changes": [feed]}]})
    first, second = _read({"object": "page", "entry": [entry | {"changes": [feed, other]}]})
    assert alone.key == first.key != second.key
    assert alone.key.startswith("sha256:")
    assert alone.event_type == "feed"
    assert alone.event_id is None


def test_the_two_events_of_a_call_and_a_message_sent_from_the_phone_are_told_apart() -> None:
    calls = [{"id": "wacid.A", "event": each, "to": "1"} for each in ("connect", "terminate")]
    echo = _change("smb_message_echoes", message_echoes=[_message("wamid.E")])
    notices = _read(_whatsapp(_change("calls", calls=calls), echo))
    assert [(each.event_type, each.key) for each in notices] == [
        ("calls", "wacid.A:connect"),
        ("calls", "wacid.A:terminate"),
        ("smb_message_echoes.message_echoes", "wamid.E"),
    ]


@pytest.mark.parametrize(
    ("event", "event_type", "key"),
    [
        ({"message": {"mid": "m_1", "text": "hi"}}, "message", "m_1"),
        ({"message": {"mid": "m_1", "is_echo": True}}, "message.echo", "m_1:echo"),
        ({"message": {"mid": "m_1", "is_deleted": True}}, "message.deleted", "m_1:deleted"),
        ({"postback": {"mid": "m_2", "payload": "P"}}, "postback", "m_2"),
        ({"reaction": {"mid": "m_1", "action": "react"}}, "reaction", None),
        ({"delivery": {"mids": ["m_1"], "watermark": 1}}, "delivery", None),
        ({"read": {"watermark": 1}}, "read", None),
        ({"message": {"text": "no id"}}, "message", None),
    ],
)
def test_a_messaging_event_is_named_by_the_one_thing_it_is_about(
    event: dict[str, Any], event_type: str, key: str | None
) -> None:
    [notice] = _read(_messenger(event))
    assert notice.event_type == event_type
    assert notice.key.startswith("sha256:") if key is None else notice.key == key
    assert notice.occurred_at == from_seconds(1_800_000_000)


def test_what_another_app_answers_is_told_apart_from_what_is_ours() -> None:
    [ours] = _read(_messenger({"message": {"mid": "m_1"}}))
    [theirs] = _read(_messenger({"message": {"mid": "m_1"}}, name="standby"))
    assert theirs.event_type == "standby.message"
    assert ours.key != theirs.key
    assert ours.event_id == theirs.event_id == "m_1"


def test_fields_without_values_are_an_item_each() -> None:
    entry = {"id": "1", "uid": "1", "time": 1, "changed_fields": ["photos", "feed"]}
    notices = _read({"object": "user", "entry": [entry]})
    assert [each.event_type for each in notices] == ["photos", "feed"]
    assert json.loads(notices[0].body)["entry"] == [entry | {"changed_fields": ["photos"]}]


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"object": "page", "entry": []},
        {"object": "page", "entry": {}},
        {"object": "page", "entry": [7]},
        {"object": "page", "entry": [{"id": "1"}]},
        {"object": "page", "entry": [{"id": "1", "changes": []}]},
        {"object": "page", "entry": [{"id": "1", "changes": [7]}]},
        {"object": "page", "entry": [{"id": "1", "changes": [{"value": {}}]}]},
        {"object": "page", "entry": [{"id": "1", "messaging": [{"sender": {"id": "1"}}]}]},
        {"object": "page", "entry": [{"id": "1", "messaging": [{"a\n": {}}]}]},
        {"object": "user", "entry": [{"id": "1", "changed_fields": [None]}]},
        _whatsapp(_change(messages=[_message("wamid.A")]), {"value": {}}),
    ],
)
def test_a_delivery_with_a_part_that_cannot_be_told_is_kept_whole_as_unreadable(
    value: object,
) -> None:
    body = json.dumps(value).encode()
    envelope = META.read(delivery(body, ()))
    assert isinstance(envelope, Unreadable)
    assert envelope.notice.body == body


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    (
                        "entry",
                        "changes",
                        "messaging",
                        "standby",
                        "value",
                        "field",
                        "messages",
                        "statuses",
                        "contacts",
                        "id",
                        "from",
                        "message",
                        "mid",
                    )
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=30,
    )
)
def test_any_json_is_read(value: object) -> None:
    for each in (
        value,
        {"entry": [{"changes": [{"field": "f", "value": value}]}]},
        {"entry": [{"messaging": [value]}]},
    ):
        envelope = META.read(delivery(json.dumps(each).encode(), ()))
        assert isinstance(envelope, Readable | Unreadable)


def _greeting(token: str | None = None) -> Greeting:
    assert META.greet is not None
    secrets = {} if token is None else {"verify_token": Secret(token)}
    return META.greet([Secret(secret_text(0))], Terms(secrets=secrets))


def _asked(query: str, method: str = "GET") -> Answer | None:
    asked = replace(delivery(b"", ()), method=method, query=query.encode())
    return _greeting(TOKEN).before(asked)


def _query(**fields: str) -> str:
    given = {"mode": "subscribe", "challenge": "1158201444", "verify_token": TOKEN} | fields
    return urlencode({f"hub.{name}": value for name, value in given.items()})


def test_the_challenge_is_echoed_to_who_knows_the_verify_token() -> None:
    answer = _asked(_query())
    assert answer is not None
    assert (answer.status, answer.body, answer.content_type) == (200, b"1158201444", "text/plain")
    assert _asked(_query().replace(".", "%2E")) == answer


@pytest.mark.parametrize(
    "query",
    [
        _query(verify_token="another"),
        _query(verify_token=""),
        _query(verify_token=TOKEN + "\N{LATIN SMALL LETTER E WITH ACUTE}"),
        _query(challenge=""),
        _query(challenge="<script>alert(1)</script> "),
        _query(challenge="1" * 256),
        "hub.mode=subscribe",
        _query() + "&" + _query(),
    ],
)
def test_another_token_and_what_is_no_challenge_are_forbidden(query: str) -> None:
    answer = _asked(query)
    assert answer == Answer(403) if query.count("hub.mode") == 1 else answer is None


@pytest.mark.parametrize(
    "query", ["", "hub.mode=unsubscribe", "x=1", "&" * 5_000, _query() + "&x=" + "a" * 5_000]
)
def test_what_is_no_such_question_is_left_to_others(query: str) -> None:
    assert _asked(query) is None
    assert _asked(_query(), "POST") is None


def test_without_a_verify_token_nothing_is_echoed() -> None:
    asked = replace(delivery(b"", ()), method="GET", query=_query().encode())
    assert _greeting().before(asked) is None
    assert _greeting().after(asked) is None


@given(st.binary(max_size=60), st.sampled_from(("GET", "POST", "HEAD")))
def test_any_query_is_answered_or_left(query: bytes, method: str) -> None:
    asked = replace(delivery(b"", ()), method=method, query=b"hub.mode=subscribe&" + query)
    assert _greeting(TOKEN).before(asked) in {None, Answer(403)}


@pytest.mark.parametrize("flawed", ["", " x", "x\n"])
def test_a_verify_token_that_cannot_be_one_is_refused(flawed: str) -> None:
    with pytest.raises(ConfigurationError, match="verify_token"):
        _greeting(flawed)


def test_the_verify_token_is_never_shown() -> None:
    assert TOKEN not in repr(_greeting(TOKEN))
