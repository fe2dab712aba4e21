"""How much fits: lengths, widths, digits, maps; and ids, which have to fit exactly."""

from __future__ import annotations

import re

from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.findings.fields import Kind
from bridgewright.engineer.findings.packs.words import Meaning
from bridgewright.engineer.findings.rules.pair import GOOD, Answer, Pair, told

_ID = re.compile(r"(?:^|[._\]])(?:id|sid|uuid|guid)$")
_BLIND = re.compile(r"(?i)_ci$|_ci_|nocase|case.?insensitive")
_SIZED = {Kind.STRING, Kind.BYTES, Kind.ARRAY}


def length(pair: Pair) -> Answer:
    """DM030, and DM060 of ids: what is the longest of one side fits into the other."""
    if pair.inner.kind not in _SIZED or pair.outer.kind not in _SIZED:
        return None
    return _sent_length(pair) if pair.sending else _kept_length(pair)


def _limit(pair: Pair) -> int | None:
    limits = [
        each for each in (pair.outer.max_len, pair.known.whole("max_len")) if each is not None
    ]
    return min(limits, default=None)


def _sent_length(pair: Pair) -> Answer:
    limit, own = _limit(pair), pair.inner.max_len
    if limit is None:
        return None
    if own is None and pair.inner.enum:
        own = max(len(each) for each in pair.inner.enum)
    if own is not None and own <= limit:
        return GOOD
    source = pair.known.source("max_len") if limit == pair.known.whole("max_len") else None
    what = f"{pair.subject} may be longer than {pair.there} can be ({limit})"
    evidence = f"{pair.subject} has no limit" if own is None else f"{pair.subject} takes {own}"
    severity = Severity.WARNING if own is None else Severity.ERROR
    return told("DM030", what, evidence, severity=severity, detail=limit, source=source)


def _kept_length(pair: Pair) -> Answer:
    own = pair.inner.max_len
    if own is None:
        return GOOD
    limit = pair.known.whole("max_len") or pair.outer.max_len
    code = "DM060" if is_id(pair) else "DM030"
    evidence = f"{pair.subject} takes {own}"
    if limit is None and pair.outer.enum and not pair.outer.open_enum:
        limit = max(len(each) for each in pair.outer.enum)
    if pair.seen.longest > own:
        what = f"{pair.there} may be longer than {pair.subject} can be"
        return told(code, what, evidence, f"an example has {pair.seen.longest}")
    if limit is None:
        return None if pair.seen.count == 0 else GOOD
    if limit <= own:
        return GOOD
    source = pair.known.source("max_len")
    what = f"{pair.there} (up to {limit}) may be longer than {pair.subject} can be"
    return told(code, what, evidence, detail=limit, source=source)


def is_id(pair: Pair) -> bool:
    """Whether the provider's field is the id of something."""
    return pair.known.meaning is Meaning.ID or _ID.search(pair.path) is not None


def collation(pair: Pair) -> Answer:
    """DM060: two ids that differ in case only are two."""
    if not is_id(pair) or pair.outer.kind is not Kind.STRING:
        return None
    if not _BLIND.search(pair.inner.collation or ""):
        return GOOD
    what = f"{pair.subject} does not tell case, and {pair.there} does"
    return told("DM060", what, f"its collation is {pair.inner.collation}")


def width(pair: Pair) -> Answer:
    """DM031: an integer has room. What no schema gives a width for passes, but for its examples."""
    if not (pair.inner.kind is Kind.INTEGER is pair.outer.kind):
        return None
    outer = pair.known.whole("bits") or pair.outer.bits
    inner = pair.inner.bits
    source = pair.known.source("bits") if pair.outer.bits is None else None
    if pair.sending:
        if outer is None or inner is None or inner <= outer:
            return GOOD
        what = f"{pair.subject} may be wider than {pair.there} ({outer} bits)"
        return told("DM031", what, detail=outer, source=source)
    if inner is not None and pair.seen.largest >= 1 << (inner - 1):
        what = f"{pair.there} may be wider than {pair.subject}"
        return told("DM031", what, f"{pair.subject} has {inner} bits, an example needs more")
    if inner is None or outer is None or outer <= inner:
        return GOOD
    what = f"{pair.there} ({outer} bits) may be wider than {pair.subject}"
    return told("DM031", what, f"{pair.subject} has {inner} bits", detail=outer, source=source)


def digits(pair: Pair) -> Answer:
    """DM032: a decimal's places are kept, where both say how many."""
    inner, outer = pair.inner.scale, pair.outer.scale
    if outer is None or pair.inner.kind is not Kind.DECIMAL:
        return None
    if inner is None:
        return GOOD
    first, second = (inner, outer) if pair.sending else (outer, inner)
    if first <= second:
        return GOOD
    more, fewer = (pair.subject, pair.there) if pair.sending else (pair.there, pair.subject)
    return told("DM032", f"{more} may have more decimal places than {fewer}", detail=outer)


def entries(pair: Pair) -> tuple[Answer, ...]:
    """DM070 and DM071: a map of ours is as small as theirs, and its keys are as plain."""
    most, key, value = (pair.known.whole(w) for w in ("most_keys", "key_len", "value_len"))
    refused = pair.known.text("not_in_keys")
    if not pair.sending or pair.inner.kind is not Kind.OBJECT:
        return ()
    answers: list[Answer] = []
    if most is not None:
        bounds = f"{most} keys of {key}, values of {value}"
        what = f"{pair.subject} is not bounded as {pair.there} is ({bounds})"
        source = pair.known.source("most_keys")
        answers.append(told("DM070", what, detail=bounds, source=source))
    if refused:
        what = (
            f"{pair.subject} may have keys with {' or '.join(refused)}, which {pair.there} refuses"
        )
        answers.append(told("DM071", what, detail=refused, source=pair.known.source("not_in_keys")))
    return tuple(answers)
