"""Every command and option is explained, here and on its page."""

from __future__ import annotations

import click

from bridgewright.cli import bridgewright
from tests.house.commands import unexplained
from tests.house.tree import ROOT


def test_every_command_and_option_is_explained() -> None:
    assert [str(found) for found in unexplained(bridgewright, "bridgewright")] == []


def test_every_command_has_its_section_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for name in bridgewright.list_commands(click.Context(bridgewright)):
        assert f"\n## {name}" in page


def test_a_command_without_help_is_seen() -> None:
    @click.group(help="Does things.")
    def tool() -> None: ...

    @tool.command()
    @click.option("--loud", is_flag=True)
    def silent(*, loud: bool) -> None: ...

    assert [found.place for found in unexplained(tool, "tool")] == [
        "tool silent",
        "tool silent --loud",
    ]
