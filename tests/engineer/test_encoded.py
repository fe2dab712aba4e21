"""Text of any encoding and line end is read, and what is not changed keeps its bytes."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.encoded import decode

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=200
)
WRITTEN = st.sampled_from(
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-le", b"\xff\xfe\0\0"),
    ]
)


@given(TEXTS, WRITTEN)
def test_any_text_is_read_and_gives_the_same_bytes_again(
    text: str, written: tuple[str, bytes]
) -> None:
    encoding, mark = written
    data = mark + text.encode(encoding)
    found = decode(data, "x.md")
    assert found.text == text
    assert found.in_bytes() == data
    assert found.with_lines(found.kept()).in_bytes() == data
    assert len(found.kept()) in {len(found.lines()), len(found.lines()) - 1}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_by_its_zeros(encoding: str) -> None:
    found = decode("# Plan\r\nä\r\n".encode(encoding), "x.md")
    assert (found.text, found.newline) == ("# Plan\r\nä\r\n", "\r\n")


@pytest.mark.parametrize("data", [b"\xe4\xf6", b"a\0b", b"\xff\xfea", b"\0" * 8])
def test_what_is_no_text_is_refused_by_its_name(data: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"^x\.md: "):
        decode(data, "x.md")


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"a\r\n")
    path.chmod(0o640)
    file = encoded.read(path)
    encoded.write(path, file.with_lines(["b", "c\n"]))
    assert path.read_bytes() == b"b\r\nc\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["x.md"]
