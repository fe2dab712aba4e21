"""A declared source: what is wrong with a declaration is said, and what is right is read by it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.connectors.generic.webhook import OPTIONS, reader, scheme
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Readable
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from tests.signed import delivery

KEY = Secret("a key that was made up")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "needs the option header"),
        ({"header": "X Y"}, "is no name of a header field"),
        ({"header": "X", "algorithm": "md5"}, "is none of sha1, sha256, sha512"),
        ({"header": "X", "encoding": "HEX"}, "is none of hex, base64"),
        ({"header": "X", "template": "{timestamp}"}, "leaves the body out"),
        ({"header": "X", "template": "{body}{body}"}, "names one thing twice"),
        ({"header": "X", "template": "{body}{secret}"}, "holds something else"),
        ({"header": "X", "template": "{body}{"}, "holds something else"),
        ({"header": "X", "template": "{timestamp}{body}"}, "go together"),
        ({"header": "X", "timestamp_header": "T"}, "go together"),
        ({"header": "X", "id_header": "I"}, "go together"),
        ({"header": "X", "timestamp_unit": "ms"}, "no timestamp_header"),
        ({"header": "X", "timestamp_unit": "days"}, "is none of s, ms, rfc3339"),
        ({"header": "X", "key_form": "rot13"}, "is none of text, hex, base64"),
        ({"header": "X", "key_form": "hex"}, "is not hexadecimal"),
        ({"header": "X", "type_path": "a b"}, "neither a dotted path"),
        ({"header": "X", "colour": "red"}, "has no option 'colour'"),
    ],
)
def test_a_wrong_declaration_is_refused_by_its_name(options: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        scheme([KEY], Terms(options=options))
    assert "made up" not in str(caught.value)


@given(
    options=st.dictionaries(
        st.sampled_from([option.name for option in OPTIONS]), st.text(max_size=30), max_size=5
    )
)
def test_any_declaration_is_a_scheme_or_a_configuration_error(options: dict[str, str]) -> None:
    try:
        made = scheme([KEY], Terms(options=options))
    except ConfigurationError:
        return
    made.verify(delivery(b"{}", ()), delivery(b"", ()).received_at)


def test_an_event_is_read_where_the_source_says() -> None:
    read = reader(
        Terms(options={"header": "X", "id_path": "data.id", "type_path": "header:X-Kind"})
    )
    body = json.dumps({"data": {"id": 7}}).encode()
    envelope = read(delivery(body, ((b"x-kind", b"paid"),)))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert (notice.key, notice.event_type) == ("7", "paid")


def test_a_signed_id_is_the_key_where_no_path_is_told() -> None:
    options = {"header": "X", "template": "{id}.{body}", "id_header": "X-Id"}
    envelope = reader(Terms(options=options))(delivery(b"{}", ((b"x-id", b"m-1"),)))
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].key == "m-1"
    assert envelope.notices[0].event_type == "event"


def test_the_catalogue_knows_the_declared_source() -> None:
    assert connectors.webhook("generic").reader is not None
