"""A field of a model beside the field of the provider that it is mapped to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.codes import CODES, Severity
from bridgewright.engineer.findings.packs.words import Confidence, Known, Source, Way
from bridgewright.engineer.findings.provider.evidence import Seen

if TYPE_CHECKING:
    from bridgewright.engineer.findings.fields import FieldSpec, Kind

_MOST = {
    Confidence.CONFIRMED: Severity.ERROR,
    Confidence.RECALLED: Severity.WARNING,
    Confidence.MINED: Severity.NOTE,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two fields, and all that is known of the pair. `subject` is `User.phone`, `who` is `Twilio
    send_sms`; `via` names what converts. `strict`: the provider's schema says what is required.
    `choices` are the kinds of a field that may be of several."""

    way: Way
    subject: str
    who: str
    path: str
    inner: FieldSpec
    outer: FieldSpec
    via: str = ""
    form: bool = False
    strict: bool = True
    choices: frozenset[Kind] = frozenset()
    seen: Seen = field(default_factory=Seen)
    known: Known = field(default_factory=Known)

    @property
    def sending(self) -> bool:
        """Whether the value goes from the model to the provider."""
        return self.way is Way.REQUEST

    @property
    def there(self) -> str:
        """The provider's field, in a sentence."""
        return f"{self.path} of {self.who}"


@dataclass(frozen=True, slots=True)
class Told:
    """A rule's finding. `detail` is what of the sentence is neither subject nor provider's field."""

    code: str
    sentence: str
    severity: Severity
    detail: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a rule could not tell, and why."""

    why: str


GOOD = True
"""A rule has looked, and there is nothing to say; None: it has nothing to look at."""

Answer = Told | Doubt | bool | None


def unread(pair: Pair, facet: str) -> Doubt:
    """What a rule says when the model does not tell: `max_len` could not be read where it stands."""
    return Doubt(f"the {_FACETS[facet]} of {pair.subject} could not be read")


_FACETS = {
    "required": "default",
    "nullable": "nullability",
    "max_len": "length",
    "pattern": "pattern",
    "enum": "values",
    "bits": "width",
    "scale": "scale",
    "collation": "collation",
}


def told(
    code: str,
    sentence: str,
    *evidence: str,
    severity: Severity | None = None,
    detail: object = "",
    source: Source | None = None,
) -> Told:
    """A finding, no worse than the source that it rests on is sure."""
    worst = severity or CODES[code].severity
    if source is not None:
        worst = worst.capped(_MOST[source.confidence])
        evidence = (*evidence, str(source))
    return Told(code, sentence, worst, str(detail), tuple(each for each in evidence if each))
