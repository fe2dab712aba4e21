"""A listener's place: its own, whole or not there at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.cli.listen.cursors import Cursor, folder
from bridgewright.core.errors import ConfigurationError


def cursor(home: Path, name: str = "default", server: str = "http://127.0.0.1:8085") -> Cursor:
    return Cursor.of({"XDG_STATE_HOME": str(home)}, server, "stripe", name)


def test_there_is_none_at_first_and_then_it_is_what_was_written(tmp_path: Path) -> None:
    held = cursor(tmp_path)
    with held.alone():
        assert held.read() is None
        held.write(7)
        held.write(12)
    assert cursor(tmp_path).read() == 12


def test_names_and_servers_have_places_of_their_own(tmp_path: Path) -> None:
    for number, one in enumerate(
        (cursor(tmp_path), cursor(tmp_path, "mine"), cursor(tmp_path, server="https://a.example"))
    ):
        with one.alone():
            assert one.read() is None
            one.write(number)


def test_two_listeners_of_one_name_are_told(tmp_path: Path) -> None:
    held = cursor(tmp_path)
    with (
        held.alone(),
        pytest.raises(ConfigurationError, match="another listener") as caught,
        held.alone(),
    ):
        pass
    assert "--name" in caught.value.remedy
    with held.alone():
        pass


@given(content=st.one_of(st.binary(max_size=60), st.sampled_from([b'{"reached": true}', b"[]"])))
def test_a_file_that_is_no_cursor_is_told_and_not_guessed_at(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    held = cursor(tmp_path_factory.mktemp("state"))
    with held.alone():
        held.path.write_bytes(content)
        with pytest.raises(ConfigurationError, match="is no cursor of ours"):
            held.read()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigurationError, match="cannot be made"), cursor(tmp_path).alone():
        pass


def test_state_is_kept_where_the_desktop_says() -> None:
    assert folder({}) == Path.home() / ".local" / "state" / "bridgewright" / "listen"
    assert folder({"XDG_STATE_HOME": "/s"}) == Path("/s/bridgewright/listen")
