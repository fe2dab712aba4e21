"""`bridgewright engineer verify` as people and CI run it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridgewright.cli.engineer.verify import annotation
from bridgewright.engineer.verify.words import About, Reason, Refusal
from tests.engineer.workshop import CERTIFY, FOLDER, KEPT, opened
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SHORT = "branch paths commits secrets plan".split()
ONLY = [word for name in SHORT for word in ("--only", name)]


def verify(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgewright", "engineer", "verify", *words]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_good_work_ends_with_zero_and_says_what_was_looked_at(tmp_path: Path) -> None:
    done = verify(opened(tmp_path).path, *ONLY, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"]) == (0, "kept"), done.stderr
    assert [each["name"] for each in found["checks"]] == SHORT
    assert {each["name"]: each["standing"] for each in found["criteria"]}["Findings"] == "skipped"


@pytest.mark.slow
def test_refused_work_ends_with_one_and_each_reason_by_name(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.commit("more", {"app/models.py": "X = 2\n"})
    (shop.path / "left.txt").write_text("x")
    done = verify(shop.path, *ONLY, "--branch", "main", "--github")
    assert done.returncode == 1
    assert "what is not committed is not judged" in done.stderr
    for reason in ("edited-main", "outside-paths", "unconventional-commit"):
        assert f"refused: {reason}: " in done.stdout
    assert "::error file=app/models.py,title=outside-paths::" in done.stdout


@pytest.mark.slow
def test_what_nobody_can_find_out_ends_with_three(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    definition = tmp_path / "agent.md"
    told = (
        "- **Branch Naming**: `agent/integration-engineer`\n# Success\n- [ ] Everybody likes it\n"
    )
    definition.write_text(f"---\nmode: primary\n---\n{told}")
    done = verify(shop.path, *ONLY, "--definition", str(definition))
    assert (done.returncode, "undecided" in done.stdout) == (3, True)


@pytest.mark.slow
def test_the_definition_is_that_of_the_base_whatever_the_work_says(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    mine = "---\nmode: primary\n---\n- **Branch Naming**: `agent/mine`\n"
    shop.commit("feat(integration): rules", {".opencode/agent/integration-engineer.md": mine})
    shop.git("branch", "-m", "agent/mine")
    done = verify(shop.path, "--only", "branch")
    assert (done.returncode, "refused: wrong-branch: agent/mine" in done.stdout) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--base", "nothing"], "there is no commit 'nothing'"),
        (["--attestation", "x"], "--trust"),
        (["--trust", "x"], "--attestation"),
        (["--attest", FOLDER + "/client.py"], "--attestation FILE"),
        (["--attest", FOLDER + "/client.py", "--attestation", "x"], "is in the repository"),
        (["--definition", FOLDER + "/client.py"], "has no head"),
    ],
)
def test_a_wrong_command_starts_nothing(tmp_path: Path, words: list[str], told: str) -> None:
    done = verify(opened(tmp_path).path, *words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


@pytest.mark.slow
def test_what_one_machine_signed_another_believes(tmp_path: Path) -> None:
    tests = {FOLDER + "/tests/test_client.py": "def test_it():\n    assert False\n"}
    shop = opened(tmp_path, {**KEPT, **tests})
    key = Ed25519PrivateKey.generate()
    secret = tmp_path / "key.pem"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    out = tmp_path / "attestation.json"
    only = ["--only", "resilience", "--only", "tests"]
    sign = ["--attest", str(secret), "--attestation", str(out)]
    done = verify(shop.path, *only, *sign)
    assert (done.returncode, out.exists()) == (1, False)
    assert "nothing was signed" in done.stderr
    shop.commit("test(integration): tests that can fail", dict(KEPT))
    assert verify(shop.path, *only, *sign, "--seed", "7").returncode == 0
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    believe = ["--trust", public, "--attestation", str(out)]
    done = verify(shop.path, *only, *believe)
    assert (done.returncode, "by an attestation" in done.stdout) == (0, True)
    shop.commit("fix(integration): flaw", {FOLDER + "/certify.py": CERTIFY.format(flaw="A2")})
    done = verify(shop.path, *only, *believe)
    assert (done.returncode, "refused: stale-certificate" in done.stdout) == (1, True)


def test_an_annotation_cannot_be_broken_out_of() -> None:
    refusal = Refusal(Reason.LEAKED_KEY, "0123456789:a,b/x.py:3", "100%\n::error::x", "mend it")
    assert annotation(refusal) == (
        "::error file=a%2Cb/x.py,line=3,title=leaked-key::100%25%0A::error::x. mend it"
    )


def test_every_reason_and_every_check_is_explained() -> None:
    page = (ROOT / "docs" / "verify.md").read_text("utf-8")
    for name in (*Reason, *About):
        assert f"\n| `{name}` | " in page
