"""Which loops ask again, which walk over pages without an end, and what is only a loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.check.declared import pages
from bridgewright.engineer.check.retries import loops, silence
from bridgewright.engineer.check.source import source

if TYPE_CHECKING:
    from tests.engineer.check.conftest import Inspect

HEADS = ("while True", "for attempt in range(5)", "for _ in itertools.count()", "while tries < 3")
GOOD = ("return client.post(order)", "client.post(order)\n            break")
AGAIN = ("continue", "pass", "time.sleep(1)", "logger.info('again')", "tries += 1")


@given(st.sampled_from(HEADS), st.sampled_from(GOOD), st.sampled_from(AGAIN))
def test_a_loop_that_leaves_when_it_went_well_and_not_when_it_failed_asks_again(
    head: str, good: str, again: str
) -> None:
    tried = f"        try:\n            {good}\n        except OSError:\n            {again}\n"
    text = f"def f():\n    {head}:\n{tried}"
    assert [loop.lineno for loop in loops.repeating(ast.parse(text))] == [2]


def test_one_handler_that_goes_on_is_enough_to_ask_again() -> None:
    caught = "    except A:\n        raise\n    except B:\n        pass\n"
    text = f"while True:\n    try:\n        return get()\n{caught}"
    body = "".join(f"    {line}\n" for line in text.splitlines())
    assert len(list(loops.repeating(ast.parse(f"def f():\n{body}")))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "for each in numbers:\n    try:\n        delete(each)\n    except E:\n        bad.append(each)\n",
        "for secret in secrets:\n    try:\n        return open(secret)\n    except E:\n        continue\n",
        "while True:\n    try:\n        item = get()\n    except Empty:\n        continue\n    f(item)\n",
        "while True:\n    try:\n        return client.get(x)\n    except E:\n        raise\n",
        "for _ in range(3):\n    client.get(x)\n",
        "try:\n    client.get(x)\nexcept E:\n    client.get(y)\n",
    ],
)
def test_a_loop_that_asks_for_each_thing_once_does_not_ask_again(text: str) -> None:
    body = "".join(f"    {line}\n" for line in text.splitlines())
    assert list(loops.repeating(ast.parse(f"def f():\n{body}"))) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (
            "import tenacity\n@tenacity.retry(stop=tenacity.stop_after_attempt(3))\ndef f(): ...\n",
            1,
        ),
        ("from stamina import retry_context\nfor a in retry_context(on=E): ...\n", 1),
        ("import backoff\n@backoff.on_exception(backoff.expo, E)\ndef f(): ...\n", 1),
        ("from urllib3.util import Retry\nRetry(total=3)\n", 1),
        ("from urllib3.util import Retry\nRetry(total=0)\n", 0),
        ("from urllib3.util import Retry\nRetry(False)\n", 0),
        ("def retry(f): ...\n@retry\ndef f(): ...\n", 0),
    ],
)
def test_a_library_that_asks_again_is_known_by_what_was_imported(text: str, count: int) -> None:
    assert len(list(loops.libraries(source(ast.parse(text))))) == count


@given(
    st.sampled_from(
        ["uuid.uuid4()", "str(uuid.uuid4())", "uuid.uuid4().hex", "secrets.token_hex(16)"]
    )
)
def test_a_key_is_to_be_made_before_the_first_attempt(made: str) -> None:
    sent = "            return client.post('/orders', headers={'Idempotency-Key': key})\n"
    inside = f"        key = {made}\n        try:\n{sent}        except E:\n            continue\n"
    again = "        except E:\n            continue\n"
    before = f"    key = {made}\n    for _ in range(3):\n        try:\n{sent}{again}"
    start = "import secrets, uuid\ndef f():\n"
    assert list(loops.keys_made_anew(source(ast.parse(f"{start}    for _ in range(3):\n{inside}"))))
    assert not list(loops.keys_made_anew(source(ast.parse(start + before))))


@pytest.mark.parametrize(
    ("handler", "silent"),
    [
        ("except Exception:\n    pass\n", True),
        ("except:\n    logger.exception('no')\n", True),
        ("except (ValueError, Exception):\n    return None\n", True),
        ("except Exception as error:\n    logger.warning('no: %s', error)\n", True),
        ("except Exception as error:\n    failed.append(error)\n", False),
        ("except Exception as error:\n    raise AcmeError from error\n", False),
        ("except Exception:\n    close()\n    raise\n", False),
        ("except ValueError:\n    return None\n", False),
    ],
)
def test_a_broad_handler_has_to_hand_on_what_it_caught(handler: str, silent: bool) -> None:  # noqa: FBT001
    body = "".join(f"    {line}\n" for line in f"try:\n    call()\n{handler}".splitlines())
    assert bool(list(silence.swallowed(ast.parse(f"def f():\n{body}")))) is silent


WALK = """def orders(client):
    token, seen, pages = "", set(), 0
    while {test}:
{first}        page = client.get("/orders", params={{"page_token": token}})
        yield from page["orders"]
        token = page.get("next")
{last}"""
ENDS = ("        if not token:\n            return\n", "")


@given(
    test=st.sampled_from(["True", "token", "token is not None", "1"]), last=st.sampled_from(ENDS)
)
def test_a_walk_that_only_the_provider_ends_is_endless(test: str, last: str) -> None:
    assert list(pages.endless(ast.parse(WALK.format(test=test, first="", last=last))))


@given(
    guard=st.sampled_from(
        [
            ("pages < 100", "", ""),
            ("token not in seen", "        seen.add(token)\n", ""),
            (
                "True",
                "",
                "        if token in seen:\n            raise RuntimeError\n        seen.add(token)\n",
            ),
            ("True", "        pages += 1\n", "        if pages >= 100:\n            break\n"),
            (
                "True",
                "        pages += 1\n",
                "        if pages == MOST_PAGES:\n            break\n",
            ),
        ]
    )
)
def test_a_count_or_a_memory_of_tokens_ends_a_walk(guard: tuple[str, str, str]) -> None:
    test, first, last = guard
    assert not list(pages.endless(ast.parse(WALK.format(test=test, first=first, last=last))))


def test_what_an_integration_may_not_its_application_may(inspected: Inspect) -> None:
    text = "from tenacity import retry\n\n\n@retry\ndef f(): ...\n"
    assert inspected({"app/files.py": text}) == ()
    assert [each.code for each in inspected({"integrations/acme/f.py": text})] == ["BW501"]
