"""Imports a module of an application and tells its models: a process of its own.

An application may print, hang, end the interpreter or start threads when it is imported. Here it does so
where nobody else is hurt: `importing` starts this, waits for so long, and reads the file that it wrote.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import FieldSpec, Model, ModelKind
from bridgewright.engineer.findings.models.forms import described
from bridgewright.engineer.findings.models.frameworks import VARIABLE, django_settings
from bridgewright.engineer.findings.models.live import plain, tables
from bridgewright.engineer.findings.models.places import Places, relative
from bridgewright.engineer.findings.models.wire import packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bridgewright.engineer.findings.models.forms import Raw

    Reader = Callable[[Any], Iterable[Raw]]

READERS: Mapping[ModelKind, Reader] = {
    ModelKind.PYDANTIC: plain.pydantic_fields,
    ModelKind.DATACLASS: plain.dataclass_fields,
    ModelKind.ATTRS: plain.attrs_fields,
    ModelKind.MSGSPEC: plain.msgspec_fields,
    ModelKind.TYPED_DICT: plain.typed_dict_fields,
    ModelKind.SQLALCHEMY: tables.sqlalchemy_fields,
    ModelKind.DJANGO: tables.django_fields,
}


def main(root: Path, module: str, answer: Path) -> None:
    """Write what `told` says, and leave at once: threads and exit handlers of the application do not
    keep us."""
    answer.write_text(json.dumps(told(root, module)), "utf-8")
    sys.stdout.flush()
    os._exit(0)


def told(root: Path, module: str) -> dict[str, Any]:
    """The models of a module, or why there are none."""
    sys.path[:0] = [str(root), str(root / "src")]
    try:
        _prepare(root)
        found = importlib.import_module(module)
        places = Places(root)
        models = [packed(model_of(cls, places)) for cls in _models(found, module)]
    except BaseException as error:  # noqa: BLE001 - SystemExit of an application is told as well
        return {"why": _why(error, root)}
    return {"models": models, "others": _others(found)}


def _prepare(root: Path) -> None:
    settings = django_settings(root)
    if settings:
        os.environ.setdefault(VARIABLE, settings)
        importlib.import_module("django").setup()


def _models(found: Any, module: str) -> Iterator[type]:
    seen: set[type] = set()
    for value in list(vars(found).values()):
        if not isinstance(value, type) or value in seen:
            continue
        inside = value.__module__ == module or value.__module__.startswith(f"{module}.")
        if inside and plain.kind_of(value) is not None:
            seen.add(value)
            yield value


def _others(found: Any) -> list[str]:
    """Classes that are models of no library that is known."""
    values = [each for each in vars(found).values() if isinstance(each, type)]
    return [each.__name__ for each in values if plain.kind_of(each) is None]


def model_of(cls: type, places: Places) -> Model:
    """An imported model."""
    kind = plain.kind_of(cls)
    if kind is None:
        msg = f"{cls.__qualname__} is no model"
        raise TypeError(msg)
    fields: dict[str, FieldSpec] = {}
    for raw in (*READERS[kind](cls), *plain.properties(cls)):
        if raw.name not in fields:
            where = places.of_field(cls, raw.name)
            fields[raw.name] = described(raw).but(where=where)
    return Model(cls.__name__, cls.__module__, kind, tuple(fields.values()), places.model(cls))


def _why(error: BaseException, root: Path) -> str:
    """The type of an error and where the application raised it. Its message may hold what it should
    not; of a module that is not there, the name is told."""
    frames = [
        f"{name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if (name := relative(Path(frame.filename), root)) and ".venv" not in name
    ]
    kind = type(error).__name__
    if isinstance(error, ModuleNotFoundError) and error.name:
        kind = f"there is no module {error.name}"
    return f"{kind}, at {frames[-1]}" if frames else kind


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
