"""Keys are known by their references, and those beside them serve to explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.settings import SourceSettings, load

if TYPE_CHECKING:
    from pathlib import Path

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"
OWN = "STRIPE_WEBHOOK_SECRET"


def only(environ: dict[str, str], file: Path | None = None) -> SourceSettings:
    [source] = load(file, environ).sources
    return source


def test_keys_by_convention_have_their_variables_for_names() -> None:
    assert only({OWN: KEY}).key_names == (f"env:{OWN}",)
    both = only({OWN: KEY, f"{OWN}_PREVIOUS": OTHER})
    assert both.key_names == (f"env:{OWN}", f"env:{OWN}_PREVIOUS")
    assert both.spare_keys == {}


def test_keys_in_a_file_have_their_references_for_names(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    (tmp_path / "old.key").write_text(OTHER)
    file.write_text('[sources.stripe]\nsecrets = ["env:MINE", "file:old.key"]\n')
    source = only({"MINE": KEY, "MINE_PREVIOUS": OTHER}, file)
    assert source.key_names == ("env:MINE", "file:old.key")
    assert set(source.spare_keys) == {"env:MINE_PREVIOUS"}


@pytest.mark.parametrize(
    ("name", "near"),
    [
        (OWN, f"{OWN}_TEST"),
        (OWN, f"{OWN}_OLD"),
        ("STRIPE_TEST_SECRET", "STRIPE_LIVE_SECRET"),
        ("STRIPE_LIVE_SECRET", "STRIPE_TEST_SECRET"),
        ("HOOK_LIVE", "HOOK_TEST"),
        ("HOOK_NEW", "HOOK"),
        ("HOOK", OWN),
    ],
)
def test_keys_in_variables_beside_its_own_are_spares(name: str, near: str, tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text(f'[sources.stripe]\nsecret = "env:{name}"\n')
    source = only({name: KEY, near: OTHER, "UNRELATED_SECRET": OTHER}, file)
    assert source.spare_keys == {f"env:{near}": Secret(OTHER)}
    assert source.secrets == (Secret(KEY),)
    assert OTHER not in repr(source)


def test_keys_given_in_python_are_numbered_unless_they_are_named() -> None:
    assert SourceSettings("stripe", secrets=(Secret(KEY), Secret(OTHER))).key_names == (
        "key 1",
        "key 2",
    )
    with pytest.raises(ConfigurationError, match="names of keys"):
        SourceSettings("stripe", secrets=(Secret(KEY),), key_names=("a", "b"))


@pytest.mark.parametrize(("text", "right"), [("60", True), ("59", False), ("7776001", False)])
def test_the_longest_gap_has_bounds(text: str, *, right: bool) -> None:
    environ = {OWN: KEY, "BRIDGEWRIGHT_SOURCES_STRIPE_LONGEST_GAP_S": text}
    if right:
        assert only(environ).longest_gap_s == float(text)
    else:
        with pytest.raises(ConfigurationError, match="longest_gap_s"):
            load(None, environ)
