"""What nobody sees is taken out of a text, and what is seen stays."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.guidance.visible import visible

TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
ODD = st.sampled_from(
    "a1#\u0628\u0915\u200b\u200c\u200d\u202e\u20e3\ufe0f\U0001f600\U0001f3fd\ud800\0\n\r"
)


@pytest.mark.parametrize(
    ("text", "seen", "count"),
    [
        ("Mend it.", "Mend it.", 0),
        (f"Mend it.{TAGS}", "Mend it.", 4),
        ("Me\u200bnd \u2060it\ufeff.", "Mend it.", 3),
        ("user\u202egnp.exe\u202c", "usergnp.exe", 2),
        ("a\ufe0f\ufe00\U000e0101b", "ab", 3),
        ("so\xadft, \u3164 and \u034fx", "soft,  and x", 3),
        ("\x1b[8mhidden\x1b[0m\x08", "[8mhidden[0m", 3),
        ("half \ud83d of one", "half  of one", 1),
        ("one\r\ntwo\tthree\x0c", "one\r\ntwo\tthree\x0c", 0),
        ("\u26a0\ufe0f careful 1\ufe0f\u20e3", "\u26a0\ufe0f careful 1\ufe0f\u20e3", 0),
        (
            "\U0001f469\U0001f3fd\u200d\U0001f4bb \u2764\ufe0f\u200d\U0001f525",
            "\U0001f469\U0001f3fd\u200d\U0001f4bb \u2764\ufe0f\u200d\U0001f525",
            0,
        ),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            0,
        ),
        ("\u26a0\ufe0f\ufe0f\ufe0f", "\u26a0\ufe0f", 2),
        ("a\ufe0f\u200d\U0001f600", "a\U0001f600", 2),
    ],
)
def test_hidden_characters_are_taken_out_and_counted(text: str, seen: str, count: int) -> None:
    assert visible(text) == (seen, count)


@given(st.text(ODD) | st.text())
def test_a_second_time_finds_nothing_and_nothing_visible_is_lost(text: str) -> None:
    seen, count = visible(text)
    assert visible(seen) == (seen, 0)
    assert len(seen) + count == len(text)
    shown = {"L", "N", "P", "S", "Z"}
    fillers = "\u115f\u1160\u3164\uffa0"
    for letter in text:
        if unicodedata.category(letter)[0] in shown and letter not in fillers:
            assert seen.count(letter) == text.count(letter)
    seen.encode("utf-8")


@pytest.mark.slow
def test_of_the_characters_of_format_only_those_with_ink_stay() -> None:
    letters = map(chr, range(sys.maxunicode + 1))
    kept = [
        each for each in letters if unicodedata.category(each) == "Cf" and visible(each)[1] == 0
    ]
    names = {unicodedata.name(each).partition(" ")[0] for each in kept}
    assert names == {"ARABIC", "SYRIAC", "KAITHI"}, kept
