"""An integration is certified again, and refused by what it does; what lies in it judges nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bridgewright.certify.check import Level
from bridgewright.engineer.verify.place import bound, integrations, run, variables
from bridgewright.engineer.verify.resilience import Certified, reaches, reason_of, refusals
from bridgewright.engineer.verify.words import About, Reason, Standing
from tests.engineer.workshop import CERTIFY, FOLDER, KEPT, MANIFEST, opened, reasons

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.verify.verdict import Verdict


def judged(folder: Path, *only: str, more: dict[str, str | bytes] | None = None) -> Verdict:
    options = ("--only", ",".join(only)) if only else ()
    shop = opened(folder, {**KEPT, **(more or {})})
    return shop.judge(About.RESILIENCE, options=options)


def flawed(flaw: str) -> dict[str, str | bytes]:
    return {FOLDER + "/certify.py": CERTIFY.format(flaw=flaw)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        ("A2", Reason.MISSING_TIMEOUT),
        ("B2", Reason.RETRIED_POST),
        ("C1", Reason.RETRIED_POST),
        ("F1", Reason.LEAKED_KEY),
        ("C4", Reason.NOT_RESILIENT),
    ],
)
def test_a_flaw_is_refused_by_the_name_of_what_it_is(
    tmp_path: Path, flaw: str, reason: Reason
) -> None:
    found = judged(tmp_path, flaw, more=flawed(flaw))
    assert reasons(found) == {reason}
    assert found.refusals[0].place == "integrations.acme.certify:target"
    assert f"{flaw}: " in found.refusals[0].what


@pytest.mark.slow
def test_a_careful_client_is_kept_with_its_level(tmp_path: Path) -> None:
    found = judged(tmp_path)
    assert found.refusals == ()
    assert (found.outcomes[0].standing, found.attested[0].name) == (Standing.KEPT, "acme")
    assert reaches(found.attested[0].level, Level.SILVER)


@pytest.mark.slow
def test_an_integration_that_cannot_be_certified_is_refused(tmp_path: Path) -> None:
    found = judged(tmp_path / "a", more={FOLDER + "/certify.py": "other = 1\n"})
    assert reasons(found) == {Reason.UNCERTIFIED}
    found = judged(tmp_path / "b", more={FOLDER + "/certify.py": "target = missing\n"})
    assert reasons(found) & {Reason.UNCERTIFIED, Reason.NOT_RESILIENT}


@pytest.mark.slow
def test_what_lies_in_the_checkout_is_not_taken_for_the_judge(tmp_path: Path) -> None:
    lie = {
        "command": "certify",
        "level": "gold",
        "target": "x",
        "suite": "1",
        "seed": 1,
        "checks": [],
    }
    forged = f"print({json.dumps(json.dumps(lie))})\n"
    found = judged(
        tmp_path,
        "A0",
        more={
            "bridgewright/__init__.py": "",
            "bridgewright/__main__.py": forged,
            "json.py": forged,
            FOLDER + "/certify.py": "def target(ask):\n    raise ValueError\n",
        },
    )
    assert reasons(found) == {Reason.NOT_RESILIENT}


@pytest.mark.slow
def test_a_certificate_file_in_the_repository_proves_nothing(tmp_path: Path) -> None:
    claimed = json.dumps({"level": "gold", "checks": []})
    found = judged(
        tmp_path,
        "A0",
        more={
            FOLDER + "/certificate.json": claimed,
            FOLDER + "/certify.py": "def target(ask):\n    raise ValueError\n",
        },
    )
    assert reasons(found) == {Reason.NOT_RESILIENT}


def test_an_integration_that_was_not_touched_is_not_judged_again(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.git("push", "-q", "origin", "HEAD:main")
    shop.git("fetch", "-q", "origin")
    shop.commit("docs(findings): more", {"docs/findings.md": "\n"})
    assert shop.judge(About.RESILIENCE).outcomes[0].standing is Standing.SKIPPED


def test_a_manifest_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path) -> None:
    broken = MANIFEST.replace("timeout_s = 2.0\n", "", 1)
    shop = opened(tmp_path, {**KEPT, FOLDER + "/integration.toml": broken})
    found = shop.judge(About.RULES, About.RESILIENCE)
    [refusal] = found.refusals
    assert refusal.reason is Reason.BROKEN_MANIFEST
    assert refusal.place.startswith(f"{FOLDER}/integration.toml:")


def test_each_reason_is_told_once_with_all_its_checks(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    [integration], _ = integrations(shop.path)
    checks = (
        ("A1", "failed", "x"),
        ("A2", "vacuous", "y"),
        ("B2", "failed", "z"),
        ("B1", "passed", ""),
    )
    made = Certified("p:t", "", "1", 7, checks)
    told = {each.reason: each.what for each in refusals(integration, (made,))}
    assert set(told) == {Reason.MISSING_TIMEOUT, Reason.RETRIED_POST}
    assert told[Reason.MISSING_TIMEOUT].endswith("A1: x; A2: y")
    assert [reason_of(code) for code in ("A0", "E1", "X2", "R1")] == [
        Reason.NOT_RESILIENT,
        Reason.UNVERIFIED_WEBHOOK,
        Reason.LEAKED_KEY,
        Reason.NOT_RESILIENT,
    ]


def test_the_work_sees_no_variable_that_was_not_given_to_it(tmp_path: Path) -> None:
    found = variables(tmp_path, {"GIVEN": "1"})
    assert found["GIVEN"] == "1"
    allowed = {"PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "TERM", "TMPDIR", "VIRTUAL_ENV"}
    assert set(found) <= allowed | {"HOME", "GIVEN", "PYTHONDONTWRITEBYTECODE", "SYSTEMROOT"}


def test_what_does_not_end_is_killed_with_everything_it_started(tmp_path: Path) -> None:
    done = run(
        ["sh", "-c", "sleep 600 & echo started; wait"], tmp_path, variables(tmp_path, {}), 0.3
    )
    assert (done.code, done.said) == (None, "started\n")


def test_names_are_found_without_running_the_module(tmp_path: Path) -> None:
    path = tmp_path / "certify.py"
    path.write_text(
        "import a.b as c\nfrom d import e as target\nx: int = 1\nasync def app(): ...\n"
    )
    assert bound(path) == {"c", "target", "x", "app"}
    path.write_text("def (")
    assert bound(path) == frozenset()
