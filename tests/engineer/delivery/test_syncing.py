"""The branch is brought up to date from wherever it was left, and nothing of it is lost or overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.delivery.branch import alone, synchronised
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.git import name, opened
from bridgewright.engineer.delivery.journey import deliver
from bridgewright.engineer.delivery.words import BRANCH, Course
from tests.engineer.delivery.site import PLACE, Site

if TYPE_CHECKING:
    from pathlib import Path

FILE = "integrations/acme/client.py"
LINES = "".join(f"line {number}\n" for number in range(1, 30))


def synced(site: Site, **course: Any) -> Any:
    return synchronised(site.git, Course(**course))


def ended(site: Site, **course: Any) -> DeliveryError:
    before = (site.run("rev-parse", "HEAD"), site.run("status", "--porcelain"))
    with pytest.raises(DeliveryError) as caught:
        synced(site, **course)
    assert (site.run("rev-parse", "HEAD"), site.run("status", "--porcelain")) == before
    return caught.value


def delivered(site: Site, **course: Any) -> Any:
    return deliver(site.git, site.hub("api"), PLACE, site.order(**course))


def theirs(site: Site, path: str, text: str) -> None:
    """A colleague's commit on the branch, pushed."""
    where = site.colleague()
    site.run("switch", "-q", "-C", BRANCH, f"origin/{BRANCH}", where=where)
    site.write(path, text, where)
    site.run("add", "-A", where=where)
    site.run("commit", "-qm", "fix(integration): theirs", where=where)
    site.run("push", "-q", "origin", BRANCH, where=where)


def mine(site: Site, path: str, text: str) -> None:
    """A commit of ours on the branch, not pushed."""
    site.write(path, text)
    site.run("add", path)
    site.run("commit", "-qm", "fix(integration): mine")


def test_the_first_time_the_branch_begins_at_the_remotes_base_and_work_comes_along(
    site: Site,
) -> None:
    newer = site.on_main("app.py", "x = 1\n")
    found = synced(site)
    assert (found.branch, found.how, found.sha) == (BRANCH, "created", newer)
    assert site.run("branch", "--show-current") == BRANCH
    assert site.run("status", "--porcelain") == "?? integrations/"
    assert site.run("rev-parse", "main") != newer


def test_a_second_time_changes_nothing(site: Site) -> None:
    first = synced(site)
    again = synced(site)
    assert (again.how, again.sha, again.merged) == ("kept", first.sha, False)


@pytest.mark.slow
def test_what_is_only_at_the_remote_is_taken(site: Site) -> None:
    done = delivered(site)
    site.run("switch", "-q", "main")
    site.run("branch", "-q", "-D", BRANCH)
    found = synced(site)
    assert (found.how, found.sha) == ("taken", done.sha)


@pytest.mark.slow
def test_what_is_newer_at_the_remote_is_gone_forward_to(site: Site) -> None:
    delivered(site)
    theirs(site, "integrations/acme/more.py", "x = 1\n")
    assert synced(site).how == "forwarded"
    assert (site.clone / "integrations/acme/more.py").exists()


@pytest.mark.slow
def test_the_base_is_merged_in(site: Site) -> None:
    delivered(site)
    newer = site.on_main("app.py", "x = 1\n")
    found = synced(site)
    assert found.merged
    assert site.run("merge-base", "HEAD", newer) == newer
    assert site.run("log", "-1", "--format=%s").startswith("Merge remote-tracking branch")
    assert (site.clone / "app.py").exists()


@pytest.mark.slow
def test_a_conflict_is_named_by_its_files_and_nothing_is_touched(site: Site) -> None:
    site.write(FILE, LINES)
    delivered(site)
    site.on_main(FILE, "theirs\n")
    error = ended(site)
    assert (error.end, error.places) == (End.CONFLICT, (FILE,))
    assert not (site.clone / ".git" / "MERGE_HEAD").exists()
    assert (site.clone / FILE).read_text() == LINES


@pytest.mark.slow
def test_a_conflict_that_was_resolved_by_hand_is_delivered(site: Site) -> None:
    site.write(FILE, LINES)
    delivered(site)
    site.on_main(FILE, "theirs\n")
    assert ended(site).end is End.CONFLICT
    site.run("-c", "merge.conflictStyle=merge", "merge", "-q", "-X", "ours", "origin/main")
    done = delivered(site)
    assert (done.pushed, done.request) == (True, "kept")


@pytest.mark.slow
def test_two_sides_that_went_apart_are_not_put_together(site: Site) -> None:
    delivered(site)
    theirs(site, "integrations/acme/theirs.py", "x = 1\n")
    mine(site, "integrations/acme/mine.py", "x = 1\n")
    assert ended(site).end is End.DIVERGED
    with pytest.raises(DeliveryError) as caught:
        delivered(site)
    assert caught.value.end is End.DIVERGED


@pytest.mark.slow
def test_work_that_would_be_overwritten_is_in_the_way(site: Site) -> None:
    delivered(site)
    site.run("switch", "-q", "main")
    site.write("integrations/acme/__init__.py", "other = 1\n")
    site.run("add", "-N", "integrations/acme/__init__.py")
    assert ended(site).end is End.IN_THE_WAY


@pytest.mark.slow
def test_a_merge_that_a_person_began_is_in_the_way(site: Site) -> None:
    site.write(FILE, LINES)
    delivered(site)
    site.on_main(FILE, "theirs\n")
    site.run("fetch", "-q")
    site.git.run("merge", "origin/main")
    error = ended(site)
    assert error.end is End.IN_THE_WAY
    assert "MERGE_HEAD" in str(error)


@pytest.mark.slow
@pytest.mark.parametrize("follow_up", [None, "app.py", FILE])
def test_a_branch_that_was_squashed_and_deleted_begins_anew(
    site: Site, follow_up: str | None
) -> None:
    site.write(FILE, LINES)
    delivered(site)
    mine(site, FILE, LINES + "one more\n")
    delivered(site)
    site.squash()
    site.run("push", "-q", "origin", "--delete", BRANCH, where=site.colleague())
    tip = site.on_main(follow_up, f"changed\n{LINES}") if follow_up else site.tip("main")
    found = synced(site)
    assert (found.how, found.sha) == ("recreated", tip)
    site.write("integrations/acme/next.py", "x = 1\n")
    done = delivered(site)
    assert (done.request, done.number) == ("made", 2)
    assert site.commits() == ["feat(integration): add Acme"]


@pytest.mark.slow
def test_a_branch_that_was_squashed_and_is_still_there_is_put_back_by_consent_only(
    site: Site,
) -> None:
    site.write(FILE, LINES)
    done = delivered(site)
    site.squash()
    site.on_main(FILE, f"changed\n{LINES}")
    assert ended(site).end is End.MERGED
    assert site.tip() == done.sha
    site.write("integrations/acme/next.py", "x = 1\n")
    again = delivered(site, recreate=True)
    assert (again.pushed, again.request, again.number) == (True, "made", 2)
    assert site.commits() == ["feat(integration): add Acme"]


@pytest.mark.slow
def test_consent_overwrites_nothing_that_was_not_merged(site: Site) -> None:
    delivered(site)
    site.squash()
    theirs(site, "integrations/acme/theirs.py", "x = 1\n")
    synced(site, recreate=True)
    assert (site.clone / "integrations/acme/theirs.py").exists()


@pytest.mark.slow
def test_a_branch_merged_by_a_merge_commit_goes_on_from_the_base(site: Site) -> None:
    delivered(site)
    where = site.colleague()
    site.run("switch", "-q", "main", where=where)
    site.run("merge", "-q", "--no-ff", "-m", "Merge", f"origin/{BRANCH}", where=where)
    site.run("push", "-q", "origin", "main", where=where)
    assert synced(site).sha == site.tip("main")


@pytest.mark.slow
def test_a_branch_that_was_rebased_into_the_base_begins_anew(site: Site) -> None:
    delivered(site)
    mine(site, "integrations/acme/more.py", "x = 1\n")
    delivered(site)
    site.on_main("app.py", "x = 1\n")
    where = site.colleague()
    site.run("fetch", "-q", where=where)
    site.run("cherry-pick", f"origin/{BRANCH}~1", f"origin/{BRANCH}", where=where)
    site.run("push", "-q", "origin", "--delete", BRANCH, where=where)
    site.run("push", "-q", "origin", "main", where=where)
    site.on_main("integrations/acme/more.py", "x = 2\n")
    assert synced(site).how == "recreated"


@pytest.mark.slow
def test_what_is_not_merged_is_kept_when_the_remote_branch_is_deleted(site: Site) -> None:
    done = delivered(site)
    site.run("push", "-q", "origin", "--delete", BRANCH)
    assert (synced(site).how, synced(site).sha) == ("kept", done.sha)
    assert delivered(site).pushed


def test_one_delivery_at_a_time(site: Site) -> None:
    with alone(site.git):
        assert ended(site).end is End.BUSY
    assert synced(site).how == "created"


def test_a_lock_that_a_killed_git_left_is_named(site: Site) -> None:
    (site.clone / ".git" / "index.lock").touch()
    with pytest.raises(DeliveryError) as caught:
        delivered(site)
    assert caught.value.end is End.BUSY


@pytest.mark.parametrize(
    "odd",
    ["-f", "--upload-pack=x", "a..b", "a b", "x.lock", "a//b", "@{-1}", "a;b", "", "a/", "ä\n"],
)
def test_a_name_that_could_be_something_else_is_refused(odd: str) -> None:
    with pytest.raises(ConfigurationError):
        name(odd, "branch")


@pytest.mark.parametrize(
    "course", [{"branch": "main"}, {"remote": "elsewhere"}, {"base": "trunk"}, {"base": "-x"}]
)
def test_a_course_that_leads_nowhere_is_refused(site: Site, course: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        synced(site, **course)


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no working tree"):
        opened(tmp_path, {"PATH": "/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
