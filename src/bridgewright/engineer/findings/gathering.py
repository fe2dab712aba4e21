"""The models that a manifest names, by name; the same list is read once, however many manifests have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.findings.catalogue import Catalogue
from bridgewright.engineer.findings.models.reading import Way, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bridgewright.engineer.findings.fields import Model
    from bridgewright.engineer.findings.models.found import Reading
    from bridgewright.engineer.manifest.words import Manifest


def gatherer(root: Path, *, static: bool) -> Callable[[Manifest], Catalogue]:
    """What gathers the models of a manifest, by importing their modules, or with `static` by reading
    their source."""
    known: dict[tuple[str, ...], Catalogue] = {}

    def gather(manifest: Manifest) -> Catalogue:
        if manifest.models not in known:
            way = Way.STATIC if static else Way.IMPORT
            known[manifest.models] = _catalogue(read(root, manifest.models, way))
        return known[manifest.models]

    return gather


def _catalogue(reading: Reading) -> Catalogue:
    models: dict[str, Model] = {}
    troubles = [(each.what, each.why) for each in reading.troubles]
    for model in reading.models:
        other = models.setdefault(model.name, model)
        if other is not model:
            troubles.append(
                (model.path, f"{other.path} has the same name: name the one that counts")
            )
    return Catalogue(models, tuple(troubles))
