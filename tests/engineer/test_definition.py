"""What is read of an agent's definition, and that a malformed one is refused instead of half believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.definition import frontmatter
from bridgewright.engineer.definition.reading import default, find, parse, read
from bridgewright.engineer.definition.words import Subject
from bridgewright.engineer.encoded import Encoded

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
---
description: Builds bridges & keeps them
mode: primary
temperature: 0.1
tools:
  write: true
  grep_search: true
permission:
  bash:
    "git *": allow
    "*": deny
---

# STANDARDS

- **Branch Naming**: `agent/bridge-builder`.
- **Sync First**: Always pull `trunk` before starting.
- **Commits**: such as `feat(bridge): add acme` and `fix(hook): check it`
- **Timeouts**: Every call has one.
- Read `.opencode/memory/api.md` and `.opencode/memory/bridges.md`.
- Keep `task_plan.md`.

```bash
git checkout agent/bridge-builder 2>/dev/null || git checkout -b agent/bridge-builder
git merge origin/trunk --no-edit
git push origin agent/bridge-builder
gh pr create --base trunk --head agent/bridge-builder
```

## Feedback

Report it to `notes/findings.md`:

    - [Bridges] User model lacks `x`.

# SUCCESS CRITERIA

- [ ] **Branching**: Work was done on `agent/bridge-builder`.
- [ ] **Resilience**: Retries implemented.
- [ ] **Joy**: Everybody likes it.
"""


def parsed(text: str = TEXT) -> object:
    return parse(Encoded(text), "a.md")


def test_branch_base_memory_findings_and_criteria_come_from_the_definition() -> None:
    found = parse(Encoded(TEXT), "a.md")
    assert (found.branch, found.base) == ("agent/bridge-builder", "trunk")
    assert found.memory == (".opencode/memory/api.md", ".opencode/memory/bridges.md")
    assert (found.findings, found.tag) == ("notes/findings.md", "Bridges")
    assert (found.scopes, found.plan) == (("bridge", "hook"), True)
    assert [each.subject for each in found.criteria] == [
        Subject.BRANCHING,
        Subject.RESILIENCE,
        Subject.UNKNOWN,
    ]
    assert (
        found.place(found.criteria[2]) == f"a.md:{TEXT[: TEXT.index('**Joy')].count(chr(10)) + 1}"
    )
    assert found.head["permission"] == {"bash": {"git *": "allow", "*": "deny"}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encoding_and_line_ends_change_nothing(tmp_path: Path, encoding: str, newline: str) -> None:
    path = tmp_path / ".opencode" / "agent" / "integration-engineer.md"
    path.parent.mkdir(parents=True)
    path.write_bytes(TEXT.replace("\n", newline).encode(encoding))
    found, plain = find(tmp_path), parse(Encoded(TEXT), read(path, tmp_path).path)
    assert found == plain


def test_ours_is_taken_where_the_project_has_none(tmp_path: Path) -> None:
    found = find(tmp_path)
    assert found == default()
    assert Subject.UNKNOWN not in {each.subject for each in found.criteria}
    assert yaml.safe_load(yaml.safe_dump(dict(found.head))) == found.head


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("permission:\n", "permission: {\n", 8),
        ("  write: true\n", "  write: true\n  write: false\n", 7),
        ("mode: primary\n", "mode: [primary\n", 3),
        ("mode: primary\n", "mode: 'primary\n", 3),
        ("mode: primary\n", "\tmode: primary\n", 3),
        ("mode: primary\n", "mode primary\n", 3),
        ("mode: primary\n", "mode: a: b\n", 3),
        ("mode: primary\n", "mode: &a primary\n", 3),
        ("  write: true\n", "   write: true\n", 7),
        ("---\n\n#", "\n#", 1),
        ("---\ndesc", "desc", 1),
    ],
)
def test_a_malformed_head_is_refused_with_its_line(old: str, new: str, line: int) -> None:
    assert TEXT.count(old) >= 1
    with pytest.raises(ConfigurationError, match=rf"^a\.md:{line}: "):
        parsed(TEXT.replace(old, new, 1))


def test_a_definition_of_two_branches_or_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"more than one branch: .* \(line \d+\)"):
        parsed(TEXT.replace("--head agent/bridge-builder", "--head agent/other"))
    with pytest.raises(ConfigurationError, match="names no branch"):
        parsed(TEXT.replace("agent/bridge-builder", "agent/<role>"))


WORDS = st.text("abcxyz_", min_size=1, max_size=8)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
)
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS, min_size=1, max_size=3),
    lambda inner: st.dictionaries(WORDS, inner, min_size=1, max_size=3),
    max_leaves=8,
)


def written(value: object, indent: int = 0) -> str:
    pad = " " * indent
    if isinstance(value, dict):
        return "".join(
            f"\n{pad}{key}: {written(inner, indent + 2)}" for key, inner in value.items()
        )
    if isinstance(value, list):
        return "".join(f"\n{pad}- {written(each)}" for each in value)
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    return (
        {True: "true", False: "false"}.get(value, str(value))
        if isinstance(value, bool)
        else str(value)
    )


@given(st.dictionaries(WORDS, VALUES, min_size=1, max_size=4))
def test_what_is_read_is_what_yaml_says(head: dict[str, object]) -> None:
    text = written(head).lstrip("\n")
    found, start = frontmatter.split(["---", *text.split("\n"), "---", "body"], "a.md")
    assert found == yaml.safe_load(text) == head
    assert start == text.count("\n") + 3


@given(
    st.sampled_from(["|", ">", "|-", ">-", "|+", ">+", "> # folded"]),
    st.lists(st.text("ab:-#' ", max_size=8), min_size=1, max_size=6),
    st.sampled_from(["  ", "    "]),
    st.sampled_from(["", "mode: x\n"]),
)
@example("|", ["a", "", "# b"], "  ", "mode: x\n")
@example(">", ["", "a", "b", "", "c", ""], "  ", "mode: x\n")
def test_a_text_in_a_block_is_read_as_yaml_does_or_refused(
    mark: str, lines: list[str], indent: str, after: str
) -> None:
    block = "".join(f"{indent}{line}\n" if line.strip() else "\n" for line in lines)
    text = f"description: {mark}\n{block}{after}"
    try:
        found, _ = frontmatter.split(["---", *text.split("\n")[:-1], "---"], "a.md")
    except ConfigurationError:
        assert not any(line.strip() for line in lines) or any(line[:1] == " " for line in lines)
        return
    assert found == yaml.safe_load(text)


@given(st.text("ab:-#'\"[]{}, \n\t&*!|>+\\", max_size=60))
def test_any_head_is_read_as_yaml_does_or_refused(text: str) -> None:
    try:
        found, _ = frontmatter.split(["---", *text.split("\n"), "---"], "a.md")
    except ConfigurationError:
        return
    assert found == (yaml.safe_load(text) or {})
