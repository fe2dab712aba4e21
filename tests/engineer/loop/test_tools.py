"""What the model may call, and what it may not."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgewright.core.errors import BridgewrightError, ConfigurationError
from bridgewright.engineer.definition.reading import default
from bridgewright.engineer.delivery.git import opened
from bridgewright.engineer.delivery.words import Course
from bridgewright.engineer.guidance.skilled import ours
from bridgewright.engineer.loop.ground import Ground
from bridgewright.engineer.loop.tools.catalogue import tools_of
from bridgewright.engineer.loop.words import Breach, Phase, Result
from bridgewright.engineer.offering.answers import redaction_of
from bridgewright.engineer.permissions.words import Action, Rule
from bridgewright.engineer.planning import keeping
from tests.engineer.delivery.site import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = "canary-" + "6d1f03be95a2c7e8"
TOKEN = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
FILES = {
    "app/models.py": "class User:\r\n    email = 'ada@example.com'\r\n",
    "app/secret.py": f"known = {KNOWN!r}\ntoken = {TOKEN!r}\n",
    "integrations/__init__.py": "",
    "integrations/acme/__init__.py": "",
    "integrations/acme/integration.toml": MANIFEST,
    "integrations/acme/client.py": "first = 1\nsecond = 2\n",
    ".env": "X=1\n",
    ".opencode/memory/api.md": "Ask for the documents first.\n",
    "server.pem": "-----BEGIN " + "PRIVATE KEY-----\n",
}


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """A project with one integration, nothing of it committed."""
    root = tmp_path / "project"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    (root / "integrations/acme/door").symlink_to("../../app")
    (root / "away").symlink_to(tmp_path)
    (tmp_path / "outside.txt").write_text("outside")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    name = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    empty = ("commit", "-q", "--allow-empty", "-m", "docs: begin")
    subprocess.run(["git", "-C", str(root), *name, *empty], check=True)
    redaction = redaction_of({"SHOP_API_KEY": KNOWN})
    git, plan = opened(root), keeping.find(root)
    definition = replace(default(), memory=(".opencode/memory/*.md",))
    return Ground(git, definition, Course(), plan, root / ".git", redaction, skills=ours())


def call(ground: Ground, name: str, phase: Phase = Phase.EXECUTE, /, **given: Any) -> Result:
    return tools_of(ground, phase)[name].call(given)


def test_each_phase_has_its_tools(ground: Ground) -> None:
    offered = {phase: set(tools_of(ground, phase)) for phase in list(Phase)[1:]}
    writing = {"write", "edit", "scaffold", "run_tests", "certify", "bash", "findings_report"}
    assert not offered[Phase.PLAN] & writing
    assert not offered[Phase.DELIVER] & writing
    assert offered[Phase.EXECUTE] & writing == writing - {"bash", "findings_report"}
    assert all({"read", "done", "give_up"} <= each for each in offered.values())
    assert "bash" in tools_of(replace(ground, bash=True), Phase.EXECUTE)


def test_no_tool_delivers_changes_the_plan_or_a_bridge(ground: Ground) -> None:
    every = {
        name for phase in list(Phase)[1:] for name in tools_of(replace(ground, bash=True), phase)
    }
    assert not every & {"deliver", "verify", "plan_begin", "plan_advance", "events_list", "doctor"}


def test_a_tool_that_the_definition_denies_is_not_offered(ground: Ground) -> None:
    denied = replace(ground, rules=(Rule("*", "*", Action.ALLOW), Rule("edit", "*", Action.DENY)))
    assert not {"write", "edit"} & set(tools_of(denied, Phase.EXECUTE))
    assert "read" in tools_of(denied, Phase.EXECUTE)


def test_a_path_that_the_definition_does_not_allow_is_refused(ground: Ground) -> None:
    rules = (Rule("*", "*", Action.ALLOW), Rule("read", "app/*", Action.ASK))
    asking = replace(ground, rules=rules)
    assert call(asking, "read", path="app/models.py").failed
    assert not call(asking, "read", path="integrations/acme/client.py").failed


def test_a_file_is_read_as_it_is_but_for_secrets(ground: Ground) -> None:
    assert "email = 'ada@example.com'" in call(ground, "read", path="app/models.py").text
    shown = call(ground, "read", path="app/secret.py").text
    assert KNOWN not in shown
    assert TOKEN not in shown
    assert "known = " in shown


def test_lines_are_read_by_number(ground: Ground) -> None:
    shown = call(ground, "read", path="integrations/acme/client.py", first_line=2, lines=1).text
    assert "second = 2" in shown
    assert "first = 1" not in shown


def test_memory_of_the_definition_is_read_although_it_is_hidden(ground: Ground) -> None:
    assert "Ask for" in call(ground, "read", path=".opencode/memory/api.md").text
    with pytest.raises(ConfigurationError, match="is not for tools"):
        call(ground, "read", path=".opencode/agent/x.md")


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "away/outside.txt",
        ".env",
        "app/../.env",
        ".git/config",
        "server.pem",
        "/etc/passwd",
    ],
)
def test_what_is_outside_or_holds_secrets_is_refused(ground: Ground, path: str) -> None:
    for name, more in (("read", {}), ("write", {"text": "x"}), ("edit", {"old": "a", "new": "b"})):
        result = call(ground, name, path=path, **more)
        assert (result.failed, result.breach) == (True, Breach.STRAYED), name


@pytest.mark.parametrize(
    "path",
    [
        "app/models.py",
        "bridgewright.toml",
        "docs/findings.md",
        "task_plan.md",
        "integrations/__init__.py",
        "integrations/acme/door/models.py",
        ".github/workflows/x.yml",
        "integrations/acme/.env",
        "integrations/acmes/x.py",
        "tests/test_other.py",
    ],
)
def test_only_the_integration_is_written(ground: Ground, path: str) -> None:
    before = {each: (ground.root / each).read_bytes() for each in FILES}
    result = call(ground, "write", path=path, text="x = 1\n")
    assert (result.failed, result.breach) == (True, Breach.STRAYED)
    assert {each: (ground.root / each).read_bytes() for each in FILES} == before


@pytest.mark.parametrize(
    "path",
    [
        "integrations/acme/new/deep.py",
        "tests/integrations/test_acme.py",
        "docs/integrations/acme.md",
    ],
)
def test_the_package_its_tests_and_its_page_are_written(ground: Ground, path: str) -> None:
    assert not call(ground, "write", path=path, text="x = 1\n").failed
    assert (ground.root / path).read_bytes() == b"x = 1\n"


def test_a_name_gets_an_integration_nothing_that_others_have(ground: Ground) -> None:
    theirs = ground.root / "tests/test_shop.py"
    theirs.parent.mkdir()
    theirs.write_text("x = 1\n")
    ground.git.do("add", "--", "tests")
    ground.git.do("-c", "user.name=Ada", "-c", "user.email=a@example.com", "commit", "-qm", "x")
    manifest = MANIFEST.replace('name = "acme"', 'name = "shop"')
    (ground.root / "integrations/acme/integration.toml").write_text(manifest)
    assert call(ground, "write", path="tests/test_shop.py", text="").breach is Breach.STRAYED
    nested = "integrations/acme/inner/integration.toml"
    assert call(ground, "write", path=nested, text=manifest).breach is Breach.STRAYED
    assert not call(ground, "write", path="tests/shop/test_new.py", text="").failed
    assert theirs.read_text() == "x = 1\n"


def test_a_manifest_that_cannot_be_read_or_is_called_otherwise_is_taken_back(
    ground: Ground,
) -> None:
    path = "integrations/acme/integration.toml"
    for text, why in (
        ("[integration", "TOML"),
        (MANIFEST.replace("[auth]", "[uath]"), "uath"),
        (MANIFEST.replace('name = "acme"', 'name = "shop"'), "keeps its name"),
    ):
        with pytest.raises(ConfigurationError, match=why):
            call(ground, "write", path=path, text=text)
        assert (ground.root / path).read_text() == MANIFEST
    assert not call(ground, "write", path=path, text=f"{MANIFEST}\n# more\n").failed


@pytest.mark.parametrize("name", ["x" * 300, "client.py/deeper.py"])
def test_a_name_that_no_file_can_have_is_refused(ground: Ground, name: str) -> None:
    with pytest.raises((ConfigurationError, OSError, ValueError)):
        call(ground, "write", path=f"integrations/acme/{name}", text="x")


def test_nul_is_in_no_text(ground: Ground) -> None:
    for name, more in (("search", {}), ("write", {"path": "integrations/acme/x.py"})):
        with pytest.raises(ConfigurationError, match="must be a text"):
            call(ground, name, text="a\0b", **more)


@pytest.mark.parametrize("target", ["../../outside.txt", "../../.env", "../../.git/config"])
def test_memory_that_is_a_link_to_what_is_out_of_reach_is_not_read(
    ground: Ground, target: str
) -> None:
    link = ground.root / ".opencode/memory/link.md"
    link.symlink_to(f"../{target}" if "outside" in target else target)
    assert link.exists()
    with pytest.raises(ConfigurationError):
        call(ground, "read", path=".opencode/memory/link.md")


def test_a_folder_that_was_there_is_not_taken_for_an_integration(ground: Ground) -> None:
    ground.git.do("add", "--", "app")
    ground.git.do("-c", "user.name=Ada", "-c", "user.email=a@example.com", "commit", "-qm", "x")
    bare = replace(ground, names=("app",))
    shutil.rmtree(ground.root / "integrations")
    assert call(bare, "scaffold", name="app", into=".").breach is Breach.STRAYED


def test_an_edit_replaces_what_stands_there_once(ground: Ground) -> None:
    path = "integrations/acme/client.py"
    assert not call(ground, "edit", path=path, old="second = 2", new="second = 3").failed
    assert (ground.root / path).read_text() == "first = 1\nsecond = 3\n"
    for old, count in (("nowhere", 0), ("= ", 2), ("", 0)):
        with pytest.raises(ConfigurationError, match=f"stands there {count} times"):
            call(ground, "edit", path=path, old=old, new="x")


def test_line_ends_and_encoding_stay(ground: Ground) -> None:
    path = "integrations/acme/notes.md"
    (ground.root / path).write_bytes("\ufeffone\r\ntwo\r\n".encode("utf-16-le"))
    call(ground, "edit", path=path, old="one\ntwo", new="one\nand two")
    assert (ground.root / path).read_bytes() == "\ufeffone\r\nand two\r\n".encode("utf-16-le")
    call(ground, "write", path=path, text="three\n")
    assert (ground.root / path).read_bytes() == "\ufeffthree\r\n".encode("utf-16-le")


@pytest.mark.parametrize("secret", [KNOWN, TOKEN], ids=["by its value", "by its shape"])
def test_a_secret_is_not_written(ground: Ground, secret: str) -> None:
    path = "integrations/acme/client.py"
    written = call(ground, "write", path=path, text=f"key = {secret!r}\n")
    edited = call(ground, "edit", path=path, old="first = 1", new=f"key = {secret!r}")
    for result in (written, edited):
        assert result.breach is Breach.LEAKED
        assert secret not in result.text
    assert (ground.root / path).read_text() == FILES[path]


def test_listing_and_searching_pass_by_what_is_hidden(ground: Ground) -> None:
    listed = call(ground, "list").text
    assert "app/models.py" in listed
    assert not any(each in listed for each in (".env", ".opencode", "server.pem"))
    assert "app/models.py:2:" in call(ground, "search", text="ada@example.com").text
    assert "0 lines" in call(ground, "search", text="PRIVATE KEY").text
    assert KNOWN not in call(ground, "search", text="known").text


def test_what_is_searched_is_no_option_and_no_pattern(ground: Ground) -> None:
    assert "0 lines" in call(ground, "search", text="--help").text
    assert "0 lines" in call(ground, "search", text=".*").text


def test_a_run_makes_one_integration(ground: Ground) -> None:
    assert call(ground, "scaffold", name="other").failed
    named = replace(ground, names=("bolt",))
    assert call(named, "scaffold", name="acme").failed
    with pytest.raises(ConfigurationError, match="no integration to write in"):
        call(named, "write", path="integrations/acme/x.py", text="")


def test_a_shell_line_that_the_rules_do_not_allow_is_refused(ground: Ground) -> None:
    shell = replace(ground, bash=True, rules=(Rule("*", "*", Action.ALLOW),))
    for command in ("git push --force", "cat .env", "echo x > app/models.py", "sh -c true"):
        assert call(shell, "bash", command=command).breach is Breach.STRAYED


def test_a_decision_and_a_note_are_kept_without_secrets(ground: Ground) -> None:
    keeping.start(ground.plan, "Do it")
    call(ground, "decide", decision=f"Use {KNOWN}", because="It is asked for")
    call(ground, "note", text=f"The key is {KNOWN}", source="somewhere")
    kept = ground.plan.plan.read_text() + ground.plan.notes.read_text()
    assert KNOWN not in kept
    assert keeping.read(ground.plan).decisions
    assert (
        call(ground, "decide", decision=f"Use {KNOWN}", because="It is").text == "decided already"
    )


def test_the_skills_of_the_pack_can_be_read(ground: Ground) -> None:
    name = ground.skills[0].name
    assert len(call(ground, "skill", name=name).text) > 200
    with pytest.raises(ConfigurationError, match="there is no skill"):
        call(ground, "skill", name="none")


GIVEN = st.dictionaries(
    st.sampled_from(["path", "text", "old", "new", "first_line", "lines", "folder", "paths", "x"]),
    st.one_of(
        st.text(max_size=30),
        st.integers(-5, 5),
        st.none(),
        st.lists(st.text(max_size=5), max_size=2),
    ),
)
TRIED = st.sampled_from(
    ["read", "list", "search", "write", "edit", "note", "decide", "skill", "scaffold"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=TRIED, given_=GIVEN)
def test_whatever_is_given_is_answered_or_refused_and_nothing_else_changes(
    ground: Ground, name: str, given_: dict[str, Any]
) -> None:
    before = {path: (ground.root / path).read_bytes() for path in FILES if "acme" not in path}
    with suppress(BridgewrightError):
        call(ground, name, **given_)
    assert {path: (ground.root / path).read_bytes() for path in before} == before
    assert {each.name for each in ground.root.parent.iterdir()} == {"outside.txt", "project"}
