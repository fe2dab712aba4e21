"""What a command printed, as a tool answers it: of a bounded size, without secrets and personal data, and
said to be data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

from bridgewright.core.model.secret import Secret
from bridgewright.core.redact.fields import is_secret
from bridgewright.core.redact.redaction import Redaction, known
from bridgewright.core.redact.values import redacted
from bridgewright.engineer.offering.tool import NOTE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.core.errors import BridgewrightError
    from bridgewright.engineer.offering.tool import Tool

MOST_BYTES = 48_000
"""Of an answer, as JSON: some 12,000 tokens, which hosts still take whole."""
MOST_TEXT_CHARS = 2_000
"""Of one text of an answer."""
MOST_REMARKS = 20
MOST_REMARK_CHARS = 400
_LEAST_TEXT_CHARS = 120
_MOST_DEPTH = 12
COUNTED = re.compile(r"(\d{1,9}) of (\d{1,9}) ")
"""How a command says how far it is."""
_ENDED = re.compile(r"error\[(?P<code>[\w.]+)\]: (?P<told>.*)|Error: (?P<usage>.*)")
_USAGE = ("Usage: ", "Try '")
_YES, _NO, _OPEN = 0, 1, 3
"""Exit codes with which a command answers: done, the answer is no, something could not be found out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host is told. `failed` for what a tool could not do: `text` says what, why and the next step
    then. `content` is what `Tool.output_schema` describes, None where there is no answer at all."""

    text: str
    content: dict[str, Any] | None = None
    failed: bool = False


def redaction_of(environ: Mapping[str, str]) -> Redaction:
    """What knows the secrets of a process: the values of its variables whose names say so. Pseudonyms are
    the server's own, and stand for nothing in any other."""
    names = (name for name in environ if is_secret(name, Redaction()))
    secrets = known(Secret(environ[name]) for name in names if environ[name])
    return Redaction(key=token_hex(16).encode(), known=secrets)


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process that does not need the secrets among them."""
    return {name: value for name, value in environ.items() if not is_secret(name, Redaction())}


def answer(tool: Tool, code: int, out: bytes, said: Sequence[str], redaction: Redaction) -> Answer:
    """What came of a command: what it printed (`out`), its lines beside that, and how it ended."""
    found = object_of(tool.command, out)
    remarks = _remarks(said, redaction)
    if found is None:
        return Answer(_failure(tool, code, said, redaction), failed=True)
    shown, left_out = bounded(_clean(found, tool.withheld, redaction, 0), MOST_BYTES)
    content = {
        "ok": code == _YES,
        "exit_code": code,
        "answer": shown,
        "remarks": remarks,
        "left_out": left_out,
        "note": NOTE,
    }
    failed = code not in {_YES, _NO, _OPEN}
    return Answer(marked(tool.name, content, failed=failed), content, failed)


def refusal(error: BridgewrightError) -> Answer:
    """A call that was not begun, and why."""
    return Answer(f"error[{error.code}]: {redacted(str(error), Redaction())}", failed=True)


def marked(name: str, content: Mapping[str, object], *, failed: bool) -> str:
    """An answer as text, between marks that nobody who wrote a part of it could know."""
    mark = token_hex(6)
    how = "did not do it" if failed else "answers"
    body = json.dumps(content, ensure_ascii=False)
    return f"{name} {how}. Between the marks: {NOTE}.\n<data {mark}>\n{body}\n</data {mark}>"


def bounded(found: dict[str, Any], most_bytes: int) -> tuple[dict[str, Any], int]:
    """The object in at most `most_bytes` of JSON where its lists and texts can be cut so far, and how many
    values of lists were left out. The longest list is halved, from its end, again and again; then texts are
    cut. Keys stay."""
    left_out = 0
    kept: Any = found
    while _size(kept) > most_bytes:
        longest = max(_lists(kept), key=_size, default=None)
        if longest is None or not longest:
            break
        more = -(-len(longest) // 2)
        left_out += more
        del longest[-more:]
    most_chars = MOST_TEXT_CHARS
    while _size(kept) > most_bytes and most_chars > _LEAST_TEXT_CHARS:
        most_chars //= 2
        kept = _shorter(kept, most_chars)
    return kept, left_out


def object_of(command: str, out: bytes) -> dict[str, Any] | None:
    """The last line that is the command's own object: whatever was printed before it is nobody's."""
    for line in reversed(out.splitlines()):
        try:
            read = json.loads(line)
        except (ValueError, RecursionError):
            continue
        found = cast("dict[str, Any]", read)
        if isinstance(read, dict) and found.pop("command", None) == command:
            return found
    return None


def _failure(tool: Tool, code: int, said: Sequence[str], redaction: Redaction) -> str:
    for line in reversed(said):
        found = _ENDED.fullmatch(line)
        if found is not None:
            told = found["told"] or found["usage"]
            named = f"error[{found['code']}]" if found["code"] else "error"
            return _short(f"{named}: {told}", redaction, MOST_TEXT_CHARS)
    return (
        f"error: {tool.name} ended with {code} and no answer. The command itself failed: run"
        f" `bridgewright {' '.join(tool.words)}` at a terminal and see what it says"
    )


def _remarks(said: Sequence[str], redaction: Redaction) -> list[str]:
    told = [line for line in said if line.strip() and not line.startswith(_USAGE)]
    told = [line for line in told if COUNTED.match(line) is None]
    return [_short(line, redaction, MOST_REMARK_CHARS) for line in told[-MOST_REMARKS:]]


def _short(text: str, redaction: Redaction, most_chars: int) -> str:
    shown = redacted(text, redaction, named=True)
    return shown if len(shown) <= most_chars else f"{shown[: most_chars - 1]}…"


def _clean(value: Any, withheld: frozenset[str], redaction: Redaction, depth: int) -> Any:
    kind = type(value).__name__
    if kind == "str":
        return _short(value, redaction, MOST_TEXT_CHARS)
    if kind in {"dict", "list"} and depth > _MOST_DEPTH:
        return "…"
    if kind == "dict":
        return {
            _short(name, redaction, MOST_TEXT_CHARS): _clean(each, withheld, redaction, depth + 1)
            for name, each in value.items()
            if name not in withheld
        }
    if kind == "list":
        return [_clean(each, withheld, redaction, depth + 1) for each in value]
    return value


def _lists(value: Any) -> list[list[Any]]:
    kind = type(value).__name__
    if kind == "dict":
        return [found for each in value.values() for found in _lists(each)]
    if kind == "list":
        return [value, *(found for each in value for found in _lists(each))]
    return []


def _shorter(value: Any, most_chars: int) -> Any:
    kind = type(value).__name__
    if kind == "dict":
        return {name: _shorter(each, most_chars) for name, each in value.items()}
    if kind == "list":
        return [_shorter(each, most_chars) for each in value]
    if kind == "str" and len(value) > most_chars:
        return f"{value[: most_chars - 1]}…"
    return value


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
