"""`docs/findings.md`: what is written there, what is left alone, and what comes back."""

from __future__ import annotations

import codecs
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError, NotFound
from bridgewright.engineer.findings import script as scripts
from bridgewright.engineer.findings.keeping import Manner, accept, keep, load
from bridgewright.engineer.findings.ledger import FILE, Acceptance, Status
from bridgewright.engineer.findings.page import Standing, bullet, edited
from tests.engineer.findings.made import TODAY, finding, line

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/findings.md"
MARKS = {
    "utf-8": b"",
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
}


def page(root: Path) -> bytes:
    return (root / PAGE).read_bytes()


def write(root: Path, content: bytes) -> None:
    (root / "docs").mkdir(exist_ok=True)
    (root / PAGE).write_bytes(content)


def both(root: Path) -> tuple[bytes, bytes]:
    return page(root), (root / FILE).read_bytes()


def test_a_finding_is_one_bullet_and_a_second_run_changes_no_byte(tmp_path: Path) -> None:
    kept = keep(tmp_path, [finding("phone_number_verified")], TODAY)
    assert kept.added == (line("phone_number_verified"),)
    assert page(tmp_path).decode() == line("phone_number_verified") + "\n"
    before = both(tmp_path)
    again = keep(tmp_path, [finding("phone_number_verified")], TODAY + timedelta(days=9))
    assert (again.added, again.removed, both(tmp_path)) == ((), (), before)


def test_nothing_found_in_a_clean_project_writes_nothing(tmp_path: Path) -> None:
    keep(tmp_path, [], TODAY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("codec", [*MARKS, "utf-16-le bare", "utf-16-be bare"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_encoding_and_the_ends_of_lines_stay(tmp_path: Path, codec: str, end: str) -> None:
    name = codec.removesuffix(" bare")
    mark = MARKS[name] if name == codec else b""
    codec = "utf-8" if name == "utf-8-sig" else name
    foreign = f"# Findings{end}{end}- [Database] Ünïcode of somebody{end}"
    write(tmp_path, mark + foreign.encode(codec))
    keep(tmp_path, [finding("b"), finding("a")], TODAY)
    expected = f"{foreign}{line('a')}{end}{line('b')}{end}"
    assert page(tmp_path) == mark + expected.encode(codec)
    keep(tmp_path, [], TODAY)
    assert page(tmp_path) == mark + foreign.encode(codec)


def test_bytes_that_are_no_text_in_their_own_encoding_are_left_alone(tmp_path: Path) -> None:
    broken = codecs.BOM_UTF16_LE + b"- x"
    write(tmp_path, broken)
    with pytest.raises(ConfigurationError, match=r"docs/findings\.md.*utf-16-le"):
        keep(tmp_path, [finding("a")], TODAY)
    assert page(tmp_path) == broken


def test_bytes_of_no_known_encoding_stay_as_they_are_beside_ours(tmp_path: Path) -> None:
    write(tmp_path, b"caf\xe9 \xff\n")
    keep(tmp_path, [finding("a")], TODAY)
    assert page(tmp_path) == b"caf\xe9 \xff\n" + line("a").encode() + b"\n"


FOREIGN = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "# Findings",
                "- [Database] x",
                "",
                "- [Integration] somebody else",
                "text \u2028 text",
            ]
        ),
        st.sampled_from(["\n", "\r\n", "\r"]),
    ),
    max_size=6,
)
NAMES = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4)


@given(
    FOREIGN, st.sampled_from(["", "the end"]), st.sampled_from(["utf-8", "utf-16-le"]), NAMES, NAMES
)
def test_foreign_lines_are_never_touched_and_what_comes_and_goes_leaves_no_trace(
    foreign: list[tuple[str, str]], last: str, codec: str, first: list[str], then: list[str]
) -> None:
    text = "".join(words + end for words, end in foreign) + last
    content = MARKS[codec] + text.encode(codec)
    script = scripts.read(content)
    assert script.written() == content
    now = edited(script, {line(each): Standing.NEW for each in first})
    assert sorted(now.added) == [line(each) for each in sorted(first)]
    former = {
        line(each): Standing.LISTED if each in first else Standing.NEW
        for each in (*first, *then)
        if each in then
    }
    former |= {line(each): Standing.LEAVING for each in first if each not in then}
    later = edited(scripts.read(now.script.written()), former)
    shown = [each.text for each in later.script.lines]
    ours = {line(each) for each in "abcdef"}
    assert sorted(each for each in shown if each in ours) == [line(each) for each in sorted(then)]
    at_last = edited(
        scripts.read(later.script.written()), dict.fromkeys(map(line, then), Standing.LEAVING)
    )
    assert at_last.script.written() == content


def test_whoever_empties_the_page_has_taken_the_bullets_and_only_news_is_written(
    tmp_path: Path,
) -> None:
    found = [finding("a"), finding("b")]
    keep(tmp_path, found, TODAY)
    write(tmp_path, b"")
    assert keep(tmp_path, found, TODAY).added == ()
    assert page(tmp_path) == b""
    assert {each.page for each in load(tmp_path).entries.values()} == {Standing.TAKEN}
    assert keep(tmp_path, [*found, finding("c")], TODAY).added == (line("c"),)
    assert page(tmp_path).decode() == line("c") + "\n"


def test_a_page_that_is_gone_and_one_with_other_lines_only_are_emptied_too(tmp_path: Path) -> None:
    keep(tmp_path, [finding("a")], TODAY)
    (tmp_path / PAGE).unlink()
    keep(tmp_path, [finding("a")], TODAY)
    assert not (tmp_path / PAGE).exists()
    assert keep(tmp_path, [finding("a")], TODAY, Manner(again=True)).added == (line("a"),)
    write(tmp_path, b"- [Database] x\n")
    assert keep(tmp_path, [finding("a")], TODAY).added == ()


def test_a_bullet_that_is_gone_while_others_stand_comes_back(tmp_path: Path) -> None:
    found = [finding("a"), finding("b")]
    keep(tmp_path, found, TODAY)
    write(tmp_path, f"# Mine\n{line('b')}\n- other\n".encode())
    assert keep(tmp_path, found, TODAY).added == (line("a"),)
    assert page(tmp_path).decode() == f"# Mine\n{line('b')}\n{line('a')}\n- other\n"


def test_what_was_taken_and_then_mended_is_told_again_when_it_comes_back(tmp_path: Path) -> None:
    keep(tmp_path, [finding("a")], TODAY)
    write(tmp_path, b"")
    keep(tmp_path, [], TODAY)
    assert [each.status for each in load(tmp_path).entries.values()] == [Status.RESOLVED]
    later = TODAY + timedelta(days=9)
    assert keep(tmp_path, [finding("a")], later).added == (line("a"),)
    assert [each.first_seen for each in load(tmp_path).entries.values()] == [later]


def test_what_was_not_looked_at_is_not_resolved(tmp_path: Path) -> None:
    keep(tmp_path, [finding("a")], TODAY)
    before = both(tmp_path)
    keep(tmp_path, [], TODAY, Manner(spared=lambda name: name == "twilio"))
    assert both(tmp_path) == before
    assert keep(tmp_path, [], TODAY, Manner(spared=lambda name: name == "x")).removed == (
        line("a"),
    )


@pytest.mark.parametrize(
    "theirs",
    [
        "- [Integration] User model lacks `phone_number_verified` field needed for Twilio SMS.",
        f"* {line('phone_number_verified')[2:]} Suggestion: add it.",
        "- [ ] [Integration] User model lacks phone_number_verified field needed for Twilio SMS",
        line("phone_number_verified"),
    ],
)
def test_what_somebody_else_has_said_is_not_said_twice_and_stays_theirs(
    tmp_path: Path, theirs: str
) -> None:
    write(tmp_path, f"{theirs}\n".encode())
    assert keep(tmp_path, [finding("phone_number_verified")], TODAY).added == ()
    assert keep(tmp_path, [], TODAY).removed == ()
    assert page(tmp_path).decode() == f"{theirs}\n"


def test_a_longer_name_is_not_the_same_finding(tmp_path: Path) -> None:
    write(tmp_path, b"- [Integration] User model lacks phone field needed for Twilio SMSes.\n")
    assert keep(tmp_path, [finding("phone")], TODAY).added == (line("phone"),)


def test_examples_in_blocks_of_code_and_comments_are_no_findings(tmp_path: Path) -> None:
    example = f"```markdown\n{line('a')}\n```\n<!-- like\n\n{line('b')}\n-->\n"
    write(tmp_path, example.encode())
    keep(tmp_path, [finding("a"), finding("b")], TODAY)
    assert page(tmp_path).decode() == f"{example}{line('a')}\n{line('b')}\n"
    keep(tmp_path, [], TODAY)
    assert page(tmp_path).decode() == example


def test_what_is_accepted_leaves_the_page_and_returns_when_its_time_is_over(
    tmp_path: Path,
) -> None:
    found = [finding("a"), finding("b")]
    keep(tmp_path, found, TODAY)
    until = TODAY + timedelta(days=30)
    entry = accept(tmp_path, found[0].id[:6], Acceptance("the next release has it", until))
    assert entry.id == found[0].id
    assert keep(tmp_path, found, until).removed == (line("a"),)
    assert keep(tmp_path, found, until).added == ()
    assert keep(tmp_path, found, until + timedelta(days=1)).added == (line("a"),)


@pytest.mark.parametrize("given", ["", "zz"])
def test_an_id_that_is_not_one_finding_is_refused(tmp_path: Path, given: str) -> None:
    keep(tmp_path, [finding("a"), finding("b")], TODAY)
    before = both(tmp_path)
    with pytest.raises(NotFound):
        accept(tmp_path, given, Acceptance("because", TODAY))
    assert both(tmp_path) == before


def test_another_tag_takes_the_old_bullet_away(tmp_path: Path) -> None:
    first = finding("a")
    keep(tmp_path, [first], TODAY)
    kept = keep(tmp_path, [replace(first, tag="Bridge")], TODAY)
    assert (kept.added, kept.removed) == ((bullet("Bridge", first.sentence),), (line("a"),))
    assert page(tmp_path).decode() == bullet("Bridge", first.sentence) + "\n"


def test_a_link_stays_a_link_and_the_mode_of_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    real = tmp_path / "real.md"
    real.write_text("# Findings\n", "utf-8")
    real.chmod(0o640)
    (tmp_path / PAGE).symlink_to(real)
    keep(tmp_path, [finding("a")], TODAY)
    assert (tmp_path / PAGE).is_symlink()
    assert real.read_text("utf-8").endswith(line("a") + "\n")
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"version": 9}', b'{"version": 1, "findings": {"x": {}}}']
)
def test_a_ledger_that_is_not_ours_is_refused_and_nothing_is_written(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / ".integrations").mkdir()
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ConfigurationError, match="restore it from git"):
        keep(tmp_path, [finding("a")], TODAY)
    assert (tmp_path / FILE).read_bytes() == content
    assert not (tmp_path / PAGE).exists()


KILLED = """
import os, signal, sys
from pathlib import Path
sys.addaudithook(lambda event, args: event == "os.rename" and counted())
steps = iter(range(99))
def counted():
    if next(steps) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
from bridgewright.engineer.findings.keeping import keep
from tests.engineer.findings.made import TODAY, finding
keep(Path(sys.argv[1]), [finding(each) for each in sys.argv[3]], TODAY)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize(("first", "then"), [("", "ab"), ("ab", "bc"), ("a", "")])
def test_killed_between_any_two_writes_the_next_run_ends_as_if_nothing_had_been(
    tmp_path: Path, step: int, first: str, then: str
) -> None:
    if first:
        keep(tmp_path, [finding(each) for each in first], TODAY)
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), str(step), then]
    ended = subprocess.run(
        command, capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    keep(tmp_path, [finding(each) for each in then], TODAY)
    assert page(tmp_path).decode() == "".join(line(each) + "\n" for each in then)
    standings = {e.page for e in load(tmp_path).entries.values() if e.status is Status.OPEN}
    assert standings <= {Standing.LISTED}
    assert load(tmp_path).leaving == ()
