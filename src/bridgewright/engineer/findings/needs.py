"""What a use of a provider needs of the models, which no schema states (DM005, DM011)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.catalogue import Lacking, Unseen
from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.fields import NOWHERE, Kind
from bridgewright.engineer.findings.packs.words import Meaning
from bridgewright.engineer.findings.rules.kinds import is_phone
from bridgewright.engineer.findings.rules.pair import GOOD, Answer, Doubt, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.findings.catalogue import Catalogue
    from bridgewright.engineer.findings.fields import FieldSpec, Where
    from bridgewright.engineer.findings.packs.words import Capability, Need, Role
    from bridgewright.engineer.manifest.words import Manifest, MapIn

_NAMES = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Needed:
    """What came of one need: `subject` is the field, there or not; `by` the use."""

    subject: str
    by: str
    answer: Answer
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Unbound:
    """A role that no model has."""

    role: Role
    why: str


def looked_at(
    manifest: Manifest, capability: Capability, catalogue: Catalogue
) -> Iterator[Needed | Unbound]:
    """Each need of a capability, and each role that no model has."""
    mapped = _Mapped(manifest, capability.call)
    for role in capability.roles.values():
        model = _bound(role, mapped, catalogue)
        if model is None:
            to = " or ".join(e for e in (role.request, role.response) if e)
            why = f"no model is the {role.name} of {capability.title}: map {to or 'one of its fields'}"
            yield Unbound(role, why)
            continue
        for need in capability.needs:
            if need.role == role.name:
                yield _needed(need, model, capability, mapped, catalogue)


@dataclass(frozen=True, slots=True)
class _Mapped:
    """The mappings of a manifest that are about one call; of every call where it is empty."""

    manifest: Manifest
    call: str

    def source(self, field: str) -> str:
        return next((m.source for m in self._requests() if field and m.field == field), "")

    def guard(self, field: str) -> str:
        return next((m.guard for m in self._requests() if field and m.field == field), "")

    def target(self, field: str) -> str:
        for each in self.manifest.responses:
            if field and each.field == field and self._about(each.operation):
                return each.target
        return ""

    def _requests(self) -> Iterator[MapIn]:
        return (each for each in self.manifest.requests if self._about(each.operation))

    def _about(self, operation: str) -> bool:
        found = self.manifest.operations.get(operation)
        return not self.call or (found is not None and _plain(found.call) == _plain(self.call))


def _bound(role: Role, mapped: _Mapped, catalogue: Catalogue) -> str | None:
    for attribute in (mapped.source(role.request), mapped.target(role.response)):
        if attribute:
            return attribute.partition(".")[0]
    return next((each for each in role.models if each in catalogue.models), None)


def _needed(
    need: Need, model: str, capability: Capability, mapped: _Mapped, catalogue: Catalogue
) -> Needed:
    given = mapped.source(need.request) or mapped.guard(need.guard) or mapped.target(need.response)
    if given:
        spec, subject = catalogue.field(given), given
    else:
        spec = catalogue.nearest(model, (need.field, *need.also))
        subject = f"{model}.{spec.name if spec else need.field}"
    if spec is None:
        lacking = catalogue.lacking(subject)
        where = lacking.where if isinstance(lacking, Lacking) else NOWHERE
        return Needed(subject, capability.title, _lacking(need, capability, lacking), where)
    by_a_pair = bool(given) and given == mapped.source(need.request)
    answer = _answer(need, subject, spec, capability.title, by_a_pair=by_a_pair)
    return Needed(subject, capability.title, answer, spec.where)


def _lacking(need: Need, capability: Capability, lacking: Lacking | Unseen | None) -> Answer:
    if not isinstance(lacking, Lacking):
        return Doubt(lacking.why) if lacking is not None else GOOD
    what = f"{lacking.model} model lacks {lacking.field} field needed for {capability.title}"
    return told("DM005", what, need.why, severity=need.severity, source=need.source)


def _answer(need: Need, subject: str, spec: FieldSpec, use: str, *, by_a_pair: bool) -> Answer:
    if need.kinds and spec.kind in (Kind.ANY, Kind.UNKNOWN):
        return Doubt(f"{subject} is of no kind that is known")
    if need.kinds and spec.kind.value not in need.kinds:
        kinds = " or ".join(need.kinds)
        what = f"{subject} is not {kinds}, as {use} needs"
        return told("DM011", what, f"it is {spec.kind}", detail=kinds, source=need.source)
    if need.meaning is Meaning.PHONE and not by_a_pair and not is_phone(spec):
        what = f"{subject} is not bound to E.164, as {use} needs"
        return told("DM050", what, severity=Severity.WARNING, source=need.source)
    return GOOD


def _plain(call: str) -> str:
    return _NAMES.sub("{}", call)
