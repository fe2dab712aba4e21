"""What the model is told of what was long ago."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.loop.conversation import chars, fitted
from bridgewright.engineer.models.words import Message, Role, ToolCall

WRITTEN = "x" * 5_000


def exchange(number: int, given_chars: int, answered: int) -> list[Message]:
    call = ToolCall(f"call_{number}", "write", {"path": f"p{number}", "text": "x" * given_chars})
    result = Message(Role.TOOL, "y" * answered, call_id=call.id)
    return [Message(Role.ASSISTANT, "", (call,)), result]


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), max_size=30))
def test_it_fits_as_far_as_texts_can_be_left_out_and_no_message_goes(
    sizes: list[tuple[int, int]],
) -> None:
    said = [each for n, size in enumerate(sizes) for each in exchange(n, *size)]
    kept = fitted(said, 20_000)
    assert [(each.role, each.call_id) for each in kept] == [
        (each.role, each.call_id) for each in said
    ]
    assert kept[-6:] == tuple(said[-6:])
    bound = 20_000 + sum(map(chars, said[-6:])) + 600 * len(said)
    assert sum(map(chars, kept)) <= bound
    if sum(map(chars, said)) <= 20_000:
        assert kept == tuple(said)


def test_what_a_call_gave_long_ago_is_left_out_too_and_its_name_stays() -> None:
    said = [each for n in range(20) for each in exchange(n, 50_000, 10)]
    first = fitted(said, 100_000)[0].calls[0]
    assert first.arguments["path"] == "p0"
    assert "left out" in first.arguments["text"]
