"""Labels: of a repository, and on its issues and pull requests."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.github import cards, events
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import Label
from bridgewright.simulate.github.trouble import invalid, not_found, refused, said
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account, Issue
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

LONGEST = 50
_COLOR = re.compile(r"[0-9a-fA-F]{6}")


def names_of(given: Iterable[Content | str]) -> tuple[str, ...]:
    """The labels that a body names, by texts or by objects; each once."""
    found = [each if isinstance(each, str) else str(each.get("name", "")) for each in given]
    return tuple({name.lower(): name for name in found}.values())


def ensure(world: World, repository: Repository, names: Iterable[str]) -> tuple[str, ...]:
    """The names as the repository writes them; a label that it lacks is made, grey."""
    kept = []
    for name in names:
        found = repository.labels.get(name.lower())
        if found is None:
            _refuse_name(name)
            found = Label(world.serial(), name, cards.ORDINARY_COLOR, None)
            repository.labels[name.lower()] = found
        kept.append(found.name)
    return tuple(dict.fromkeys(kept))


def put(
    world: World, repository: Repository, issue: Issue, names: tuple[str, ...], sender: Account
) -> Issue:
    """Give an issue these labels in place of those that it has; each change is told."""
    changed = issue
    if names != issue.labels:
        changed = replace(issue, labels=names, changed_at_s=world.now())
        repository.issues[issue.number] = changed
    for action, more, fewer in (
        ("labeled", names, issue.labels),
        ("unlabeled", issue.labels, names),
    ):
        for name in (each for each in more if each not in fewer):
            told = cards.label(world, repository, repository.labels[name.lower()])
            events.tell_of_issue(world, repository, changed, action, sender, label=told)
    return changed


def create_label(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/labels`."""
    repository, name = ask.repository, ask.body["name"]
    _refuse_name(name)
    if name.lower() in repository.labels:
        raise invalid("Label", "name", "already_exists")
    color = _color(ask.body.get("color", cards.ORDINARY_COLOR))
    made = Label(ask.world.serial(), name, color, ask.body.get("description"))
    repository.labels[name.lower()] = made
    return said(cards.label(ask.world, repository, made), 201)


def list_labels_for_repo(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/labels`."""
    repository = ask.repository
    found = sorted(repository.labels.values(), key=lambda each: each.name.lower())
    return page(ask, found, lambda each: cards.label(ask.world, repository, each))


def get_label(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/labels/{name}`."""
    repository = ask.repository
    return said(cards.label(ask.world, repository, _label(ask, repository)))


def update_label(ask: Ask) -> Reply:
    """`PATCH /repos/{owner}/{repo}/labels/{name}`; issues keep the label under its new name."""
    repository = ask.repository
    label = _label(ask, repository)
    name = ask.body.get("new_name", label.name)
    _refuse_name(name)
    if name.lower() != label.name.lower() and name.lower() in repository.labels:
        raise invalid("Label", "name", "already_exists")
    color = _color(ask.body.get("color", label.color))
    changed = replace(
        label, name=name, color=color, description=ask.body.get("description", label.description)
    )
    del repository.labels[label.name.lower()]
    repository.labels[name.lower()] = changed
    for issue in tuple(repository.issues.values()):
        if label.name in issue.labels:
            names = tuple(name if each == label.name else each for each in issue.labels)
            repository.issues[issue.number] = replace(issue, labels=names)
    return said(cards.label(ask.world, repository, changed))


def delete_label(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/labels/{name}`: it is taken from every issue."""
    repository = ask.repository
    label = _label(ask, repository)
    del repository.labels[label.name.lower()]
    for issue in tuple(repository.issues.values()):
        names = tuple(each for each in issue.labels if each != label.name)
        repository.issues[issue.number] = replace(issue, labels=names)
    return Reply(204)


def list_labels_on_issue(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/issues/{issue_number}/labels`."""
    repository, issue = _issue(ask)
    return page(ask, cards.labels(ask.world, repository, issue.labels), dict)


def add_labels(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/issues/{issue_number}/labels`."""
    repository, issue = _issue(ask)
    added = ensure(ask.world, repository, names_of(ask.body.get("labels", ())))
    names = tuple(dict.fromkeys((*issue.labels, *added)))
    return _put(ask, repository, issue, names)


def set_labels(ask: Ask) -> Reply:
    """`PUT /repos/{owner}/{repo}/issues/{issue_number}/labels`."""
    repository, issue = _issue(ask)
    names = ensure(ask.world, repository, names_of(ask.body.get("labels", ())))
    return _put(ask, repository, issue, names)


def remove_all_labels(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels`."""
    repository, issue = _issue(ask)
    put(ask.world, repository, issue, (), ask.me)
    return Reply(204)


def remove_label(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}`; what is left."""
    repository, issue = _issue(ask)
    gone = ask.names["name"].lower()
    names = tuple(each for each in issue.labels if each.lower() != gone)
    if names == issue.labels:
        raise refused(404, "Label does not exist")
    return _put(ask, repository, issue, names)


def _put(ask: Ask, repository: Repository, issue: Issue, names: tuple[str, ...]) -> Reply:
    changed = put(ask.world, repository, issue, names, ask.me)
    return said(cards.labels(ask.world, repository, changed.labels))


def _issue(ask: Ask) -> tuple[Repository, Issue]:
    repository = ask.repository
    found = repository.issues.get(ask.number("issue_number"))
    if found is None:
        raise not_found()
    return repository, found


def _label(ask: Ask, repository: Repository) -> Label:
    found = repository.labels.get(ask.names["name"].lower())
    if found is None:
        raise not_found()
    return found


def _refuse_name(name: str) -> None:
    if not name.strip():
        raise invalid("Label", "name", "missing_field")
    if len(name) > LONGEST:
        text = f"name is too long (maximum is {LONGEST} characters)"
        raise invalid("Label", "name", "custom", text)


def _color(text: str) -> str:
    if not _COLOR.fullmatch(text):
        raise invalid("Label", "color")
    return text.lower()
