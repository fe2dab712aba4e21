"""Models in Python of a slice's schemas, by datamodel-code-generator, in a process of its own.

It is given structure and words of ours only (`shapes`). What it writes is parsed: whatever is not a class
of annotated fields is refused, the provider's own names are put in as literals, and the whole is written
anew from its syntax tree.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.check.secrets.naming import holds_secret
from bridgewright.engineer.scaffold.papers import unfit
from bridgewright.engineer.scaffold.shapes import Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.scaffold.shapes import Shapes

GENERATOR = "datamodel_code_generator"
TIME_S = 120.0
"""How long the generator may take; a slice takes a few seconds."""
_WIDTH = "100"
_FLAGS = (
    "--input-file-type openapi --output-model-type pydantic_v2.BaseModel --use-annotated"
    " --disable-timestamp --target-python-version 3.11 --use-standard-collections"
    " --use-union-operator --enum-field-as-literal all --output-datetime-class datetime"
    " --formatters black"
).split()
_IMPORT_GROUPS = re.compile(
    r"(?<=^from __future__ import annotations\n)|^(?=from pydantic import )", re.MULTILINE
)
_IMPORTED = frozenset({"__future__", "datetime", "typing", "pydantic"})
_BOUNDS = frozenset({"ge", "le", "min_length", "max_length"})
_TYPES = frozenset("Annotated Any Literal None bool date datetime dict float int list str".split())
_BASES = {
    Way.ASKED: (
        "Asked",
        "What is asked: held to the provider's specification before it is sent.",
        {"extra": "forbid", "populate_by_name": True, "hide_input_in_errors": True},
    ),
    Way.ANSWERED: (
        "Answer",
        "What is answered, taken as it comes: any field may be missing, and new ones are kept.",
        {
            "extra": "allow",
            "populate_by_name": True,
            "coerce_numbers_to_str": True,
            "hide_input_in_errors": True,
        },
    ),
}


def models_file(shapes: Shapes, about: str) -> str:
    """A module with the classes of `shapes`. `ConfigurationError` where the generator is not installed."""
    if not shapes.made:
        tree = ast.Module([ast.parse("from __future__ import annotations").body[0]], [])
    else:
        tree = _Models(shapes).rebuilt(ast.parse(_generated(shapes)))
    tree.body.insert(0, ast.Expr(ast.Constant(about)))
    text = ast.unparse(ast.fix_missing_locations(tree))
    return formatted(_IMPORT_GROUPS.sub(r"\n\g<0>", text))


def refuse_missing() -> None:
    """`ConfigurationError`, with what to install, unless there is what models are made with."""
    if importlib.util.find_spec(GENERATOR) is None:
        raise ConfigurationError(
            "models are generated with datamodel-code-generator, which is not installed here",
            remedy="pip install 'bridgewright[new]' (for development only: what is generated needs"
            " pydantic, and nothing else)",
        )


def formatted(source: str) -> str:
    """Code in the shape that Black gives it, which comes with the generator."""
    return _run("black", ["--quiet", "--line-length", _WIDTH, "-"], source)


def _generated(shapes: Shapes) -> str:
    with tempfile.TemporaryDirectory(prefix="bridgewright-new-") as folder:
        given, made = Path(folder, "schemas.json"), Path(folder, "models.py")
        given.write_text(json.dumps(shapes.document()), "utf-8")
        _run(GENERATOR, ["--input", str(given), "--output", str(made), *_FLAGS], "")
        return made.read_text("utf-8")


def _run(module: str, words: list[str], given: str) -> str:
    """What a module's command writes. It gets no variable of ours but where Python is."""
    kept = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "HOME", "TMPDIR", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    try:
        ended = subprocess.run(  # noqa: S603 - this Python, and a module of those that are installed
            [sys.executable, "-W", "ignore", "-m", module, *words],
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIME_S,
            env={**environment, "PYTHONUTF8": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise unfit(
            f"{module} was still at work after {TIME_S:g} s", "choose fewer operations"
        ) from None
    if ended.returncode != 0:
        last = (ended.stderr.strip().splitlines() or ["nothing"])[-1]
        raise unfit(f"{module} ended with {ended.returncode}: {last[:200]!a}")
    return ended.stdout


class _Models:
    """Holds what was generated to what it may be, and writes the provider's names into it."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._classes = frozenset(shapes.made)
        self._originals = {
            name: {known: original for original, known in names.given.items()}
            for name, names in shapes.fields.items()
        }
        self._texts = {known: name for name, known in shapes.texts.items()}
        self._base, self._what, self._config = _BASES[shapes.way]

    def rebuilt(self, tree: ast.Module) -> ast.Module:
        """The module, from its parts."""
        classes: list[ast.stmt] = []
        rebuilds: list[ast.stmt] = []
        for node in tree.body:
            match node:
                case ast.ImportFrom(module=str(module)) if module in _IMPORTED:
                    continue
                case ast.ClassDef(name=name) if name in self._classes:
                    classes.append(self._class(node))
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=name), attr="model_rebuild"), args=[]
                    )
                ) if name in self._classes:
                    rebuilds.append(node)
                case _:
                    raise _odd(node)
        body = [*self._parent(), *classes, *rebuilds]
        return ast.Module([*_imports(body), *body], [])

    def _parent(self) -> list[ast.stmt]:
        if not any(not self._shapes.is_root(name) for name in self._classes):
            return []
        config = _config(self._config)
        doc = ast.Expr(ast.Constant(self._what))
        return [ast.ClassDef(self._base, [ast.Name("BaseModel")], [], [doc, config], [])]

    def _class(self, node: ast.ClassDef) -> ast.ClassDef:
        names = self._originals.get(node.name, {})
        fields = [self._field(each, names) for each in node.body if not isinstance(each, ast.Pass)]
        if self._shapes.is_root(node.name):
            [root] = fields
            base: ast.expr = ast.Subscript(ast.Name("RootModel"), root.annotation)
            config = _config({"hide_input_in_errors": True})
            return ast.ClassDef(node.name, [base], [], [config], [])
        body: list[ast.stmt] = [*fields] or [ast.Expr(ast.Constant("Nothing is declared of it."))]
        return ast.ClassDef(node.name, [ast.Name(self._base)], [], body, [])

    def _field(self, node: ast.stmt, names: Mapping[str, str]) -> ast.AnnAssign:
        match node:
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=annotation, value=value, simple=1
            ):
                pass
            case _:
                raise _odd(node)
        if not (value is None or (isinstance(value, ast.Constant) and value.value is None)):
            raise _odd(node)
        kind = self._type(annotation)
        original = names.get(name, name)
        if original != name:
            kind = _with(kind, "alias", original)
        if holds_secret(name):
            kind = _with(kind, "repr", value=False)
        return ast.AnnAssign(ast.Name(name), kind, value, 1)

    def _type(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Name() | ast.Constant() if self._is_known(node):
                return node
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return ast.BinOp(self._type(left), ast.BitOr(), self._type(right))
            case ast.Subscript(value=ast.Name(id="Literal"), slice=inside):
                return ast.Subscript(ast.Name("Literal"), self._literal(inside))
            case ast.Subscript(
                value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, bounds])
            ):
                pair: list[ast.expr] = [self._type(kind), _checked(bounds)]
                return ast.Subscript(ast.Name("Annotated"), ast.Tuple(pair))
            case ast.Subscript(
                value=ast.Name(id="list" | "dict" as name), slice=ast.Tuple(elts=some)
            ):
                return ast.Subscript(ast.Name(name), ast.Tuple([self._type(each) for each in some]))
            case ast.Subscript(value=ast.Name(id="list" | "dict" as name), slice=inside):
                return ast.Subscript(ast.Name(name), self._type(inside))
            case _:
                raise _odd(node)

    def _is_known(self, node: ast.Name | ast.Constant) -> bool:
        if isinstance(node, ast.Constant):
            return node.value is None
        return node.id in _TYPES or node.id in self._classes

    def _literal(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Tuple(elts=some):
                return ast.Tuple([self._literal(each) for each in some])
            case ast.Constant(value=str(text)) if text in self._texts:
                return ast.Constant(self._texts[text])
            case _:
                raise _odd(node)


def _imports(body: list[ast.stmt]) -> list[ast.stmt]:
    used = {n.id for each in body for n in ast.walk(each) if isinstance(n, ast.Name)}
    lines = ["from __future__ import annotations"]
    for module, names in (
        ("datetime", ("date", "datetime")),
        ("typing", ("Annotated", "Any", "Literal")),
        ("pydantic", ("BaseModel", "ConfigDict", "Field", "RootModel")),
    ):
        here = [name for name in names if name in used]
        lines += [f"from {module} import {', '.join(here)}"] if here else []
    return ast.parse("\n".join(lines)).body


def _checked(node: ast.expr) -> ast.Call:
    match node:
        case ast.Call(func=ast.Name(id="Field"), args=[], keywords=given):
            pass
        case _:
            raise _odd(node)
    for each in given:
        value = each.value.operand if isinstance(each.value, ast.UnaryOp) else each.value
        good = isinstance(value, ast.Constant) and isinstance(value.value, int | float)
        if each.arg not in _BOUNDS or not good:
            raise _odd(node)
    return node


def _with(kind: ast.expr, name: str, value: object) -> ast.expr:
    """A type with one more thing that its `Field` says."""
    more = ast.keyword(name, ast.Constant(value))  # type: ignore[arg-type]
    match kind:
        case ast.Subscript(
            value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[_, ast.Call() as call])
        ):
            call.keywords.append(more)
            return kind
        case _:
            call = ast.Call(ast.Name("Field"), [], [more])
            return ast.Subscript(ast.Name("Annotated"), ast.Tuple([kind, call]))


def _config(values: dict[str, object]) -> ast.Assign:
    given = [ast.keyword(name, ast.Constant(value)) for name, value in values.items()]  # type: ignore[arg-type]
    return ast.Assign([ast.Name("model_config")], ast.Call(ast.Name("ConfigDict"), [], given))


def _odd(node: ast.AST) -> ConfigurationError:
    return unfit(
        f"the generator wrote {ast.unparse(node)[:120]!a}, which is no model",
        "report it with the specification, and its version: datamodel-code-generator --version",
    )
