"""What tests ask `bridgewright new` for."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.engineer.scaffold.package import Order, Package, package

if TYPE_CHECKING:
    from collections.abc import Mapping

PARCELS = Path(__file__).parent / "parcels" / "openapi.yaml"
OPERATIONS = (
    "POST /parcels",
    "listParcels",
    "getParcel",
    "changeParcel",
    "cancelParcel",
    "class",
    "notify",
    "carriers/list-all",
)
TODAY = date(2026, 11, 29)


def made(**named: object) -> Package:
    """The parcels, unless told otherwise."""
    given: dict[str, object] = {
        "name": "parcels",
        "owner": "team-parcels",
        "spec": PARCELS,
        "operations": OPERATIONS,
    }
    return package(Order(**(given | named)), TODAY)  # type: ignore[arg-type]


def put(files: Mapping[str, str], folder: Path) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
