"""Which branches, commits and files are refused, on real repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.delivery import message
from bridgewright.engineer.delivery.package import paths_of
from bridgewright.engineer.manifest.reading import find
from bridgewright.engineer.verify.history import MOST_SUBJECT, TYPES, matches, unconventional
from bridgewright.engineer.verify.words import About, Reason, Standing
from tests.engineer.workshop import BRANCH, FOLDER, KEY, MANIFEST, Workshop, opened, reasons

if TYPE_CHECKING:
    from pathlib import Path

QUICK = (About.BRANCH, About.PATHS, About.COMMITS, About.SECRETS)


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return opened(tmp_path)


def test_work_on_its_branch_within_its_paths_is_kept(shop: Workshop) -> None:
    settings = '[connections.other]\nprovider = "http"\n[connections.acme]\nprovider = "http"\n'
    shop.commit(
        "docs(integration): say how it is used",
        {
            "docs/acme.md": "x\n",
            "docs/findings.md": "- [Integration] x\n",
            "bridgewright.toml": settings,
        },
    )
    found = shop.judge(*QUICK)
    assert {each.standing for each in found.outcomes} == {Standing.KEPT}, found.refusals


def test_a_merge_of_main_is_nobodys_work(shop: Workshop) -> None:
    shop.git("switch", "-q", "main")
    shop.commit("whatever main's people write", {"app/models.py": "X = 2\n"})
    shop.git("push", "-q", "origin", "main")
    shop.git("switch", "-q", BRANCH)
    shop.git("merge", "-q", "--no-edit", "main")
    assert reasons(shop.judge(*QUICK)) == set()


def test_a_merge_that_changes_something_by_itself_is_work(shop: Workshop) -> None:
    shop.git("switch", "-q", "main")
    shop.commit("whatever", {"app/models.py": "X = 2\n"})
    shop.git("push", "-q", "origin", "main")
    shop.git("switch", "-q", BRANCH)
    shop.git("merge", "-q", "--no-commit", "--no-ff", "main")
    shop.commit("Merge main", {"app/models.py": f"X = 3  # {KEY}\n"})
    assert reasons(shop.judge(*QUICK)) == {
        Reason.OUTSIDE_PATHS,
        Reason.UNCONVENTIONAL_COMMIT,
        Reason.LEAKED_KEY,
    }


def test_a_commit_on_main_is_edited_main(shop: Workshop) -> None:
    shop.git("switch", "-q", "main")
    shop.commit("feat(integration): straight to main", {"app/models.py": "X = 2\n"})
    assert Reason.EDITED_MAIN in reasons(shop.judge(About.BRANCH))
    shop.git("switch", "-q", BRANCH)
    assert reasons(shop.judge(About.BRANCH)) == {Reason.EDITED_MAIN}


def test_another_branch_is_refused(shop: Workshop) -> None:
    shop.git("switch", "-q", "-c", "feature/acme")
    assert reasons(shop.judge(About.BRANCH)) == {Reason.WRONG_BRANCH}


def test_a_branch_without_work_is_refused(shop: Workshop) -> None:
    shop.git("reset", "-q", "--hard", "origin/main")
    assert reasons(shop.judge(About.BRANCH)) == {Reason.NO_WORK}


@pytest.mark.parametrize(
    "files",
    [
        {"app/models.py": "X = 2\n"},
        {".github/workflows/ci.yml": "x\n"},
        {"conftest.py": "x = 1\n"},
        {"bridgewright.toml": '[connections.other]\nprovider = "stripe"\n'},
        {"bridgewright.toml": "["},
        {"integrations/other/client.py": "x = 1\n"},
        {".opencode/agent/integration-engineer.md": "x\n"},
    ],
)
def test_a_file_of_somebody_else_is_refused(shop: Workshop, files: dict[str, str]) -> None:
    shop.commit("feat(integration): and more", dict(files))
    found = shop.judge(*QUICK)
    assert reasons(found) == {Reason.OUTSIDE_PATHS}
    assert [each.place for each in found.refusals] == list(files)
    allowed = shop.judge(*QUICK, allow=tuple(each for each in files if "toml" not in each))
    assert len(allowed.refusals) == sum("toml" in each for each in files)


def test_a_manifest_beside_other_peoples_files_makes_them_no_integration(shop: Workshop) -> None:
    mine = MANIFEST.replace('"acme"', '"app"').replace("sources.acme", "sources.app")
    shop.commit(
        "feat(integration): app", {"app/integration.toml": mine, "app/models.py": "X = 2\n"}
    )
    places = [each.place for each in shop.judge(About.PATHS).refusals]
    assert places == ["app/integration.toml", "app/models.py"]


def test_a_link_out_of_the_integration_is_refused(shop: Workshop) -> None:
    (shop.path / FOLDER / "models.py").symlink_to("../../app/models.py")
    shop.commit("feat(integration): link")
    assert reasons(shop.judge(About.PATHS)) == {Reason.OUTSIDE_PATHS}


def test_a_secret_that_was_removed_again_is_in_the_history(shop: Workshop) -> None:
    shop.commit("feat(integration): key", {FOLDER + "/a b.py": f"\n\nKEY = '{KEY}'\n"})
    shop.commit("fix(integration): no key", {FOLDER + "/a b.py": "\n"})
    [refusal] = shop.judge(About.SECRETS).refusals
    assert refusal.reason is Reason.LEAKED_KEY
    assert refusal.place.endswith(f":{FOLDER}/a b.py:3")
    assert KEY not in str(refusal)


def test_a_secret_in_a_message_is_leaked(shop: Workshop) -> None:
    shop.commit(f"feat(integration): more\n\nwith {KEY}\n")
    assert reasons(shop.judge(About.SECRETS)) == {Reason.LEAKED_KEY}


def test_a_file_that_is_no_text_is_looked_through_too(shop: Workshop) -> None:
    shop.commit("feat(integration): blob", {FOLDER + "/x.bin": b"\0\0" + KEY.encode() + b"\0"})
    assert reasons(shop.judge(About.SECRETS)) == {Reason.LEAKED_KEY}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "add acme",
        "Feat: add acme",
        "feat add acme",
        "feat(): add acme",
        "feat(a b): add",
        "feat:add acme",
        "feat(integration): add\nat once",
        "feat: " + "x" * MOST_SUBJECT,
    ],
)
def test_what_is_no_conventional_commit_is_told(message: str) -> None:
    assert unconventional(message)


@given(
    st.sampled_from(TYPES),
    st.sampled_from(["", "(integration)", "(web-hook/x)"]),
    st.sampled_from(["", "!"]),
    st.text("abc de:", min_size=1, max_size=50).filter(lambda text: text.strip() == text),
)
def test_any_conventional_commit_is_taken(kind: str, scope: str, mark: str, what: str) -> None:
    assert unconventional(f"{kind}{scope}{mark}: {what}") == ""
    assert unconventional(f"{kind}{scope}{mark}: {what}\n\nCloses #1\n") == ""


@pytest.mark.parametrize(
    ("path", "pattern", "whether"),
    [
        ("integrations/acme/a.py", "integrations/acme/**", True),
        ("integrations/acme/a/b.py", "integrations/acme/**", True),
        ("integrations/acme2/a.py", "integrations/acme/**", False),
        ("integrations/acme", "integrations/acme/**", False),
        ("x/integrations/acme/a.py", "integrations/acme/**", False),
        ("tests/test_acme_more.py", "tests/test_acme*.py", True),
        ("tests/x/test_acme.py", "tests/test_acme*.py", False),
    ],
)
def test_a_pattern_is_of_whole_names(path: str, pattern: str, whether: bool) -> None:  # noqa: FBT001
    assert matches(path, pattern) is whether


@given(
    st.sampled_from(message.TYPES),
    st.text("abc.-/", max_size=10),
    st.text("abc de:!", min_size=1, max_size=80),
)
def test_what_is_delivered_is_verified(kind: str, scope: str, what: str) -> None:
    try:
        made = message.message(kind, scope, what)
    except ConfigurationError:
        return
    assert unconventional(made.text) == ""


def test_every_file_that_is_delivered_may_be_touched(shop: Workshop) -> None:
    # The settings are everybody's: of them only tables of the integration may be touched.
    names = set(paths_of(shop.path, find(shop.path))) - {"bridgewright.toml"}
    files = {name if "." in name.rpartition("/")[2] else f"{name}/x.py": "\n" for name in names}
    shop.commit("feat(integration): all of it", dict(files))
    assert shop.judge(About.PATHS).refusals == ()
