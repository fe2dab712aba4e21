"""A change with PyGithub, which follows the links of what it is given, and pages through lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from github import Auth, Github, GithubException

from tests.scripts.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from github.Repository import Repository

NAME = "pygithub"
ENVIRONMENT = ("GITHUB_TOKEN", "GITHUB_REPOSITORY")
"""A token of who owns a repository made for trying things: `owner/name`, with a first commit."""
ISSUES = 5


def run(base_url: str | None, environ: Mapping[str, str]) -> list[Step]:
    """Play it against a simulator's URL, or against GitHub for None; what was seen, without ids."""
    given: dict[str, Any] = {} if base_url is None else {"base_url": base_url}
    # It waits for real between writes unless told otherwise; a simulator needs no such manners.
    pauses = (
        {} if base_url is None else {"seconds_between_requests": 0, "seconds_between_writes": 0}
    )
    word = Auth.Token(environ["GITHUB_TOKEN"])
    github = Github(auth=word, retry=None, per_page=2, **given, **pauses)
    repository = github.get_repo(environ["GITHUB_REPOSITORY"])
    name = f"posts-{environ.get('RUN', '1')}"
    steps = [
        Step("me", github.get_user().login == repository.owner.login),
        Step("repository", (repository.private, repository.default_branch)),
        *_issues(repository, name),
        *_files(repository, name),
        *_pull(repository, name),
        *_hook(repository),
    ]
    rate = github.get_rate_limit().rate
    steps.append(Step("rate", rate.limit - rate.remaining == rate.used))
    github.close()
    return steps


def _issues(repository: Repository, name: str) -> list[Step]:
    label = repository.create_label(name, "C5DEF5", description="Of one run")
    made = [repository.create_issue(f"Post {number}", labels=[label]) for number in range(ISSUES)]
    first = made[0]
    comment = first.create_comment("Seen.")
    comment.edit("Seen twice.")
    first.add_to_labels("bug")
    first.remove_from_labels("bug")
    first.edit(state="closed")
    opened = [each.title for each in repository.get_issues(labels=[label], direction="asc")]
    every = repository.get_issues(state="all", labels=[label])
    steps = [
        Step("label", (label.color.lower(), label.description)),
        Step("opened", opened),
        Step("all", sum(1 for _ in every)),
        Step("comments", [each.body for each in repository.get_issue(first.number).get_comments()]),
        Step("labels", [each.name == name for each in first.get_labels()]),
        Step("label twice", _refused(lambda: repository.create_label(name, "C5DEF5"))),
    ]
    comment.delete()
    for each in made:
        each.edit(state="closed", state_reason="completed")
    label.delete()
    return steps


def _files(repository: Repository, name: str) -> list[Step]:
    tip = repository.get_branch(repository.default_branch).commit.sha
    repository.create_git_ref(f"refs/heads/{name}", tip)
    path = f"posts/{name}.txt"
    made = repository.create_file(path, "The first post", "one\n", branch=name)
    file: Any = repository.get_contents(path, ref=name)
    changed = repository.update_file(path, "Two posts", "one\ntwo\n", file.sha, branch=name)
    extra = f"posts/{name}-extra.txt"
    more: Any = repository.create_file(extra, "One too many", "three\n", branch=name)["content"]
    gone: Any = repository.delete_file(extra, "Not that one", more.sha, branch=name)
    top: Any = repository.get_contents("", ref=name)
    return [
        Step("made", made["commit"].sha == repository.get_commit(made["commit"].sha).sha),
        Step("file", (file.decoded_content, file.encoding, file.size)),
        Step("changed", changed["content"].sha),
        Step("removed", gone["commit"].sha == repository.get_branch(name).commit.sha),
        Step("top", ("dir", "posts") in [(each.type, each.path) for each in top]),
        Step("no file", _refused(lambda: repository.get_contents("nowhere.txt", ref=name))),
        Step(
            "old sha",
            _refused(lambda: repository.delete_file(path, "No", file.sha, branch=name))[0],
        ),
    ]


def _pull(repository: Repository, name: str) -> list[Step]:
    base = repository.default_branch
    pull = repository.create_pull(base, name, title="Posts", body="Two of them.")
    again = _refused(lambda: repository.create_pull(base, name, title="Posts"))
    owner = repository.owner.login
    found = list(repository.get_pulls(state="open", head=f"{owner}:{name}"))
    pull.edit(title="Two posts")
    pull.create_issue_comment("Ready.")
    pull.add_to_labels("enhancement")
    commit = repository.get_commit(pull.head.sha)
    commit.create_status("pending", context="posts", description="Under way")
    waiting = commit.get_combined_status().state
    commit.create_status("success", context="posts", description="Done")
    steps = [
        Step("pull", (pull.state, pull.commits, pull.changed_files, pull.mergeable is not False)),
        Step("pull twice", (again[0], again[1])),
        Step("found", [each.number == pull.number for each in found]),
        Step("files", [(each.status, each.additions) for each in pull.get_files()]),
        Step("commits", [each.commit.message for each in pull.get_commits()]),
        Step("labels", [each.name for each in pull.get_labels()]),
        Step("said", [each.body for each in pull.get_issue_comments()]),
        Step("status", (waiting, commit.get_combined_status().state)),
        Step("merged before", pull.is_merged()),
    ]
    merged = pull.merge(commit_title="Posts, merged", merge_method="merge")
    after = repository.get_pull(pull.number)
    last = repository.get_branch(base).commit
    repository.get_git_ref(f"heads/{name}").delete()
    return [
        *steps,
        Step("merged", (merged.merged, merged.message, after.merged, after.state)),
        Step("last", (last.commit.message.splitlines()[0], len(last.parents))),
        Step("no branch", _refused(lambda: repository.get_branch(name))),
    ]


def _hook(repository: Repository) -> list[Step]:
    config = {"url": "https://hooks.example.com/posts", "content_type": "json"}
    hook = repository.create_hook("web", config, ["issues"], active=True)
    hook.edit("web", config, add_events=["pull_request"])
    events = sorted(repository.get_hook(hook.id).events)
    hook.delete()
    return [Step("hook", events), Step("no hook", _refused(lambda: repository.get_hook(hook.id)))]


def _refused(ask: Callable[[], Any]) -> tuple[int, str]:
    """The status of a refusal, and what it says."""
    try:
        ask()
    except GithubException as error:
        told: Any = error.data
        return error.status, str(told["message"])
    return 0, "not refused"
