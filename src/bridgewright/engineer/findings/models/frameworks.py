"""What a project says of its frameworks in files: which settings Django has, and what is in them."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.models.places import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VARIABLE = "DJANGO_SETTINGS_MODULE"
_STARTER = "manage.py"


def django_settings(root: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The module of Django's settings: as the environment says, else as `manage.py` does, else ""."""
    if environment.get(VARIABLE):
        return environment[VARIABLE]
    tree = parsed(root / _STARTER)
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.Call(args=[ast.Constant(value=name), ast.Constant(value=str(module))]):
                if name == VARIABLE:
                    return module
    return ""
