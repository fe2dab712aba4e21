"""What can be wrong between a model and a provider: one code each, never given to anything else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; `--fail-on` names the least that fails."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)

    def capped(self, most: Severity) -> Severity:
        """The milder of the two."""
        return self if self.rank >= most.rank else most


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: what it means, and how it is mended."""

    name: str
    severity: Severity
    title: str
    remedy: str


_ERROR, _WARNING, _NOTE = Severity

CODES = {
    name: Code(name, severity, title, remedy)
    for name, severity, title, remedy in (
        (
            "DM001",
            _ERROR,
            "a model lacks the field that a request is filled from",
            "add the field to the model, or map the request's field from one that is there",
        ),
        (
            "DM002",
            _WARNING,
            "a model lacks the field that keeps a part of an answer",
            "add the field to the model, or take the mapping away",
        ),
        (
            "DM003",
            _ERROR,
            "a mapping names a field that the provider does not have",
            "correct the name in [map], or pin the provider's specification anew",
        ),
        (
            "DM004",
            _ERROR,
            "the provider requires a field that nothing fills",
            "map it in [map.OPERATION.request], from a field or as a const",
        ),
        (
            "DM005",
            _ERROR,
            "a model lacks a field that a use of the provider needs",
            "add the field to the model, and have the application fill it",
        ),
        (
            "DM010",
            _ERROR,
            "two kinds that do not fit",
            "change one kind, or name what converts in the mapping: via = …",
        ),
        (
            "DM011",
            _WARNING,
            "a field that a use needs is of another kind",
            "change the field's kind",
        ),
        (
            "DM020",
            _ERROR,
            "what may be null goes where null is not taken",
            "let the field be null where it is kept, or require it where it is made",
        ),
        (
            "DM021",
            _ERROR,
            "what may be absent goes where it is required",
            "give the field a default, or require it where it is made",
        ),
        (
            "DM030",
            _ERROR,
            "a text may be too long for where it goes",
            'make the field longer, bound what fills it, or name what shortens it: via = "truncate"',
        ),
        ("DM031", _ERROR, "an integer may be too wide", "keep it in 64 bits"),
        (
            "DM032",
            _ERROR,
            "a decimal may have too many digits",
            "give the field the precision and scale of what fills it",
        ),
        (
            "DM040",
            _ERROR,
            "a value of one enumeration is not in the other",
            "add the value, or name what translates: via = …",
        ),
        (
            "DM041",
            _WARNING,
            "an open text goes into a closed enumeration",
            "keep it as text, or have a member for what is not known",
        ),
        (
            "DM050",
            _WARNING,
            "a phone number that is not bound to E.164",
            "give the field a pattern: a plus sign, then at most 15 digits",
        ),
        (
            "DM051",
            _ERROR,
            "money in another unit",
            "keep minor units (cents) as an integer, or name what converts: via = …",
        ),
        (
            "DM052",
            _WARNING,
            "a time without its zone",
            "keep times with their zone (UTC)",
        ),
        (
            "DM053",
            _WARNING,
            "a time in another form on the wire",
            "name what reads and writes that form: via = …",
        ),
        (
            "DM060",
            _ERROR,
            "an id that does not fit, or not as it is written",
            "give the column the id's whole length, and a collation that tells case",
        ),
        (
            "DM070",
            _WARNING,
            "a map may have more than is taken",
            "bound its keys and values before it is sent, and say so: via = …",
        ),
        (
            "DM071",
            _WARNING,
            "a map may have keys that are refused",
            "keep the forbidden characters out of its keys, and say so: via = …",
        ),
        (
            "DM080",
            _WARNING,
            "personal data in bodies that are logged",
            "take log_bodies from the connection: redaction knows addresses and numbers, not names",
        ),
        (
            "DM091",
            _ERROR,
            "a mapped field vanished from the provider's newer specification",
            "find out what replaces it before the provider drops it",
        ),
        (
            "DM092",
            _ERROR,
            "a mapped field has another kind in the newer specification",
            "make the model and the mapping fit both, then pin anew",
        ),
        (
            "DM093",
            _WARNING,
            "a mapped field may have new values in the newer specification",
            "take the new values in, then pin anew",
        ),
        (
            "DM094",
            _WARNING,
            "a mapped field may be null in the newer specification",
            "let the field be null, then pin anew",
        ),
        (
            "DM095",
            _NOTE,
            "the pinned specification is old",
            "compare it with a newer one (--upstream), then pin anew",
        ),
    )
}
