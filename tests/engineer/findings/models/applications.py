"""Applications made small, and what reading their models came to."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.fields import FieldSpec, Model

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.findings.models.found import Reading
    from tests.engineer.findings.models.writers import Written

SETTINGS = """\
USE_TZ = {use_tz}
SECRET_KEY = "not-a-key"
INSTALLED_APPS = ["shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n'


def project(root: Path, *, use_tz: bool = True, **modules: str) -> None:
    """Modules in packages: `app__models` is `app/models.py`."""
    for name, text in modules.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text, "utf-8")
    if "shop__models" in modules:
        (root / "settings.py").write_text(SETTINGS.format(use_tz=use_tz), "utf-8")
        (root / "manage.py").write_text(MANAGE, "utf-8")


def fields_of(reading: Reading, model: str) -> dict[str, FieldSpec]:
    found: list[Model] = [each for each in reading.models if each.name == model]
    assert reading.troubles == ()
    assert len(found) == 1
    assert found[0].complete
    return {each.name: each for each in found[0].fields}


def differing(found: dict[str, FieldSpec], expected: dict[str, FieldSpec]) -> list[str]:
    """Where two readings of a model are not the same, facet by facet."""
    told = [f"{name}: only one has it" for name in set(found) ^ set(expected)]
    for name in set(found) & set(expected):
        one, other = found[name], expected[name]
        told += [
            f"{name}.{each.name}: {getattr(one, each.name)} instead of {getattr(other, each.name)}"
            for each in fields(FieldSpec)
            if each.compare and getattr(one, each.name) != getattr(other, each.name)
        ]
    return told


def by_name(written: Written) -> dict[str, FieldSpec]:
    return {each.name: each for each in written.expected}


def told_otherwise(static: FieldSpec, real: FieldSpec) -> list[str]:
    """Facets of which a reading of the source says something, and something wrong."""
    return [
        f"{real.name}.{each.name}: {getattr(static, each.name)} instead of {getattr(real, each.name)}"
        for each in fields(FieldSpec)
        if each.compare
        and each.name not in ("unknown", "items")
        and static.knows(each.name)
        and static.knows("kind")
        and getattr(static, each.name) != getattr(real, each.name)
    ]
