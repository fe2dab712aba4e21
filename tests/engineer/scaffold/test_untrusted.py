"""A specification is a stranger's: none of its text becomes code, whatever it says."""

from __future__ import annotations

import ast
import json
import runpy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.manifest.reading import read as read_manifest
from bridgewright.engineer.manifest.words import Auth
from bridgewright.engineer.scaffold import papers, pruning
from bridgewright.engineer.scaffold.drafts import Draft, drafts
from bridgewright.engineer.scaffold.files.functions import operations_file
from bridgewright.engineer.scaffold.files.ordeal import certify_file
from bridgewright.engineer.scaffold.files.settings import manifest_file
from bridgewright.engineer.scaffold.files.trials import trials_file
from bridgewright.engineer.scaffold.models import models_file
from bridgewright.engineer.scaffold.plan import Plan
from bridgewright.engineer.scaffold.shapes import Shapes, Way
from bridgewright.simulate.declared.paper import load

if TYPE_CHECKING:
    from pathlib import Path

EVIL = '"""\nimport os; os.abort()\n"""'
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12),
    st.sampled_from(
        [EVIL, "'", '"', "\\", "{x}", "{{", "}", "a\nb", "#", "__import__('os')", "+1", "-1"]
    ),
)
NAMES = st.lists(TEXTS, min_size=1, max_size=5, unique=True)
SEGMENTS = TEXTS.filter(lambda text: not set("{}/") & set(text))
CALLS = frozenset(
    "Annotated BaseModel ConfigDict Field RootModel Quota CallNumbers TypeVar dict fields frozenset len map"
    " property quote str isinstance lower join items errors model_dump model_validate_json _fields _form"
    " _joined _json _present _read _segment _text get post put patch delete request model_rebuild ValueError"
    " XAnswerError".split()
)


def _document(names: list[str], segment: str, choice: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        name: {"type": "string", "description": EVIL, "enum": [choice, name], "title": EVIL}
        for name in names
    }
    component = {
        "type": "object",
        "required": names[:1],
        "properties": properties,
        "description": EVIL,
    }
    schema = {"$ref": "#/components/schemas/" + _escaped(names[0])}
    parameters = [
        {
            "name": name,
            "in": where,
            "schema": {"type": "string", "enum": [choice]},
            "description": EVIL,
        }
        for name in names
        for where in ("query", "header")
    ]
    place = {"name": names[0], "in": "path", "required": True, "schema": {"type": "string"}}
    post = {
        "operationId": names[-1],
        "description": EVIL,
        "summary": EVIL,
        "parameters": [*parameters, place],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "200": {"description": EVIL, "content": {"application/json": {"schema": schema}}}
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": EVIL, "version": EVIL},
        "paths": {f"/{segment}/{{{names[0]}}}": {"post": post}},
        "components": {"schemas": {names[0]: component}},
    }


def _escaped(name: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - a fragment's own escapes

    return quote(name.replace("~", "~0").replace("/", "~1"))


def _drafted(document: dict[str, Any]) -> tuple[tuple[Draft, ...], Shapes, Shapes]:
    given = papers.Papers(papers_path(), {"": document})
    chosen = tuple(pruning.operations(given))
    paper = load(pruning.prune(given, chosen))
    asked, answered = Shapes(paper, Way.ASKED), Shapes(paper, Way.ANSWERED)
    return drafts(paper, chosen, asked, answered), asked, answered


def papers_path() -> Path:
    from pathlib import Path  # noqa: PLC0415 - nothing is read from it

    return Path("spec.json")


def _plan(made: tuple[Draft, ...]) -> Plan:
    return Plan(
        "x", "X", "team", "integrations.x", "integrations", "https://x.example", Auth(), made, {}
    )


def _strange(tree: ast.Module) -> list[str]:
    """What is called in a module that ours do not call."""
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [each.attr if isinstance(each, ast.Attribute) else ast.unparse(each) for each in called]
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    return [name for name in names if name not in CALLS] + [ast.unparse(each) for each in imported]


@given(NAMES, SEGMENTS, TEXTS)
def test_functions_hold_a_strangers_text_as_literals_only(
    names: list[str], segment: str, choice: str
) -> None:
    made, _, _ = _drafted(_document(list(names), segment, choice))
    tree = ast.parse(operations_file(_plan(made)))
    assert _strange(tree) == []
    [function] = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == made[0].name]
    said = {n.value for n in ast.walk(function) if isinstance(n, ast.Constant)}
    assert set(names) <= said


@given(NAMES, SEGMENTS, TEXTS)
def test_the_generator_is_given_no_text_of_a_stranger(
    names: list[str], segment: str, choice: str
) -> None:
    _, asked, answered = _drafted(_document(names, segment, choice))
    for shapes in (asked, answered):
        for text in _texts(shapes.document()):
            assert text.isascii()
            assert all(c.isalnum() or c in "_/#.-" for c in text)


@given(NAMES, SEGMENTS, TEXTS)
def test_tests_targets_and_manifests_can_be_read_back(
    names: list[str], segment: str, choice: str
) -> None:
    import tempfile  # noqa: PLC0415 - a folder for each example
    from pathlib import Path  # noqa: PLC0415

    made, _, _ = _drafted(_document(names, segment, choice))
    plan = _plan(made)
    ast.parse(trials_file(plan))
    ast.parse(certify_file(plan))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "integration.toml")
        path.write_text(manifest_file(plan), "utf-8")
        if not any(c.isspace() for c in made[0].path):
            [operation] = read_manifest(path).operations.values()
            assert operation.call == made[0].call


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [*node, *(text for value in node.values() for text in _texts(value))]
    if isinstance(node, list):
        return [text for value in node for text in _texts(value)]
    return [node] if isinstance(node, str) else []


@pytest.mark.slow
def test_models_have_the_providers_names_as_aliases_and_its_choices_as_literals(
    tmp_path: Path,
) -> None:
    names = [EVIL, "+1", "-1", "class", "__init__", "DateSent", "DateSent<", "copy", "date", "a\nb"]
    _, asked, answered = _drafted(_document(names, "x", 'it\'s "a" \\ choice'))
    for shapes in (asked, answered):
        text = models_file(shapes, "Models.")
        tree = ast.parse(text)
        assert _strange(tree) == []
        path = tmp_path / f"models_{shapes.way.name.lower()}.py"
        path.write_text(text, "utf-8")
        [model] = [runpy.run_path(str(path))[name] for name in shapes.made]
        assert {each.alias or name for name, each in model.model_fields.items()} == set(names)
        content = {name: name for name in names}
        assert model.model_validate(content).model_dump(by_alias=True) == content
        if shapes is asked:
            with pytest.raises(ValueError, match="validation error"):
                model.model_validate(content | {"+1": "another"})
        else:
            assert json.loads(model.model_validate({"unheard of": 1}).model_dump_json())
