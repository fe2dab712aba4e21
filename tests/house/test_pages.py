"""Every Python block of README and docs runs: each page is one program, from its top to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.house.pages import blocks, dead_links, pages, program, unrun
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Plant = Callable[[str, str], Path]

SECRETS = {
    "STRIPE_WEBHOOK_SECRET": "whsec_of_the_documentation",
    "GITHUB_WEBHOOK_SECRET": "a secret of the documentation",
}
"""What a reader has set when they try a page."""
PATIENCE_S = 60

RUNNABLE = [page for page in pages(ROOT) if program(page.read_text(encoding="utf-8")).strip()]


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    done = run(page, tmp_path)
    assert done.returncode == 0, done.stderr


def test_no_python_is_tagged_so_that_nobody_runs_it() -> None:
    assert [str(found) for found in unrun(ROOT)] == []


def test_the_readme_has_python_that_works() -> None:
    assert ROOT / "README.md" in RUNNABLE


@pytest.mark.parametrize("tag", ["python no-run", "py", "pycon", "Python", "{code-block} python"])
def test_a_block_that_nobody_runs_is_seen(plant: Plant, tag: str) -> None:
    root = plant("/docs/x.md", f"# X\n\n```{tag}\nprint()\n```\n")
    assert [found.place for found in unrun(root)] == ["docs/x.md:4"]


def test_every_link_between_pages_leads_somewhere() -> None:
    assert [str(found) for found in dead_links(ROOT)] == []


def test_a_link_that_leads_nowhere_is_seen(plant: Plant) -> None:
    plant("/docs/there.md", "")
    root = plant(
        "/README.md", "[a](docs/there.md#x) [b](docs/gone.md) [c](https://x.example) [d](#x)"
    )
    assert [found.what for found in dead_links(root)] == ["leads to no file: docs/gone.md"]


def test_blocks_of_other_kinds_are_let_be(plant: Plant) -> None:
    root = plant("/docs/x.md", "```sh\nmake\n```\n\n```\npython\n```\n\n```python\n```\n")
    assert list(unrun(root)) == []


def test_a_page_is_one_program_and_its_errors_have_the_page_s_own_lines(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# X\n\n```python\nx = 1\n```\n\nAnd:\n\n```python\nassert x == 2\n```\n")
    done = run(page, tmp_path)
    assert done.returncode == 1
    assert 'page.md", line 10' in done.stderr


def test_a_warning_in_a_page_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nimport warnings\nwarnings.warn('old', stacklevel=1)\n```\n")
    assert run(page, tmp_path).returncode == 1


def test_a_fence_inside_a_longer_fence_is_text() -> None:
    text = "````text\n```python\nx\n```\n````\n\n~~~python\ny\n~~~\n"
    assert [(block.tag, block.lines) for block in blocks(text)] == [
        ("text", ("```python", "x", "```")),
        ("python", ("y",)),
    ]


def run(page: Path, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a page's program in a folder of its own, as a reader would who has only the secrets set."""
    source = program(page.read_text(encoding="utf-8"))
    # Compiled under the page's name: what goes wrong is reported with the page's own lines.
    start = "import sys; exec(compile(sys.stdin.read(), sys.argv[1], 'exec'), {'__name__': 'page'})"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", start, str(page)],
        input=source,
        cwd=place,
        env={"PATH": os.environ["PATH"], "HOME": str(place), **SECRETS},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
