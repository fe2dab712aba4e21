"""What a command sees, and what cannot be granted."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.sandbox import view
from bridgewright.engineer.sandbox.credentials import is_credential, is_hidden
from bridgewright.engineer.sandbox.repository import cleaned, kept
from bridgewright.engineer.sandbox.running import Sandbox
from bridgewright.engineer.sandbox.search import look
from bridgewright.engineer.sandbox.words import Grounds


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "inner").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    "name",
    ".env .env.local .ENV .envrc prod.env server.pem server.key a.p12 .netrc .npmrc .pypirc auth.json id_rsa"
    " id_ed25519 id_deploy id_rsa.old credentials credentials.json .git-credentials .pgpass KEY.PEM".split(),
)
def test_a_name_of_a_credential_is_known(name: str) -> None:
    assert is_credential(name)


@pytest.mark.parametrize(
    "name",
    ".env.example .env.sample .env.template example.env .env.dist id_rsa.pub id_map.py environment.py"
    " keys.py package.json README.md .gitignore auth.py monkey.txt".split(),
)
def test_a_name_of_something_else_is_left_alone(name: str) -> None:
    assert not is_credential(name)


@given(st.sampled_from([".env", "id_rsa", ".netrc", "auth.json", "x.key"]), st.data())
def test_the_case_of_a_name_changes_nothing(name: str, data: st.DataObject) -> None:
    spelt = "".join(data.draw(st.sampled_from([c.lower(), c.upper()])) for c in name)
    assert is_credential(spelt)


def test_a_bundle_of_certificates_is_no_credential_and_a_key_among_them_makes_it_one(
    work: Path,
) -> None:
    public = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"
    (work / "ca.pem").write_text(public)
    (work / "both.pem").write_text(public + "-----BEGIN PRIVATE " + "KEY-----\nMII\n")
    (work / "odd.pem").write_text("MII")
    assert {each.name for each in look([work]).files} == {"both.pem", "odd.pem"}


def test_a_virtual_environment_called_env_is_seen(work: Path) -> None:
    (work / ".env").mkdir()
    assert is_hidden(work / ".env")
    (work / ".env/pyvenv.cfg").touch()
    assert not is_hidden(work / ".env")


def test_links_and_other_names_of_a_credential_are_found(work: Path) -> None:
    (work / ".env").write_text("x")
    (work / "plain.txt").write_text("x")
    os.link(work / ".env", work / "inner/twin.txt")
    (work / "id_rsa").symlink_to("plain.txt")
    found = {each.relative_to(work.resolve()).as_posix() for each in look([work]).files}
    assert found == {".env", "inner/twin.txt", "plain.txt"}


def test_sockets_and_pipes_are_found(work: Path) -> None:
    os.mkfifo(work / "pipe")
    with socket.socket(socket.AF_UNIX) as door:
        here = os.open(work, os.O_RDONLY)
        door.bind(f"/proc/self/fd/{here}/door")
        os.close(here)
    assert [each.name for each in look([work]).doors] == ["door", "pipe"]


def test_a_link_is_never_writable(work: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (work / "link").symlink_to(outside)
    (work / "inside").symlink_to("inner")
    for path in (
        work / "link",
        work / "inside",
        work / "link/x",
        outside,
        work / "../outside",
        work / "no",
    ):
        with pytest.raises(ConfigurationError):
            view.settled(Grounds(work, (path,)))


def test_what_is_gits_is_never_writable(work: Path) -> None:
    subprocess.run(["git", "init", "-q", str(work)], check=True)
    with pytest.raises(ConfigurationError, match="git's"):
        view.settled(Grounds(work, (work / ".git/hooks",)))


@pytest.mark.parametrize("place", ["/", "/usr", "/etc", "/usr/lib", view.SCRATCH, "~", "~/.."])
def test_no_command_is_let_loose_in_the_system_or_a_home(place: str) -> None:
    with pytest.raises(ConfigurationError, match="no folder"):
        view.settled(Grounds(Path(place).expanduser()))


def test_the_work_may_be_named_by_a_link(work: Path, tmp_path: Path) -> None:
    (tmp_path / "named").symlink_to(work)
    settled = view.settled(Grounds(tmp_path / "named", (tmp_path / "named/inner", Path("inner"))))
    assert settled == Grounds(work.resolve(), (work.resolve() / "inner",) * 2)


def test_settings_with_credentials_are_left_out_of_a_configuration(work: Path) -> None:
    config = work / "config"
    config.write_text(
        '[core]\n\tbare = false\n[remote "o"]\n\turl = https://x:tok@h/p\n\tfetch = +refs/*:refs/*\n'
        '[http "https://h/"]\n\textraheader = AUTHORIZATION: basic abc\n[branch "token"]\n\tremote = o\n'
        '[remote "s"]\n\turl = ssh://git@h/p\n'
    )
    clean = cleaned(config) or ""
    assert "tok@" not in clean
    assert "basic" not in clean
    for line in ("bare = false", "fetch = +refs", '[branch "token"]', "ssh://git@h/p"):
        assert line in clean
    config.write_text(clean)
    assert cleaned(config) is None


def test_a_git_file_that_leads_to_somebody_elses_folder_shows_nothing(
    work: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    (work / ".git").write_text(f"gitdir: {other}/.git\n")
    assert kept(work).seen == (work / ".git",)


@pytest.mark.slow
def test_a_worktree_works_inside_and_its_main_repository_stays(work: Path, tmp_path: Path) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@x.invalid"]
    for words in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "feat: x"]):
        subprocess.run(["git", "-C", str(work), *words], check=True)
    linked = tmp_path / "linked"
    subprocess.run(["git", "-C", str(work), "worktree", "add", "-q", str(linked)], check=True)
    outcome = Sandbox(Grounds(linked, (linked,))).run(["git", "log", "--format=%s"])
    assert (outcome.status, outcome.output) == (0, "feat: x\n")


def test_nobodys_home_is_there_but_the_tools_of_the_path_are(work: Path, tmp_path: Path) -> None:
    tool = tmp_path / "tools/bin/mytool"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\necho used\n")
    tool.chmod(0o755)
    (tmp_path / "tools/credentials.toml").write_text("secret")
    env = {"PATH": f"{tool.parent}:/usr/bin:/bin"}
    sandbox = Sandbox(Grounds(work), env=env)
    outcome = sandbox.run(
        ["sh", "-c", f"mytool; cat {tmp_path}/tools/credentials.toml; ls -A /home"]
    )
    assert outcome.output.splitlines()[0] == "used"
    assert "secret" not in outcome.output


def test_a_home_is_never_a_tool_and_neither_is_what_holds_one() -> None:
    home = Path.home()
    search = os.pathsep.join([str(home / "bin"), str(home), "/", "/home", str(home / ".local/bin")])
    for each in view.tools("x", search, ()):
        assert not home.is_relative_to(each)
        assert each.name != ".local"
