"""A stranger's names as names in Python: every one another, and none that would mean something else."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from dataclasses import dataclass, field

LONGEST = 50
_SYMBOLS = {
    "+": "plus",
    "<": "lt",
    ">": "gt",
    "=": "eq",
    "!": "not",
    "&": "and",
    "%": "percent",
    "#": "number",
    "$": "dollar",
    "@": "at",
    "*": "star",
    "~": "about",
}
_OF_MODELS = (
    "copy construct dict fields from_orm json parse_file parse_obj parse_raw schema schema_json"
    " update_forward_refs validate register config root"
)
_OF_MODULES = (
    "annotations Annotated Any BaseModel ConfigDict Field Literal RootModel bool bytes date datetime dict"
    " float int list object str time timedelta Answer Asked client body self http"
)
_OF_FUNCTIONS = (
    "answer answered asked operations quote webhooks M TYPE_CHECKING TypeVar ValidationError"
)
KEYWORDS = frozenset([*keyword.kwlist, *keyword.softkwlist])
FIELDS = KEYWORDS | frozenset([*_OF_MODELS.split(), *_OF_MODULES.split(), "answer"])
"""What no field or argument may be called: a class of pydantic has a method of that name, or a type has
it, which the field would hide from the annotations below it."""
FUNCTIONS = KEYWORDS | frozenset([*dir(builtins), *_OF_MODULES.split(), *_OF_FUNCTIONS.split()])
CLASSES = FUNCTIONS


def words(text: str) -> list[str]:
    """The words of a name, in lower case and ASCII: `DateSent<` is date, sent, lt."""
    text = unicodedata.normalize("NFKD", text[:200])
    text = re.sub(r"^-(?=\w)", " minus ", text)
    text = "".join(f" {_SYMBOLS[c]} " if c in _SYMBOLS else c for c in text)
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", text)]


def snake(text: str) -> str:
    """A name as fields and functions have it."""
    made = "_".join(words(text))[:LONGEST].strip("_") or "value"
    made = f"n{made}" if made[0].isdigit() else made
    return f"its_{made}" if made.startswith("model_") else made


def camel(*texts: str) -> str:
    """A name as classes have it, of several parts."""
    made = "".join(word[:1].upper() + word[1:] for text in texts for word in words(text))
    made = made[:LONGEST] or "Value"
    return f"N{made}" if made[0].isdigit() else made


@dataclass(slots=True)
class Names:
    """Names that were given, so that none is given twice. `end` is put to those that are `reserved`, and a
    number after `joint` to those that are given."""

    reserved: frozenset[str] = frozenset()
    end: str = "_"
    joint: str = "_"
    given: dict[str, str] = field(default_factory=dict)

    def of(self, original: str, name: str) -> str:
        """The name of an original, the one it was given before if it was; `name` if that is free."""
        if original not in self.given:
            self.given[original] = self.free(name)
        return self.given[original]

    def free(self, name: str) -> str:
        """That name, or the nearest that is neither reserved nor given."""
        taken = self.reserved | set(self.given.values())
        found = name = f"{name}{self.end}" if name in self.reserved else name
        number = 1
        while found in taken:
            number += 1
            found = f"{name.rstrip(self.joint)}{self.joint}{number}"
        return found
