"""The whole package of a new integration, file by file, before any of it is written."""

from __future__ import annotations

import ast
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.manifest.reading import read as read_manifest
from bridgewright.engineer.manifest.words import FILE
from bridgewright.engineer.scaffold import auth as authorising
from bridgewright.engineer.scaffold import papers, pruning, starter
from bridgewright.engineer.scaffold.drafts import SAMPLED_AT_S, drafts
from bridgewright.engineer.scaffold.files.client import client_file
from bridgewright.engineer.scaffold.files.functions import operations_file
from bridgewright.engineer.scaffold.files.ordeal import ANSWERS, answers_file, certify_file, command
from bridgewright.engineer.scaffold.files.page import page_file
from bridgewright.engineer.scaffold.files.settings import manifest_file, settings_tables
from bridgewright.engineer.scaffold.files.trials import trials_file
from bridgewright.engineer.scaffold.files.webhooks import webhooks_file
from bridgewright.engineer.scaffold.models import formatted, models_file, refuse_missing
from bridgewright.engineer.scaffold.pin import LOCK, SPEC, lock_file, spec_file
from bridgewright.engineer.scaffold.plan import TIMEOUT_S, Hook, Plan
from bridgewright.engineer.scaffold.shapes import Shapes, Way
from bridgewright.simulate.declared.examples import Maker, UnmadeError
from bridgewright.simulate.declared.paper import load
from bridgewright.simulate.declared.schemas import Schemas
from bridgewright.simulate.declared.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bridgewright.engineer.manifest.words import Auth, Version
    from bridgewright.engineer.scaffold.papers import Content, Papers
    from bridgewright.simulate.declared.paper import Paper

MOST_EVENTS = 20
"""Webhooks of a specification that are taken when none is named."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a user asks for. Without `spec` a small one is made up to begin with. `auth` of None is what
    the specification declares; `base_url` of "" is its first server."""

    name: str
    owner: str
    title: str = ""
    folder: str = "integrations"
    spec: Path | None = None
    operations: tuple[str, ...] = ()
    auth: Auth | None = None
    base_url: str = ""
    version: Version | None = None
    webhook: str = ""
    events: tuple[str, ...] = ()
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Package:
    """What is to be written: `files` by their path below the package's folder, `around` those of folders
    around it, which may be there, `tables` of `bridgewright.toml`; and the command that certifies it."""

    name: str
    folder: str
    files: Mapping[str, str] = field(repr=False)
    around: Mapping[str, str] = field(repr=False)
    tables: Mapping[tuple[str, str], str] = field(repr=False)
    operations: tuple[str, ...]
    variables: tuple[str, ...]
    command: str


def package(order: Order, taken_on: date) -> Package:
    """The package that was asked for. `ConfigurationError` for what cannot be made, before anything is
    written; what was made has been parsed, and its manifest read."""
    refuse_missing()
    with tempfile.TemporaryDirectory(prefix="bridgewright-new-") as folder:
        given, wanted = _papers(order, Path(folder))
        chosen = pruning.choose(given, wanted)
        spec = pruning.prune(given, chosen, _events(order, given))
        paper = load(spec)
        requests, answers = Shapes(paper, Way.ASKED), Shapes(paper, Way.ANSWERED)
        made = drafts(paper, chosen, requests, answers)
        auth = order.auth or authorising.declared(order.name, spec)
        plan = Plan(
            name=order.name,
            title=order.title or order.name.replace("_", " ").title(),
            owner=order.owner,
            package=".".join([*Path(order.folder).parts, order.name]),
            folder=Path(order.folder).as_posix(),
            base_url=order.base_url or _server(order, spec),
            auth=auth,
            drafts=made,
            spec=spec,
            version=order.version,
            hook=_hook(order, paper, given),
            timeout_s=order.timeout_s,
            guarded=authorising.is_declared(auth, spec),
        )
        text = spec_file(spec)
        files = {
            **_code(plan, requests, answers),
            FILE: manifest_file(plan),
            SPEC: text,
            LOCK: lock_file(given, chosen, text, taken_on),
            ANSWERS: answers_file(plan),
            "README.md": page_file(plan),
        }
    _try(files)
    parents = [p for p in Path(order.folder).parents if p.parts] + [Path(order.folder)]
    around = {(each / "__init__.py").as_posix(): "" for each in parents if each.parts}
    return Package(
        plan.name,
        plan.folder,
        files,
        around,
        settings_tables(plan),
        tuple(each.name for each in made),
        tuple(name for name, _ in plan.variables),
        command(plan),
    )


def _papers(order: Order, folder: Path) -> tuple[Papers, tuple[str, ...]]:
    if order.spec is None:
        return starter.write(folder / "starter.json", order.name), starter.OPERATIONS
    given = papers.read(order.spec)
    if not order.operations:
        known = [each.call for each in pruning.operations(given)]
        raise ConfigurationError(
            f"no operation is chosen, of {len(known)} that the specification has",
            place="--op",
            remedy=f"name those that are needed, as --op {known[0]!r}" if known else "",
        )
    return given, order.operations


def _code(plan: Plan, requests: Shapes, answers: Shapes) -> dict[str, str]:
    about = (
        "What is {} {}. Made from spec.json; do not edit: `bridgewright new --force` makes it anew."
    )
    code = {
        "__init__.py": f'"""{plan.title}."""\n',
        "client.py": client_file(plan),
        "operations.py": operations_file(plan),
        "certify.py": certify_file(plan),
        "tests/__init__.py": "",
        f"tests/test_{plan.name}.py": trials_file(plan),
    }
    if plan.hook is not None:
        code["webhooks.py"] = webhooks_file(plan, plan.hook)
    shaped = {name: formatted(text) if text else "" for name, text in code.items()}
    return shaped | {
        "asked.py": models_file(requests, about.format("asked of", plan.title)),
        "answered.py": models_file(answers, about.format("answered by", plan.title)),
    }


def _try(files: Mapping[str, str]) -> None:
    """Parse what was made, and read its manifest: a stranger's text may have had a hand in it."""
    for name, text in files.items():
        if name.endswith(".py"):
            ast.parse(text, name)
    with tempfile.TemporaryDirectory(prefix="bridgewright-new-") as folder:
        Path(folder, FILE).write_text(files[FILE], "utf-8")
        read_manifest(Path(folder), Path(folder))


def _server(order: Order, spec: Content) -> str:
    """The address that the specification gives; a name that nobody has, where there is none at all."""
    if order.spec is None:
        return f"https://api.{order.name.replace('_', '-')}.example"
    servers = spec.get("servers")
    server = servers[0] if isinstance(servers, list) and servers else {}
    url = str(server.get("url", "")) if isinstance(server, dict) else ""
    for name, variable in (server.get("variables") or {}).items() if url else ():
        default = variable.get("default", "") if isinstance(variable, dict) else ""
        url = url.replace(f"{{{name}}}", str(default))
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "{" in url or parts.query:
        raise ConfigurationError(
            "the specification names no server of https",
            place="--spec",
            remedy="say where the API is: --base-url https://…",
        )
    return url.rstrip("/")


def _events(order: Order, given: Papers) -> tuple[str, ...]:
    if not order.webhook:
        return ()
    known = pruning.event_names(given)
    return order.events or (known if len(known) <= MOST_EVENTS else ())


def _hook(order: Order, paper: Paper, given: Papers) -> Hook | None:
    if not order.webhook:
        return None
    connectors.webhook(order.webhook)  # refuses a scheme that nobody knows
    events = _events(order, given)
    if not events:
        raise ConfigurationError(
            "nothing says which events are handed over",
            place="--webhook",
            remedy="add --event NAME",
        )
    maker = Maker(paper, lambda: SAMPLED_AT_S)
    declared = Webhooks(paper, Schemas(paper), maker)
    samples = []
    for number, event in enumerate(events, start=1):
        try:
            sample = declared.event(event, {}) if event in declared.triggers() else {}
        except (UnmadeError, ValueError):
            sample = {}
        samples.append({"id": f"evt_{number}", "type": event} | sample)
    return Hook(order.webhook, f"{order.name.upper()}_WEBHOOK_SECRET", events, tuple(samples))
