"""A delivery ends in one commit and one pull request, however often it is asked for and by whatever way."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.delivery.change import foreseen
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.journey import deliver
from bridgewright.engineer.delivery.message import message
from bridgewright.engineer.delivery.proposal import BEGIN, END
from bridgewright.engineer.delivery.words import BRANCH, Order
from bridgewright.simulate.stand import Mood
from tests.engineer.delivery.site import PLACE, WAYS, Site
from tests.rules.simulate.test_leak_gate import LONG

if TYPE_CHECKING:
    from typing import Any

needs_gh = pytest.mark.skipif(shutil.which("gh") is None, reason="gh is not installed")
by_each = pytest.mark.parametrize("way", [pytest.param("gh", marks=needs_gh), "api"])
assert WAYS == ("gh", "api")


def delivered(site: Site, way: str = "api", **course: Any) -> Any:
    return deliver(site.git, site.hub(way), PLACE, site.order(**course))


def ended(site: Site, way: str = "api", **course: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        delivered(site, way, **course)
    return caught.value


@pytest.mark.slow
@by_each
def test_the_first_run_makes_the_branch_the_commit_and_the_pull_request(
    site: Site, way: str
) -> None:
    site.write("task_plan.md", "# Plan\n")
    done = delivered(site, way)
    assert (done.committed, done.pushed, done.request, done.number) == (True, True, "made", 1)
    assert site.commits() == ["feat(integration): add Acme"]
    assert site.tip() == done.sha
    (request,) = site.requests()
    assert request["title"] == "feat(integration): add Acme"
    assert "Closes #7" in request["body"]
    assert done.left == ("task_plan.md",)
    assert site.run("status", "--porcelain") == "?? task_plan.md"


@pytest.mark.slow
def test_what_python_compiled_is_no_part_of_an_integration(site: Site) -> None:
    site.write("integrations/acme/__pycache__/client.cpython-311.pyc", "compiled")
    site.write("app/__pycache__/models.cpython-311.pyc", "compiled")
    assert not [each for each in foreseen(site.git, site.order()) if "__pycache__" in each]
    done = delivered(site)
    assert done.left == ()
    assert "__pycache__" not in site.run("ls-tree", "-r", "--name-only", BRANCH, where=site.bare)


@pytest.mark.slow
def test_a_file_that_is_gone_and_one_with_a_strange_name_are_delivered(site: Site) -> None:
    names = ("integrations/acme/*.md", "integrations/acme/:(top)é\n.md")
    for name in names:
        site.write(name, "x\n")
    site.write("integrations/acme/old.py", "x = 1\n")
    delivered(site)
    (site.clone / "integrations/acme/old.py").unlink()
    assert delivered(site).committed
    listed = site.run("ls-tree", "-rz", "--name-only", BRANCH, where=site.bare).split("\0")
    assert set(names) <= set(listed)
    assert "integrations/acme/old.py" not in listed


@pytest.mark.slow
@by_each
def test_a_second_run_does_nothing(site: Site, way: str) -> None:
    first = delivered(site, way)
    again = delivered(site, way)
    assert (again.committed, again.pushed, again.request) == (False, False, "kept")
    assert (again.sha, again.number) == (first.sha, first.number)
    assert len(site.requests()) == 1


@pytest.mark.slow
@by_each
def test_more_work_becomes_one_more_commit_of_the_same_pull_request(site: Site, way: str) -> None:
    delivered(site, way)
    (request,) = site.requests()
    site.hub(way).ask(
        "PATCH", "repos/octo/hello/pulls/1", {"body": f"Ada says.\n\n{request['body']}\n\nEnd."}
    )
    site.write("integrations/acme/client.py", "x = 1\n")
    done = deliver(site.git, site.hub(way), PLACE, site.order(body="Closes #8"))
    assert (done.committed, done.pushed, done.request, done.number) == (True, True, "changed", 1)
    (request,) = site.requests()
    assert request["body"] == f"Ada says.\n\n{BEGIN}\nCloses #8\n{END}\n\nEnd."
    assert len(site.commits()) == 2


@pytest.mark.slow
@by_each
def test_an_answer_that_was_lost_leaves_no_second_pull_request(site: Site, way: str) -> None:
    hub = site.hub(way)
    asked: list[str] = []

    class Losing:
        """Loses the answer to what makes a pull request."""

        def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
            asked.append(method)
            if method == "POST":
                site.simulator.be(Mood.LOSING, requests=1)
            return hub.ask(method, path, body)

    done = deliver(site.git, Losing(), PLACE, site.order())
    assert asked == ["GET", "POST", "GET"]
    assert (done.request, done.number) == ("kept", 1)
    assert len(site.requests()) == 1


@pytest.mark.slow
@by_each
def test_a_pull_request_that_somebody_made_meanwhile_is_taken_over(site: Site, way: str) -> None:
    hub = site.hub(way)
    theirs = {"title": "Mine", "head": BRANCH, "base": "main", "body": "By hand."}

    class Overtaken:
        """Somebody else is quicker."""

        def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
            if method == "POST":
                hub.ask(method, path, theirs)
            return hub.ask(method, path, body)

    done = deliver(site.git, Overtaken(), PLACE, site.order())
    assert (done.request, done.number) == ("changed", 1)
    (request,) = site.requests()
    assert request["title"] == "Mine"
    assert request["body"].startswith("By hand.\n\n")


@pytest.mark.slow
@by_each
def test_a_refusal_by_github_says_why_and_the_push_stays(site: Site, way: str) -> None:
    site.simulator.be(Mood.DOWN)
    error = ended(site, way)
    assert error.end in {End.REFUSED, End.UNREACHABLE}
    site.simulator.be(Mood.WELL)
    assert site.tip()
    assert delivered(site, way).request == "made"


@pytest.mark.slow
def test_nothing_to_deliver_is_an_end_of_its_own(site: Site) -> None:
    shutil.rmtree(site.clone / "integrations")
    assert ended(site).end is End.NOTHING
    assert site.tip() == ""


def test_what_is_staged_of_others_is_not_taken_along(site: Site) -> None:
    site.write("app/core.py", "x = 1\n")
    site.run("add", "app/core.py")
    error = ended(site)
    assert (error.end, error.places) == (End.OUTSIDE, ("app/core.py",))
    assert site.tip() == ""
    assert site.run("diff", "--cached", "--name-only") == "app/core.py"


@pytest.mark.parametrize("line", ["key = 'gh" + "p_" + LONG[:36] + "'", f'api_key = "{LONG}"'])
def test_a_secret_in_what_is_staged_stops_everything(site: Site, line: str) -> None:
    site.write("integrations/acme/client.py", f'"""Acme."""\n\n{line}\n')
    error = ended(site)
    assert (error.end, error.places) == (End.LEAKED, ("integrations/acme/client.py:3",))
    assert LONG[:20] not in str(error)
    assert site.tip() == ""
    assert site.run("diff", "--cached", "--name-only") == ""
    assert site.run("log", "--format=%s", "main..HEAD") == ""


@pytest.mark.slow
def test_a_secret_that_was_committed_by_hand_is_not_pushed(site: Site) -> None:
    site.run("switch", "-q", "-c", BRANCH)
    site.write("app/key.py", f'api_key = "{LONG}"\n')
    site.run("add", "app")
    site.run("commit", "-qm", "feat: key")
    error = ended(site)
    assert (error.end, error.places) == (End.LEAKED, ("app/key.py:1",))
    assert site.tip() == ""


@pytest.mark.parametrize("where", ["body", "title"])
def test_a_secret_in_what_is_said_stops_everything(site: Site, where: str) -> None:
    order = site.order(body=f"token: {LONG}" if where == "body" else "")
    if where == "title":
        said = message("feat", "integration", f"use token={LONG}")
        order = Order(order.course, order.paths, said, "")
    with pytest.raises(DeliveryError) as caught:
        deliver(site.git, site.hub("api"), PLACE, order)
    assert caught.value.end is End.LEAKED
    assert site.tip() == ""
    assert site.requests() == []


@pytest.mark.slow
def test_a_push_that_the_remote_rejects_says_what_it_said(site: Site) -> None:
    hook = site.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho no branches on Fridays >&2\nexit 1\n")
    hook.chmod(0o755)
    error = ended(site)
    assert error.end is End.REJECTED
    assert "no branches on Fridays" in str(error)
    hook.unlink()
    assert delivered(site).request == "made"
    assert len(site.commits()) == 1


def test_a_remote_that_is_gone_is_unreachable(site: Site) -> None:
    site.bare.rename(site.folder / "elsewhere.git")
    assert ended(site).end is End.UNREACHABLE


@pytest.mark.slow
def test_hooks_of_the_repository_are_not_run(site: Site) -> None:
    hook = site.clone / ".git" / "hooks" / "pre-commit"
    hook.write_text(f"#!/bin/sh\ntouch {site.folder}/ran\nexit 1\n")
    hook.chmod(0o755)
    delivered(site)
    assert not (site.folder / "ran").exists()


@pytest.mark.slow
def test_what_is_pushed_is_what_was_looked_at_whatever_is_committed_meanwhile(site: Site) -> None:
    seen: list[str] = []

    def judge(sha: str) -> None:
        seen.append(sha)
        site.write("integrations/acme/later.py", "x = 1\n")
        site.run("add", "-A")
        site.run("commit", "-qm", "feat(integration): slip this in")

    done = deliver(site.git, site.hub("api"), PLACE, site.order(), judge=judge)
    assert [done.sha, site.tip()] == seen * 2
    assert site.commits() == ["feat(integration): add Acme"]


@pytest.mark.slow
def test_what_a_judge_refuses_is_committed_here_and_not_sent(site: Site) -> None:
    def judge(sha: str) -> None:
        del sha
        raise DeliveryError(End.UNVERIFIED, "no")

    with pytest.raises(DeliveryError) as caught:
        deliver(site.git, site.hub("api"), PLACE, site.order(), judge=judge)
    assert caught.value.end is End.UNVERIFIED
    assert (site.tip(), site.requests()) == ("", [])
    assert site.run("log", "-1", "--format=%s") == "feat(integration): add Acme"
