"""The models of a project by name, and the way through them: `Order.customer.email`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.fields import FieldSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.fields import Model, Where


@dataclass(frozen=True, slots=True)
class Lacking:
    """A model that has no such field, and says that it has no others; `where` it stands."""

    model: str
    field: str
    where: Where


@dataclass(frozen=True, slots=True)
class Unseen:
    """Nobody can say whether the field is there, and why not."""

    why: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Models by name. `troubles` are what could not be read, each with why: a model that is not here may
    be there all the same."""

    models: Mapping[str, Model] = field(default_factory=dict)
    troubles: tuple[tuple[str, str], ...] = ()

    def look(self, attribute: str) -> FieldSpec | Lacking | Unseen:
        """The field that an attribute of the manifest names, through models and objects in place."""
        name, *steps = attribute.split(".")
        model = self.models.get(name)
        if model is None:
            return Unseen(f"there is no model {name} where `models` of the manifest says")
        found: FieldSpec | Lacking | Unseen = _of_model(model, steps[0])
        for step in steps[1:]:
            if not isinstance(found, FieldSpec):
                return found
            found = self._inside(found, step)
        return found

    def lacking(self, attribute: str) -> Lacking | Unseen | None:
        """What is to be said of a field that is not there; None of one that is."""
        found = self.look(attribute)
        return None if isinstance(found, FieldSpec) else found

    def field(self, attribute: str) -> FieldSpec | None:
        """The field; None where it is not there, or may not be."""
        found = self.look(attribute)
        return found if isinstance(found, FieldSpec) else None

    def nearest(self, model: str, names: tuple[str, ...]) -> FieldSpec | None:
        """The first field of a model under one of several names, case and underscores left out."""
        found = self.models.get(model)
        if found is None:
            return None
        by_name = {_plain(each.name): each for each in reversed(found.fields)}
        return next((by_name[_plain(each)] for each in names if _plain(each) in by_name), None)

    def _inside(self, spec: FieldSpec, step: str) -> FieldSpec | Lacking | Unseen:
        if spec.model:
            model = next((each for each in self.models.values() if each.path == spec.model), None)
            if model is not None:
                return _of_model(model, step)
            return Unseen(f"{spec.name} is {spec.model}, which `models` does not name")
        found = spec.find(step)
        return found or Unseen(f"what is in {spec.name} is not written out")


def _of_model(model: Model, step: str) -> FieldSpec | Lacking | Unseen:
    found = model.find(step)
    if found is not None:
        return found
    if not model.complete:
        return Unseen(f"not all of {model.name} could be read, and {step} is not in what was")
    return Lacking(model.name, step, model.where)


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()
