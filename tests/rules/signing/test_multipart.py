"""Fields of multipart forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.signing.multipart import MAX_PARTS, fields
from tests.signed import delivery

TYPE = b"multipart/form-data; boundary=xYzZY"


def _part(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    head = b'Content-Disposition: form-data; name="' + name + b'"' + more
    return b"--xYzZY\r\n" + head + b"\r\n\r\n" + value + b"\r\n"


def _fields(body: bytes, content_type: bytes = TYPE) -> list[tuple[bytes, bytes]]:
    return fields(delivery(body, ((b"Content-Type", content_type),)))


values = st.lists(
    st.tuples(st.from_regex(rb"[a-z]{1,9}", fullmatch=True), st.binary(max_size=60)), max_size=4
)


@given(held=values, preamble=st.sampled_from([b"", b"a preamble\r\n"]))
def test_fields_come_in_order_with_their_bytes(
    held: list[tuple[bytes, bytes]], preamble: bytes
) -> None:
    body = b"".join(_part(name, value) for name, value in held) + b"--xYzZY--\r\n"
    assert _fields(body) == held
    if preamble and held:
        assert _fields(preamble + body) == []


def test_files_are_passed_over() -> None:
    body = _part(b"a", b"1") + _part(b"f", b"x", b'; filename="f.txt"') + _part(b"b", b"2")
    assert _fields(body + b"--xYzZY--") == [(b"a", b"1"), (b"b", b"2")]


@pytest.mark.parametrize(
    "content_type",
    [b"", b"text/plain", b"multipart/form-data", b"multipart/mixed; boundary=xYzZY", b"\xff"],
)
def test_without_a_content_type_that_says_so_there_are_no_fields(content_type: bytes) -> None:
    assert _fields(_part(b"a", b"1") + b"--xYzZY--", content_type) == []


def test_a_boundary_may_stand_in_quotes() -> None:
    body = _part(b"a", b"1") + b"--xYzZY--"
    assert _fields(body, b'Multipart/Form-Data; charset=utf-8; boundary="xYzZY"') == [(b"a", b"1")]


def test_a_body_that_was_cut_off_holds_what_is_whole() -> None:
    body = _part(b"a", b"1") + _part(b"b", b"2")
    assert _fields(body) == [(b"a", b"1")]


def test_there_is_an_end_to_how_many_parts_are_looked_at() -> None:
    body = _part(b"a", b"1") * (MAX_PARTS + 5) + b"--xYzZY--"
    assert len(_fields(body)) == MAX_PARTS


@given(body=st.binary(max_size=300), content_type=st.binary(max_size=60))
def test_any_bytes_have_fields_or_none(body: bytes, content_type: bytes) -> None:
    assert isinstance(_fields(body), list)
    assert isinstance(_fields(body, b"multipart/form-data; boundary=" + content_type), list)
