"""The real OpenCode works by the pack, from an issue to a pull request. Only the model is scripted."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.engineer.delivery.words import BRANCH
from bridgewright.engineer.offering.catalogue import tools
from bridgewright.engineer.pack.contents import AGENT
from bridgewright.engineer.pack.installing import install
from bridgewright.engineer.pack.surveying import survey
from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.engineer.delivery.site import MANIFEST, Site, cloned
from tests.engineer.opencode import OpenCode, program, used
from tests.engineer.pack.scripted import model
from tests.engineer.programs import programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engineer.pack.scripted import Call

pytestmark = pytest.mark.slow
PATIENCE_S = 900.0
SPEC = """\
openapi: 3.1.0
info: {title: Parcels, version: "2026-03-01"}
servers: [{url: "https://api.parcels.example/v2"}]
security: [{key: []}]
paths:
  /parcels:
    post:
      operationId: sendParcel
      parameters:
        - {name: Idempotency-Key, in: header, schema: {type: string}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/NewParcel"}}}
      responses:
        "201":
          description: It is on its way.
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
  /parcels/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: getParcel
      responses:
        "200":
          description: Where it is.
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: Parcels-Key}
  schemas:
    NewParcel:
      type: object
      required: [name, phone]
      properties:
        name: {type: string}
        phone: {type: string}
    Parcel:
      type: object
      required: [id, state]
      properties:
        id: {type: string, maxLength: 64}
        state: {type: string, enum: [packed, sent, delivered, lost]}
"""
MODELS = """\
from dataclasses import dataclass


@dataclass
class Customer:
    name: str
    email: str
"""
OWNER = 'owner = "team-delivery"\n'
KNOWN = 'models = ["app.models"]\n'
READS = "[operations.get_parcel]\n"
MAP = """\
[map.send_parcel.request]
name = {from = "Customer.name"}
phone = {from = "Customer.phone"}
"""
NAME = "integrations/parcels"
TARGET = "integrations.parcels.certify:target"
ANSWERS = f"{NAME}/certify.json"
CERTIFY = (
    f"bridgewright certify {TARGET} --answers {ANSWERS} --level silver --json > certificate.json"
)
SCAFFOLD: dict[str, object] = {
    "name": "parcels",
    "spec": "parcels.yaml",
    "owner": "team-delivery",
    "operations": ["sendParcel", "getParcel"],
}
PAGE = "docs/integrations/parcels.md"
FINDINGS = "docs/findings.md"
FINDING = "- [Integration] Customer model lacks phone field needed for Parcels"
OTHERS = {
    PAGE,
    FINDINGS,
    "bridgewright.toml",
    "integrations/__init__.py",
    ".integrations/findings.json",
}
ISSUE = "Parcels are sent at Parcels, by the document in parcels.yaml (issue 7)."


@dataclass(frozen=True, slots=True)
class Scene:
    """A project whose main has the pack, models, and a provider's document; and OpenCode in it."""

    site: Site
    opencode: OpenCode
    environ: dict[str, str]

    def play(self, script: list[Call], *words: str) -> tuple[Any, list[dict[str, Any]]]:
        """What OpenCode tells, and each request that the model was sent, but for those for a title."""
        with model(script) as (settings, asked):
            told = self.opencode.events(
                self.site.clone,
                *words,
                settings=settings,
                environ=self.environ,
                patience_s=PATIENCE_S,
            )
        return told, [each for each in asked if "tools" in each]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    opencode = OpenCode(program(), tmp_path / "opencode")
    with GitHubSimulator() as simulator, ExitStack() as stack:
        site = cloned(tmp_path, simulator, stack)
        path = f"{programs(tmp_path)}{os.pathsep}{site.env['PATH']}"
        site.write("app/__init__.py", "")
        site.write("app/models.py", MODELS)
        site.write("parcels.yaml", SPEC)
        install(site.clone, survey(site.clone))
        site.run("add", "-A")
        site.run("commit", "-qm", "feat(app): customers, and a pack for the agent")
        site.run("push", "-q", "origin", "main")
        yield Scene(site, opencode, {**site.env, "PATH": path})


def good(root: Path) -> list[tuple[Call, str]]:
    """What a good engineer does, in the order of the agent's text, and how each step ends here. Twice it is
    tempted by what it may not do, and goes on."""
    manifest = str(root / NAME / "integration.toml")
    models = {"filePath": manifest, "oldString": OWNER, "newString": f"{OWNER}{KNOWN}"}
    reads = {"filePath": manifest, "oldString": READS, "newString": f"{MAP}\n{READS}"}
    build = {"phase": "Build", "status": "complete", "evidence": [f"file {ANSWERS}"]}
    findings = {"phase": "Findings", "status": "complete", "evidence": [f"file {FINDINGS}"]}
    certify = {"command": CERTIFY, "description": "certify", "timeout": 600_000}
    return [
        done("skill", name="planning-with-files"),
        done("read", filePath=str(root / ".opencode/memory/api.md")),
        runs("bridgewright engineer sync"),
        ours("plan_begin", goal="Parcels are sent at Parcels", phases=["Build", "Findings"]),
        ours("scaffold", **SCAFFOLD),
        done("read", filePath=manifest),
        done("edit", **models),
        done("edit", **reads),
        done("write", filePath=str(root / PAGE), content="# Parcels\n\nTo customers.\n"),
        refused("write", filePath=str(root / "app/models.py"), content="phone = None\n"),
        refused("bash", command="python -m pytest -q", description="run the tests"),
        runs("bridgewright check integrations/parcels"),
        ours("certify", target=TARGET, answers=ANSWERS, only="A1"),
        done("bash", **certify),
        ours("plan_advance", **build),
        ours("findings_report"),
        ours("plan_advance", **findings),
        runs("bridgewright engineer plan close"),
        ours("deliver_preview", names=["parcels"], closes=[7]),
        ours("deliver", names=["parcels"], closes=[7], certificates=["certificate.json"]),
    ]


def done(tool: str, **given: object) -> tuple[Call, str]:
    return (tool, given), "completed"


def refused(tool: str, **given: object) -> tuple[Call, str]:
    return (tool, given), "error"


def runs(command: str) -> tuple[Call, str]:
    return done("bash", command=command, description="as the pack says")


def ours(tool: str, **given: object) -> tuple[Call, str]:
    return done(f"bridgewright_{tool}", **given)


def offered(request: dict[str, Any]) -> set[str]:
    """The tools that the model is told of."""
    return {each["function"]["name"] for each in request["tools"]}


def told(request: dict[str, Any], role: str) -> str:
    """What the model is told first, as the system or as the user."""
    return next(str(each["content"]) for each in request["messages"] if each["role"] == role)


def test_an_issue_becomes_a_pull_request_that_is_verified(scene: Scene) -> None:
    site, steps = scene.site, good(scene.site.clone)
    main = site.tip("main")
    events, asked = scene.play([call for call, _ in steps], "--agent", AGENT, ISSUE)

    assert used(events) == [(call[0], how) for call, how in steps], events
    assert {f"bridgewright_{each.name}" for each in tools()} <= offered(asked[0])
    assert told(asked[0], "system").startswith("# Who you are\n\nYou are the integration engineer")
    assert told(asked[0], "user").strip('"') == ISSUE

    assert site.commits() == ["feat(integration): add Parcels"]
    assert site.tip("main") == main
    [request] = site.requests()
    assert request["title"] == "feat(integration): add Parcels"
    assert "Closes #7" in request["body"]
    assert "gold" in request["body"].lower()
    delivered = site.run("ls-tree", "-r", "--name-only", BRANCH, where=site.bare).splitlines()
    added = set(delivered) - set(site.run("ls-tree", "-r", "--name-only", main).splitlines())
    assert {PAGE, FINDINGS, f"{NAME}/operations.py"} <= added
    assert all(each in OTHERS or each.startswith(f"{NAME}/") for each in added), added
    assert not [each for each in added if "__pycache__" in each]
    assert FINDING in site.run("show", f"{BRANCH}:{FINDINGS}", where=site.bare)
    assert (site.clone / "app" / "models.py").read_text() == MODELS

    verified = site.command("verify", "--mutants", "1", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["verdict"]) == (0, "kept")


def test_a_command_of_the_pack_delivers_nothing_that_was_not_proven(scene: Scene) -> None:
    site = scene.site
    site.write("integrations/acme/integration.toml", MANIFEST)
    site.write("integrations/acme/__init__.py", '"""Acme."""\n')
    steps = [
        done("skill", name="deliver-integration"),
        ours("deliver_preview", names=["acme"]),
        refused("bridgewright_deliver", names=["acme"], message="add Acme, proven elsewhere"),
        refused("bash", command=f"git push origin {BRANCH}", description="push it all the same"),
    ]
    events, asked = scene.play([call for call, _ in steps], "--command", "deliver", "acme")

    assert used(events) == [(call[0], how) for call, how in steps], events
    assert "Deliver the integration acme with the skill" in told(asked[0], "user")
    assert told(asked[0], "system").startswith("# Who you are\n\nYou are the integration engineer")
    assert '"end": "unverified"' in json.dumps(asked[-1]).replace("\\", "")
    assert (site.tip(), site.requests()) == ("", [])
