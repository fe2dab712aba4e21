"""Check runs: what apps find out about commits. Only apps may make them.

https://docs.github.com/rest/checks/runs, as known 2026-11: at most 50 annotations in one request, more
of them by updates, which add to those that are there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.github import apps, events, history
from bridgewright.simulate.github.ask import instant_of
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import CheckRun
from bridgewright.simulate.github.trouble import invalid, not_found, refused, said, unsimulated
from bridgewright.simulate.github.world import node, stamp

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content, Reply

MOST_ANNOTATIONS = 50
_FIELDS = (
    "start_column",
    "end_column",
    "annotation_level",
    "title",
    "message",
    "raw_details",
)


def shown(world: World, repository: Repository, run: CheckRun) -> Content:
    """A check run."""
    url = f"{world.url}/repos/{repository.full_name}/check-runs/{run.id}"
    page_of = f"{world.url}/{repository.full_name}/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node("CR", run.id),
        "head_sha": run.sha,
        "external_id": run.external_id or "",
        "url": url,
        "html_url": page_of,
        "details_url": run.details_url or page_of,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": stamp(run.started_at_s),
        "completed_at": stamp(run.completed_at_s),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": _suite(repository, run.sha)},
        "app": apps.app(world),
        "pull_requests": _pulls(world, repository, run.sha),
    }


def keep(
    world: World, repository: Repository, run: CheckRun, action: str, sender: Account
) -> Content:
    """Keep a check run, and tell of it; the payload of `check_run.created` or `.completed`."""
    repository.checks[run.id] = run
    told = shown(world, repository, run)
    branches = [ref for ref, sha in repository.refs.items() if sha == run.sha]
    told["check_suite"] = told["check_suite"] | {
        "node_id": node("CS", told["check_suite"]["id"]),
        "head_branch": branches[0].partition("/")[2] if branches else None,
        "head_sha": run.sha,
        "status": run.status,
        "conclusion": run.conclusion,
        "url": f"{world.url}/repos/{repository.full_name}/check-suites/{told['check_suite']['id']}",
        "before": None,
        "after": run.sha,
        "pull_requests": told["pull_requests"],
        "app": told["app"],
        "created_at": told["started_at"],
        "updated_at": stamp(world.now()),
    }
    content = {"action": action, "check_run": told}
    return events.happen(world, repository, "check_run", sender, content)


def create(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/check-runs`."""
    repository, sha = ask.repository, ask.body["head_sha"]
    if sha not in ask.world.objects.commits:
        raise refused(422, f"No commit found for SHA: {sha[:100]}")
    if not ask.body["name"].strip():
        raise invalid("CheckRun", "name", "missing_field")
    now = ask.world.now()
    run = CheckRun(ask.world.serial(), ask.body["name"], sha, "queued", None, now, None, None, None)
    run = _changed(ask, run)
    keep(ask.world, repository, run, "created", ask.me)
    if run.status == "completed":
        keep(ask.world, repository, run, "completed", ask.me)
    return said(shown(ask.world, repository, run), 201)


def update(ask: Ask) -> Reply:
    """`PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}`."""
    repository, run = _one(ask)
    changed = _changed(ask, run)
    repository.checks[run.id] = changed
    if changed.status == "completed" and run.status != "completed":
        keep(ask.world, repository, changed, "completed", ask.me)
    return said(shown(ask.world, repository, changed))


def get(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/check-runs/{check_run_id}`."""
    repository, run = _one(ask)
    return said(shown(ask.world, repository, run))


def list_annotations(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations`."""
    repository, run = _one(ask)
    blob = f"{ask.world.url}/{repository.full_name}/blob/{run.sha}"

    def told(given: Content) -> Content:
        kept = {name: given.get(name) for name in _FIELDS}
        lines = {name: given[name] for name in ("path", "start_line", "end_line")}
        return lines | kept | {"blob_href": f"{blob}/{given['path']}"}

    return page(ask, run.annotations, told)


def list_for_ref(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/commits/{ref}/check-runs`; the latest of each name unless all are
    wanted."""
    repository, query = ask.repository, ask.query
    sha = history.resolve(ask.world, repository, ask.names["ref"])
    if not sha:
        raise refused(422, f"No commit found for SHA: {ask.names['ref'][:100]}")
    found = [each for each in repository.checks.values() if each.sha == sha]
    if query.get("filter", "latest") == "latest":
        found = list({each.name: each for each in found}.values())
    found = [
        each
        for each in reversed(found)
        if query.get("check_name", each.name) == each.name
        and query.get("status", each.status) == each.status
    ]
    return page(ask, found, lambda each: shown(ask.world, repository, each), "check_runs")


def _one(ask: Ask) -> tuple[Repository, CheckRun]:
    repository = ask.repository
    found = repository.checks.get(ask.number("check_run_id"))
    if found is None:
        raise not_found()
    return repository, found


def _changed(ask: Ask, run: CheckRun) -> CheckRun:
    body = ask.body
    if body.get("actions"):
        raise unsimulated("A check run with actions")
    conclusion = body.get("conclusion", run.conclusion)
    status = "completed" if "conclusion" in body else body.get("status", run.status)
    if status == "completed" and not conclusion:
        raise refused(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.')
    started_s = instant_of(body.get("started_at"), "started_at")
    completed_s = instant_of(body.get("completed_at"), "completed_at")
    if completed_s is None and status == "completed":
        completed_s = run.completed_at_s or ask.world.now()
    changed = replace(
        run,
        name=body.get("name", run.name),
        status=status,
        conclusion=conclusion if status == "completed" else None,
        started_at_s=run.started_at_s if started_s is None else started_s,
        completed_at_s=completed_s if status == "completed" else None,
        details_url=body.get("details_url", run.details_url),
        external_id=body.get("external_id", run.external_id),
    )
    return _with_output(changed, body.get("output"))


def _with_output(run: CheckRun, output: Content | None) -> CheckRun:
    if output is None:
        return run
    if output.get("images"):
        raise unsimulated("A check run with images")
    more = tuple(output.get("annotations", ()))
    if len(more) > MOST_ANNOTATIONS:
        text = f"No more than {MOST_ANNOTATIONS} items are allowed; {len(more)} were supplied."
        raise refused(422, f"Invalid request.\n\n{text}")
    return replace(
        run,
        title=output.get("title", run.title),
        summary=output.get("summary", run.summary),
        text=output.get("text", run.text),
        annotations=(*run.annotations, *more),
    )


def _suite(repository: Repository, sha: str) -> int:
    """The suite of a commit has the number of its first run."""
    return min((each.id for each in repository.checks.values() if each.sha == sha), default=0)


def _pulls(world: World, repository: Repository, sha: str) -> list[Content]:
    home = f"{world.url}/repos/{repository.full_name}"
    place = {"id": repository.number, "url": home, "name": repository.name}
    return [
        {
            "url": f"{home}/pulls/{issue.number}",
            "id": issue.id,
            "number": issue.number,
            "head": {"ref": pull.head.ref, "sha": pull.head.sha, "repo": place},
            "base": {"ref": pull.base.ref, "sha": pull.base.sha, "repo": place},
        }
        for issue in tuple(repository.issues.values())
        if (pull := issue.pull) is not None and pull.head.sha == sha and issue.state == "open"
    ]
