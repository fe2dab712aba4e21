"""What tools take, and the command lines that it becomes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.cli import bridgewright
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.offering.catalogue import tools
from bridgewright.engineer.offering.kinds import Flag

if TYPE_CHECKING:
    from bridgewright.engineer.offering.tool import Tool

TOOLS = {each.name: each for each in tools()}
ROOT = Path("/nowhere")
NEVER = (
    "redrive replay cancel erase export pause resume reconcile migrate serve worker accept".split()
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


def command_of(tool: Tool) -> click.Command:
    command: click.Command = bridgewright
    for word in tool.words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    return command


@pytest.mark.slow
@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_is_a_command_that_exists_with_options_that_it_has(name: str) -> None:
    tool = TOOLS[name]
    command = command_of(tool)
    assert not isinstance(command, click.Group)
    options = {word for each in command.params for word in each.opts}
    asked = {each.option for each in tool.fields if each.option} | set(tool.always) | {"--json"}
    assert asked <= options
    flags = {o for p in command.params if isinstance(p, click.Option) and p.is_flag for o in p.opts}
    assert {each.option for each in tool.fields if isinstance(each.kind, Flag)} <= flags


@pytest.mark.parametrize("name", TOOLS)
def test_the_schemas_of_a_tool_are_schemas_and_take_nothing_unknown(name: str) -> None:
    for schema in (TOOLS[name].input_schema(), TOOLS[name].output_schema()):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False


def test_no_tool_changes_a_bridge_or_runs_a_program() -> None:
    words = {word for each in tools() for word in each.words}
    assert not words & set(NEVER)
    offered = {each.option for tool in tools() for each in tool.fields}
    forbidden = {"--env", "--tests", "--recreate", "--allow", "--definition", "--force", "--body"}
    assert not offered & forbidden


@pytest.mark.slow
@given(st.sampled_from(sorted(TOOLS)), st.dictionaries(st.text(max_size=12), ANYTHING, max_size=3))
def test_whatever_is_given_becomes_a_line_or_one_error_that_says_the_next_step(
    name: str, given_: dict[str, Any]
) -> None:
    refusals = []
    try:
        line = TOOLS[name].line(given_, ROOT)
    except ConfigurationError as error:
        refusals.append(error)
        line = list(TOOLS[name].words)
    assert all(each.remedy for each in refusals)
    assert line[: len(TOOLS[name].words)] == list(TOOLS[name].words)


@given(st.data())
def test_what_fits_a_schema_of_words_is_taken_and_the_rest_is_not(data: st.DataObject) -> None:
    tool = TOOLS["events_list"]
    value = data.draw(ANYTHING | st.text("abc-*.", max_size=6) | st.integers(0, 300))
    for field in tool.fields:
        schema = tool.input_schema()["properties"][field.name]
        fits = jsonschema.Draft202012Validator(schema).is_valid(value)
        try:
            field.words(value, ROOT)
        except ConfigurationError:
            taken = False
        else:
            taken = True
        assert taken <= fits


@pytest.mark.parametrize(
    ("name", "given_"),
    [
        ("plan_begin", {}),
        ("plan_begin", {"goal": "x\ny"}),
        ("plan_begin", {"goal": 3}),
        ("check", {"paths": "integrations"}),
        ("check", {"strict": "yes"}),
        ("check", {"only": "BW1; rm -rf /"}),
        ("certify", {"target": "rm -rf /"}),
        ("certify", {"target": "http://127.0.0.1/"}),
        ("certify", {"target": "a:b", "seed": True}),
        ("events_list", {"limit": 10_000}),
        ("events_list", {"limit": 1.5}),
        ("scaffold", {"name": "../x"}),
        ("scaffold", {"name": "x", "into": "../y"}),
        ("deliver", {"recreate": True}),
        ("verify", {"only": ["everything"]}),
    ],
)
def test_what_may_not_be_given_is_refused_before_anything_runs(
    name: str, given_: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        TOOLS[name].line(given_, ROOT)


def test_no_value_can_be_taken_for_an_option() -> None:
    line = TOOLS["plan_begin"].line({"goal": "--help", "phases": ["Build"]}, ROOT)
    assert line == ["engineer", "plan", "start", "--json", "--phase=Build", "--", "--help"]


def test_a_package_behind_a_link_out_of_the_project_is_not_written(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "integrations").symlink_to(tmp_path)
    with pytest.raises(ConfigurationError, match="leads out"):
        TOOLS["scaffold"].line({"name": "acme"}, root)


def test_delivering_begins_at_the_top_of_a_working_tree(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    below = tmp_path / "below"
    below.mkdir()
    with pytest.raises(ConfigurationError, match="not the top"):
        TOOLS["deliver"].line({}, below)
    assert TOOLS["deliver"].line({}, tmp_path)[:3] == ["engineer", "deliver", "--verify"]


def test_the_list_is_small_enough_to_be_read_by_a_model() -> None:
    listed = json.dumps([[each.told, each.input_schema()] for each in tools()])
    assert len(listed) < 24_000
    assert all(re.fullmatch(r"[a-z_]{4,20}", each.name) for each in tools())
