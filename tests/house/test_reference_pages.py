"""The reference is what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def reference(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "reference.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_reference_pages_are_up_to_date() -> None:
    done = reference("--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_page_that_differs_is_named(tmp_path: Path) -> None:
    assert reference("--root", str(tmp_path)).returncode == 0
    assert reference("--root", str(tmp_path), "--check").returncode == 0
    page = tmp_path / "docs" / "reference" / "cli.md"
    page.write_text(page.read_text().replace("redrive", "retry"))
    done = reference("--root", str(tmp_path), "--check")
    assert done.returncode == 1
    assert done.stdout.startswith("docs/reference/cli.md was out of date")
