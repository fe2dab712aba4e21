"""What a manifest maps, held against the provider's slice and the models (DM001 to DM004, and pairs)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.catalogue import Unseen
from bridgewright.engineer.findings.fields import NOWHERE, FieldSpec, Kind, Where
from bridgewright.engineer.findings.packs.knowing import known
from bridgewright.engineer.findings.packs.words import Known, Way
from bridgewright.engineer.findings.provider.evidence import Seen
from bridgewright.engineer.findings.rules.every import answers
from bridgewright.engineer.findings.rules.pair import GOOD, Answer, Doubt, Pair, told
from bridgewright.engineer.manifest.words import MapIn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.findings.catalogue import Catalogue
    from bridgewright.engineer.findings.packs.words import Pack
    from bridgewright.engineer.findings.provider.pinned import Pinned
    from bridgewright.engineer.findings.provider.slice import Side
    from bridgewright.engineer.manifest.words import Manifest, MapOut

WEBHOOK = "webhook."
_NEVER_MAPPED = frozenset({"authorization", "content-type", "accept", "user-agent"})


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of one rule: `key` is where the manifest has it, `where` the model's field is, or the
    model that lacks it."""

    subject: str
    target: str
    answer: Answer
    key: tuple[str, ...]
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Comparison:
    """One integration, and all that its mappings are held against."""

    manifest: Manifest
    pinned: Pinned | None
    packs: tuple[Pack, ...]
    catalogue: Catalogue
    logs_bodies: bool = False

    def compared(self) -> Iterator[Compared]:
        """What every rule says of every mapping, and of what is not mapped."""
        for each in self.manifest.requests:
            yield from self._request(each)
        for kept in self.manifest.responses:
            yield from self._response(kept)
        for name in dict.fromkeys(each.operation for each in self.manifest.requests):
            yield from self._unfilled(name)

    def _request(self, mapped: MapIn) -> Iterator[Compared]:
        key = ("map", mapped.operation, "request", mapped.field)
        who = self.who(mapped.operation)
        side = self.side(mapped.operation, Way.REQUEST)
        outer, stale = self._outer(side, mapped.field, mapped.source or mapped.const, key, who)
        if stale is not None:
            yield stale
        for attribute in (mapped.source, mapped.guard):
            if attribute:
                yield self._there("DM001", attribute, f"needed for {who}", key, who)
        spec = self.catalogue.field(mapped.source) if mapped.source else None
        if spec is not None and stale is None:
            yield from self._pair(mapped, spec, outer, side, Way.REQUEST, key)
        elif mapped.const and outer is not None and stale is None:
            yield self._constant(mapped, outer, key, who)

    def _response(self, mapped: MapOut) -> Iterator[Compared]:
        event = mapped.operation.removeprefix(WEBHOOK)
        is_event = mapped.operation.startswith(WEBHOOK)
        place = ("webhook", event) if is_event else (mapped.operation, "response")
        key = ("map", *place, mapped.field)
        who = self.who(mapped.operation)
        side = self.side(mapped.operation, Way.RESPONSE)
        outer, stale = self._outer(side, mapped.field, mapped.target, key, who)
        if stale is not None:
            yield stale
        purpose = f"that keeps {mapped.field} of {who}"
        yield self._there("DM002", mapped.target, purpose, key, who)
        spec = self.catalogue.field(mapped.target)
        if spec is not None and spec.computed:
            what = f"{mapped.target} is computed, and cannot keep {mapped.field} of {who}"
            yield Compared(
                mapped.target, f"{who} {mapped.field}", told("DM002", what), key, spec.where
            )
        elif spec is not None and stale is None:
            yield from self._pair(mapped, spec, outer, side, Way.RESPONSE, key)

    def _there(
        self, code: str, attribute: str, purpose: str, key: tuple[str, ...], who: str
    ) -> Compared:
        """Whether a model has the field that a mapping names."""
        target = f"{who} {key[-1]}"
        lacking = self.catalogue.lacking(attribute)
        if lacking is None:
            return Compared(attribute, target, GOOD, key)
        if isinstance(lacking, Unseen):
            return Compared(attribute, target, Doubt(lacking.why), key)
        answer = told(code, f"{lacking.model} model lacks {lacking.field} field {purpose}")
        return Compared(attribute, target, answer, key, lacking.where)

    def _outer(
        self, side: Side | None, field: str, subject: str, key: tuple[str, ...], who: str
    ) -> tuple[FieldSpec | None, Compared | None]:
        """The provider's field; where a pinned slice lacks it, what is to be said of that."""
        if self.pinned is None:
            return None, None
        target = f"{who} {field}"
        if side is None:
            doubt = Doubt(f"the pinned specification has no {who.partition(' ')[2]}")
            return None, Compared(who, target, doubt, key)
        if field in side.fields:
            return side.fields[field], None
        what = f"{who} has no {field}, which {subject} is mapped to"
        return None, Compared(subject, target, told("DM003", what), key)

    def _pair(  # noqa: PLR0913
        self,
        mapped: MapIn | MapOut,
        spec: FieldSpec,
        outer: FieldSpec | None,
        side: Side | None,
        way: Way,
        key: tuple[str, ...],
    ) -> Iterator[Compared]:
        said = known(self.packs, self._call(mapped.operation), way, mapped.field)
        if said.personal or (side is not None and mapped.field in side.pii):
            yield self._logged(mapped, said, key)
        if outer is None and not said.words:
            return
        subject = mapped.source if isinstance(mapped, MapIn) else mapped.target
        pair = Pair(
            way=way,
            subject=subject,
            who=self.who(mapped.operation),
            path=mapped.field,
            inner=spec,
            outer=outer or _assumed(mapped.field, spec),
            via=mapped.via,
            form=side is not None and side.form,
            strict=side is None or side.strict,
            choices=(side.choices if side else {}).get(mapped.field, frozenset()),
            seen=(side.seen if side else {}).get(mapped.field, Seen()),
            known=said,
        )
        for answer in answers(pair):
            yield Compared(subject, f"{pair.who} {pair.path}", answer, key, spec.where)

    def _logged(self, mapped: MapIn | MapOut, said: Known, key: tuple[str, ...]) -> Compared:
        """DM080: what is about a person is not in bodies that are logged."""
        who = self.who(mapped.operation)
        subject = mapped.source if isinstance(mapped, MapIn) else mapped.target
        what = f"{mapped.field} of {who} is about a person, and its connection logs bodies"
        answer = told("DM080", what, source=said.source("pii")) if self.logs_bodies else GOOD
        return Compared(subject, f"{who} {mapped.field}", answer, key)

    def _constant(
        self, mapped: MapIn, outer: FieldSpec, key: tuple[str, ...], who: str
    ) -> Compared:
        """A literal is a value that the provider takes; a variable's is not known here."""
        literal, target = mapped.const, f"{who} {mapped.field}"
        answer: Answer = GOOD
        if not literal.startswith("env:"):
            longest = outer.max_len
            if outer.enum and not outer.open_enum and literal not in outer.enum:
                what = f"the constant of {mapped.field} is no value that {who} takes"
                answer = told("DM040", what, detail=literal)
            elif outer.kind is Kind.STRING and longest is not None and len(literal) > longest:
                what = f"the constant of {mapped.field} is longer than {who} takes ({longest})"
                answer = told("DM030", what, detail=longest)
        return Compared(f"{mapped.operation} {mapped.field}", target, answer, key)

    def _unfilled(self, operation: str) -> Iterator[Compared]:
        """DM004: of what the provider requires, what nothing fills."""
        side = self.side(operation, Way.REQUEST)
        if side is None:
            return
        mapped = {each.field for each in self.manifest.requests if each.operation == operation}
        ours = _NEVER_MAPPED | self._headers(operation)
        who = self.who(operation)
        for path, spec in side.fields.items():
            if not spec.required or path.endswith("[]") or not _asked(path, side, mapped):
                continue
            if path in side.headers and path.lower() in ours:
                continue
            filled = any(_covers(each, path) for each in mapped)
            what = f"{who} requires {path}, and nothing fills it"
            answer = GOOD if filled else told("DM004", what)
            key = ("map", operation, "request")
            yield Compared(f"{operation} {path}", f"{who} {path}", answer, key)

    def _headers(self, operation: str) -> frozenset[str]:
        """What the client sends by itself: credentials, the version, the idempotency key."""
        manifest = self.manifest
        version = manifest.version.header if manifest.version else ""
        key = manifest.operations[operation].idempotency.header
        return frozenset(each.lower() for each in (manifest.auth.header, version, key) if each)

    def side(self, operation: str, way: Way, pin: Pinned | None = None) -> Side | None:
        """One direction of an operation or webhook, as the pinned document has it, or another."""
        pin = pin or self.pinned
        if pin is None:
            return None
        if operation.startswith(WEBHOOK):
            return pin.webhook(operation.removeprefix(WEBHOOK))
        found = self.manifest.operations[operation]
        return pin.side(found.method, found.path, way)

    def _call(self, operation: str) -> str:
        found = self.manifest.operations.get(operation)
        return found.call if found is not None else operation

    def who(self, operation: str) -> str:
        """How sentences call an operation or a webhook: `Twilio send_sms`."""
        event = operation.removeprefix(WEBHOOK)
        word = f"webhook {event}" if operation.startswith(WEBHOOK) else operation
        return f"{self.manifest.title} {word}"


def _assumed(field: str, spec: FieldSpec) -> FieldSpec:
    """The provider's field where no specification is pinned: nothing is known but what packs say."""
    return FieldSpec(name=field, kind=spec.kind, required=False)


def _asked(path: str, side: Side, mapped: set[str]) -> bool:
    """Whether a nested field is asked for: what it is in is required or filled, all the way up."""
    above = _above(path)
    if above is None:
        return True
    holder = side.fields.get(above)
    asked = holder is not None and holder.required and not above.endswith("[]")
    filled = any(each.startswith((f"{above}.", f"{above}[")) for each in mapped)
    return (asked or filled) and _asked(above, side, mapped)


def _above(path: str) -> str | None:
    if path.endswith("[]"):
        return path[:-2]
    return path.rpartition(".")[0] or None


def _covers(mapped: str, path: str) -> bool:
    """A field is filled by itself, by all of what it is in, or by a part of itself."""
    return (
        mapped == path
        or path.startswith((f"{mapped}.", f"{mapped}["))
        or mapped.startswith((f"{path}.", f"{path}["))
    )
