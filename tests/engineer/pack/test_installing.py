"""Nothing of somebody's is overwritten unasked, and an installation can be run again and again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.pack.installing import install
from bridgewright.engineer.pack.ledger import PLACES, hash_of, hash_of_value
from bridgewright.engineer.pack.surveying import ALL, survey
from bridgewright.engineer.pack.words import LEFT, Host, State

if TYPE_CHECKING:
    from pathlib import Path

AGENT = ".opencode/agents/integration-engineer.md"
SKILL = ".claude/skills/deliver-integration/SKILL.md"
MEMORY = ".opencode/memory/api.md"


def installed(root: Path, *only: str, force: bool = False) -> dict[str, State]:
    found = survey(root, ALL, only, force=force)
    install(root, found)
    return {each.path: each.state for each in found}


def older(root: Path, path: str, text: str) -> None:
    """As if an earlier version of ours had written it."""
    (root / path).write_bytes(text.encode())
    place = (
        root / PLACES[Host.OPENCODE if path.startswith((".opencode", "opencode")) else Host.CLAUDE]
    )
    known = json.loads(place.read_text())
    known["files"][path] = hash_of(text)
    place.write_text(json.dumps(known))


def bytes_of(root: Path) -> dict[str, bytes]:
    files = (each for each in root.rglob("*") if each.is_file())
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in files}


def test_a_second_installation_changes_no_byte(tmp_path: Path) -> None:
    assert set(installed(tmp_path).values()) == {State.NEW}
    before = bytes_of(tmp_path)
    assert set(installed(tmp_path).values()) == {State.UNCHANGED}
    assert bytes_of(tmp_path) == before


def test_what_somebody_changed_is_left_until_it_is_named(tmp_path: Path) -> None:
    installed(tmp_path)
    (tmp_path / AGENT).write_text("mine")
    (tmp_path / SKILL).write_text("mine too")
    found = installed(tmp_path)
    assert (found[AGENT], found[SKILL]) == (State.CHANGED, State.CHANGED)
    assert installed(tmp_path, SKILL, force=True) == {SKILL: State.REPLACED}
    assert (tmp_path / AGENT).read_text() == "mine"
    assert installed(tmp_path, force=True)[AGENT] is State.REPLACED
    assert set(installed(tmp_path).values()) == {State.UNCHANGED}


def test_what_was_there_before_us_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / AGENT).parent.mkdir(parents=True)
    (tmp_path / AGENT).write_text("theirs")
    (standing,) = survey(tmp_path, ALL, [AGENT])
    assert (standing.state, standing.why) == (State.CHANGED, "it was not written by us")
    installed(tmp_path)
    assert installed(tmp_path)[AGENT] is State.CHANGED
    assert (tmp_path / AGENT).read_text() == "theirs"


def test_an_older_version_of_ours_is_brought_up_to_date_in_its_own_line_ends(
    tmp_path: Path,
) -> None:
    installed(tmp_path)
    good = (tmp_path / SKILL).read_bytes()
    older(tmp_path, SKILL, "old\n")
    (tmp_path / SKILL).write_bytes(b"\xef\xbb\xbfold\r\n")
    assert installed(tmp_path)[SKILL] is State.UPDATED
    assert (tmp_path / SKILL).read_bytes() == b"\xef\xbb\xbf" + good.replace(b"\n", b"\r\n")
    assert installed(tmp_path)[SKILL] is State.UNCHANGED


def test_what_the_project_writes_in_belongs_to_it(tmp_path: Path) -> None:
    installed(tmp_path)
    (tmp_path / MEMORY).write_text("learned")
    assert installed(tmp_path)[MEMORY] is State.YOURS
    assert installed(tmp_path, force=True)[MEMORY] is State.YOURS
    assert State.YOURS not in LEFT
    assert installed(tmp_path, MEMORY, force=True) == {MEMORY: State.REPLACED}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (AGENT, ".opencode/agent/integration-engineer.md"),
        (".opencode/commands/deliver.md", ".opencode/command/deliver.md"),
        (
            ".opencode/skills/planning-with-files/SKILL.md",
            ".agents/skills/planning-with-files/SKILL.md",
        ),
    ],
)
def test_ours_is_not_written_beside_theirs_of_the_same_name(
    tmp_path: Path, ours: str, theirs: str
) -> None:
    (tmp_path / theirs).parent.mkdir(parents=True)
    (tmp_path / theirs).write_text("theirs")
    assert installed(tmp_path, force=True)[ours] is State.ELSEWHERE
    assert not (tmp_path / ours).exists()
    (tmp_path / theirs).unlink()
    assert installed(tmp_path)[ours] is State.NEW


def test_a_link_to_the_same_folder_is_no_second_place(tmp_path: Path) -> None:
    (tmp_path / ".opencode/agents").mkdir(parents=True)
    (tmp_path / ".opencode/agent").symlink_to("agents")
    installed(tmp_path)
    assert installed(tmp_path)[AGENT] is State.UNCHANGED


def test_no_link_is_followed_out_of_the_project_or_into_git(tmp_path: Path) -> None:
    root, outside = tmp_path / "project", tmp_path / "outside"
    for folder in (root / ".claude", root / ".opencode/agents", root / ".git/hooks", outside):
        folder.mkdir(parents=True)
    (root / ".claude/skills").symlink_to(outside)
    (root / ".mcp.json").symlink_to(outside / "mcp.json")
    (root / AGENT).symlink_to(root / ".git/hooks/pre-commit")
    found = installed(root, force=True)
    assert {found[path] for path in (SKILL, ".mcp.json", AGENT)} == {State.OUTSIDE}
    assert bytes_of(outside) == {}
    assert bytes_of(root / ".git") == {}


def test_a_link_inside_the_project_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / ".opencode/skills").mkdir(parents=True)
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude/skills").symlink_to("../.opencode/skills")
    installed(tmp_path)
    assert (tmp_path / ".claude/skills").is_symlink()
    assert (tmp_path / ".opencode/skills/deliver-integration/SKILL.md").is_file()
    assert set(installed(tmp_path).values()) == {State.UNCHANGED}


def test_what_is_no_file_is_in_the_way_and_stays(tmp_path: Path) -> None:
    (tmp_path / AGENT).mkdir(parents=True)
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude/skills").write_text("a file")
    (tmp_path / ".mcp.json").symlink_to(".mcp.json")
    found = installed(tmp_path, force=True)
    assert {found[path] for path in (AGENT, SKILL, ".mcp.json")} == {State.BLOCKED}
    assert (tmp_path / ".claude/skills").read_text() == "a file"


def test_an_installation_that_was_stopped_is_carried_on_by_the_next(tmp_path: Path) -> None:
    found = survey(tmp_path)
    install(tmp_path, found[:5])
    for place in PLACES.values():
        (tmp_path / place).unlink(missing_ok=True)
    assert State.CHANGED not in installed(tmp_path).values()
    assert set(installed(tmp_path).values()) == {State.UNCHANGED}


def test_a_broken_ledger_is_no_leave_to_overwrite(tmp_path: Path) -> None:
    installed(tmp_path)
    for broken in ("{", "[]", '{"files": 3}', '{"files": ["x"]}'):
        (tmp_path / PLACES[Host.OPENCODE]).write_text(broken)
        with pytest.raises(ConfigurationError, match="no ledger of ours"):
            survey(tmp_path)


def test_a_folder_of_the_ledger_that_leads_away_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / ".opencode").symlink_to(tmp_path)
    with pytest.raises(ConfigurationError, match="no place for our ledger"):
        survey(root)
    assert survey(root, [Host.CLAUDE])


def test_settings_keep_everything_of_theirs(tmp_path: Path) -> None:
    theirs = '{\n\t"model": "a/b",\n\t"mcp": {\n\t\t"docs": {"type": "remote"}\n\t}\n}'
    (tmp_path / "opencode.json").write_bytes(b"\xef\xbb\xbf" + theirs.encode())
    assert installed(tmp_path)["opencode.json"] is State.ADDED
    text = (tmp_path / "opencode.json").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf" + theirs[:-5].encode())
    made = json.loads(text.decode("utf-8-sig"))
    assert list(made["mcp"]) == ["docs", "bridgewright"]
    assert installed(tmp_path)["opencode.json"] is State.UNCHANGED


def test_settings_with_comments_are_left_and_it_says_what_to_add(tmp_path: Path) -> None:
    theirs = '{\n  // ours\n  "mcp": {"docs": {"type": "remote"}},\n}\n'
    (tmp_path / "opencode.jsonc").write_text(theirs)
    (standing,) = survey(tmp_path, ALL, ["opencode.jsonc"], force=True)
    install(tmp_path, [standing])
    assert standing.state is State.BY_HAND
    assert standing.add == (
        'into "mcp": "bridgewright": {"type": "local", "command": ["bridgewright", "mcp"]}'
    )
    assert (tmp_path / "opencode.jsonc").read_text() == theirs
    added = theirs.replace("}},\n}", f"}}, {standing.add.partition(': ')[2]}}},\n}}")
    (tmp_path / "opencode.jsonc").write_text(added)
    assert installed(tmp_path)["opencode.jsonc"] is State.UNCHANGED


@pytest.mark.parametrize("theirs", ["", "[]", "{", '{"mcp": 3}', "\udcff"])
def test_settings_that_cannot_be_read_are_left(tmp_path: Path, theirs: str) -> None:
    (tmp_path / "opencode.json").write_bytes(theirs.encode("utf-8", "surrogateescape"))
    (standing,) = survey(tmp_path, ALL, ["opencode.json"], force=True)
    assert standing.state is State.BY_HAND
    assert standing.add.startswith('at the top: "mcp": {"bridgewright": ')


def test_an_entry_that_somebody_changed_is_left_and_one_of_ours_is_updated(tmp_path: Path) -> None:
    installed(tmp_path)
    place = tmp_path / ".mcp.json"
    good = place.read_text()
    place.write_text(good.replace('"bridgewright",', '"/opt/bridgewright",'))
    assert installed(tmp_path)[".mcp.json"] is State.CHANGED
    assert installed(tmp_path, ".mcp.json", force=True)[".mcp.json"] is State.REPLACED
    assert place.read_text() == good
    known = json.loads((tmp_path / PLACES[Host.CLAUDE]).read_text())
    place.write_text(good.replace('"mcp"\n', '"old"\n'))
    old = json.loads(place.read_text())["mcpServers"]["bridgewright"]
    known["files"][".mcp.json#mcpServers.bridgewright"] = hash_of_value(old)
    (tmp_path / PLACES[Host.CLAUDE]).write_text(json.dumps(known))
    assert installed(tmp_path)[".mcp.json"] is State.UPDATED
    assert place.read_text() == good


def test_a_file_that_is_not_of_the_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a file of this pack"):
        survey(tmp_path, ALL, ["README.md"])
    with pytest.raises(ConfigurationError, match="no such folder"):
        survey(tmp_path / "none")


def test_a_file_that_is_no_text_is_left_and_replaced_only_when_asked(tmp_path: Path) -> None:
    (tmp_path / AGENT).parent.mkdir(parents=True)
    (tmp_path / AGENT).write_bytes(b"\xff\x00\x01")
    assert installed(tmp_path)[AGENT] is State.CHANGED
    assert installed(tmp_path, force=True)[AGENT] is State.REPLACED
    assert installed(tmp_path)[AGENT] is State.UNCHANGED
