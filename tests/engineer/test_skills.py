"""A skill is held against the specification, and what it breaks is told by its rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.encoded import Encoded
from bridgewright.engineer.skills import reading
from bridgewright.engineer.skills.reading import Rule, breaches, held

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "---\nname: mend-things\ndescription: Mends things. Use it when one is broken.\n---\n\nMend it.\n"


def rules(text: str, folder: str = "mend-things") -> list[Rule]:
    return [each.rule for each in held(Encoded(text), folder)]


def test_a_good_skill_breaks_nothing_whatever_its_line_ends() -> None:
    whole = GOOD.replace(
        "---\n\n",
        'license: MIT\ncompatibility: Needs git.\nallowed-tools: Read Bash\nmetadata:\n  v: "1"\n---\n\n',
    )
    assert rules(GOOD) == rules(whole) == rules(whole.replace("\n", "\r\n")) == []


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        ("name: mend-things\n", "", [Rule.NAME]),
        ("name: mend-things", "name: 7", [Rule.NAME]),
        ("name: mend-things", "name: Mend-Things", [Rule.NAME, Rule.FOLDER]),
        ("name: mend-things", "name: mend--things", [Rule.NAME, Rule.FOLDER]),
        ("name: mend-things", "name: mend-other", [Rule.FOLDER]),
        (
            "description: Mends things. Use it when one is broken.",
            "description:",
            [Rule.DESCRIPTION],
        ),
        ("Mends things.", "M" * 1_024, [Rule.DESCRIPTION]),
        ("---\n\n", 'compatibility: ""\n---\n\n', [Rule.COMPATIBILITY]),
        ("---\n\n", f"compatibility: {'x' * 501}\n---\n\n", [Rule.COMPATIBILITY]),
        ("---\n\n", "metadata: fine\n---\n\n", [Rule.METADATA]),
        ("---\n\n", "metadata:\n  v: 1\n---\n\n", [Rule.METADATA]),
        ("---\n\n", "allowed-tools: [Read]\n---\n\n", [Rule.TEXT]),
        ("---\n\n", "tools: Read\n---\n\n", [Rule.UNKNOWN]),
        ("Mend it.\n", "", [Rule.BODY]),
        ("Mend it.\n", "Mend it.\n" * 499, [Rule.BODY]),
        ("Mend it.\n", "Mend it.\n" * 498 + "\n" * 9, []),
        ("description: Mends", "description: [Mends", [Rule.HEAD]),
        ("---\n", "", [Rule.HEAD]),
    ],
)
def test_each_rule_is_told_by_its_name(old: str, new: str, broken: list[Rule]) -> None:
    assert rules(GOOD.replace(old, new)) == broken


@given(st.text(st.sampled_from("ab9-_AÄ "), max_size=70))
def test_a_name_is_good_exactly_when_the_specification_says_so(name: str) -> None:
    good = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is not None and len(name) <= 64
    text = GOOD.replace("mend-things", f'"{name}"', 1)
    assert (Rule.NAME not in rules(text, name)) == good


def test_a_skill_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    folder = tmp_path / "mend-things"
    folder.mkdir()
    (missing,) = breaches(folder)
    assert str(missing) == "mend-things/SKILL.md: there is no such file"
    (folder / reading.FILE).write_bytes(b"\xff\xfe\xff")
    assert [each.rule for each in breaches(folder)] == [Rule.HEAD]
    (folder / reading.FILE).write_text(GOOD.replace("name: ", "name: ["))
    assert [each.place for each in breaches(folder, "x.md")] == ["x.md:2"]
