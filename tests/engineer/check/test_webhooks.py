"""On which ways through a function a webhook is verified, and what is wrong when it is not on all."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.check.rule import Verdict
from bridgewright.engineer.check.source import source
from bridgewright.engineer.check.webhooks import endpoints

if TYPE_CHECKING:
    from tests.engineer.check.conftest import Inspect

CHECKED = "if not hmac.compare_digest(expected(body), request.headers['Acme-Signature']):\n    abort(401)\n"
NEUTRAL = (
    "{}",
    "with lock:\n{}",
    "try:\n{}\nfinally:\n    close()\n",
    "if known(body):\n{}\nelse:\n{}",
    "for _ in [1]:\n    note()\n{}",
    "try:\n    note()\nexcept OSError:\n    raise\n{}",
)
PASSING = (
    "if request.headers.get('Acme-Signature'):\n{}",
    "if SECRET:\n{}",
    "for secret in secrets:\n{}",
    "try:\n{}\nexcept Exception:\n    note()\n",
    "if debug:\n    pass\nelse:\n{}",
    "while waiting():\n{}",
)


def handler(*lines: str) -> str:
    body = textwrap.indent("".join(lines), "    ")
    head = (
        'import hmac\n\n\n@app.post("/webhooks/acme")\ndef acme():\n    body = request.get_data()\n'
    )
    return f'{head}{body}    put(body)\n    return "", 204\n'


def wrapped(form: str, text: str) -> str:
    """A text in a frame. A line of a frame that is a place for it and follows a colon indents it."""
    lines = []
    for before, line in zip(["", *form.split("\n")], form.split("\n"), strict=False):
        inside = "    " if before.endswith(":") else ""
        lines.append(textwrap.indent(text, inside) if line == "{}" else f"{line}\n")
    return "".join(lines)


def codes(text: str) -> set[str]:
    made = source(ast.parse(text))
    names = frozenset({"acme"})
    looks = {
        "BW401": endpoints.unverified(made, names),
        "BW402": endpoints.unequal(made),
        "BW403": endpoints.conditional(made, names),
        "BW404": endpoints.parsed_early(made, names),
        "BW405": endpoints.ageless(made),
        "BW406": endpoints.working(made, names),
    }
    return {code for code, found in looks.items() if list(found)}


@given(frames=st.lists(st.sampled_from(NEUTRAL), max_size=4))
def test_however_it_is_wrapped_a_check_on_every_way_is_enough(frames: list[str]) -> None:
    text = CHECKED
    for frame in frames:
        text = wrapped(frame, text)
    assert codes(handler(text)) == set()


@given(
    inner=st.lists(st.sampled_from(NEUTRAL), max_size=2),
    frame=st.sampled_from(PASSING),
    outer=st.lists(st.sampled_from(NEUTRAL[:3]), max_size=2),
)
def test_however_it_is_wrapped_a_way_past_the_check_is_found(
    inner: list[str], frame: str, outer: list[str]
) -> None:
    text = CHECKED
    for each in (*inner, frame, *outer):
        text = wrapped(each, text)
    if frame.startswith("try:"):
        text = text.replace("abort(401)", 'raise ValueError("no")')
    assert codes(handler(text)) == {"BW403"}


@pytest.mark.parametrize(
    "check",
    [
        "ok = hmac.compare_digest(a, b)\nif not ok:\n    abort(401)\n",
        "ok = False\nif SECRET:\n    ok = hmac.compare_digest(a, b)\nif not ok:\n    abort(401)\n",
        "if not any(hmac.compare_digest(a, each) for each in signatures):\n    abort(401)\n",
        "for each in secrets:\n    if hmac.compare_digest(a, each):\n        break\nelse:\n    abort(401)\n",
        "if not signature or not hmac.compare_digest(a, b):\n    return 'no', 401\n",
        "if signature and hmac.compare_digest(a, b):\n    pass\nelse:\n    raise Unauthorized\n",
        "assert hmac.compare_digest(a, b)\n",
        "if not hmac.compare_digest(a, b):\n    reject_request()\n",
        "if request.method == 'GET':\n    return a\nif not hmac.compare_digest(a, b):\n    abort(401)\n",
        "event = stripe.Webhook.construct_event(body, header, secret)\n",
        "verify_webhook(request)\n",
        "verify_signature(body)\n",
    ],
)
def test_these_ways_to_verify_are_known(check: str) -> None:
    assert "BW403" not in codes(handler(check))
    assert "BW401" not in codes(handler(check))


@pytest.mark.parametrize(
    "check",
    [
        "hmac.compare_digest(a, b)\n",
        "ok = hmac.compare_digest(a, b)\nif not ok:\n    note()\n",
        "ok = hmac.compare_digest(a, b)\nok = 'yes'\nif not ok:\n    abort(401)\n",
        "ok = True\nif SECRET:\n    ok = hmac.compare_digest(a, b)\nif not ok:\n    abort(401)\n",
        "if signature and not hmac.compare_digest(a, b):\n    abort(401)\n",
        "if debug or hmac.compare_digest(a, b):\n    pass\nelse:\n    abort(401)\n",
        "if hmac.compare_digest(a, b):\n    abort(401)\n",
    ],
)
def test_these_look_like_a_check_and_are_none(check: str) -> None:
    assert codes(handler(check)) == {"BW403"}


def test_whom_the_request_is_handed_to_may_verify_it_and_that_is_not_decided(
    inspected: Inspect,
) -> None:
    text = (
        "from app.inbound import handle\n\n\n"
        '@app.post("/webhooks/acme")\ndef acme(request):\n    return handle(request)\n'
    )
    found = inspected({"app/hooks.py": text})
    assert [(each.code, each.verdict) for each in found] == [("BW401", Verdict.UNKNOWN)]


def test_a_decorator_that_is_not_seen_may_verify_and_that_is_not_decided(
    inspected: Inspect,
) -> None:
    text = (
        "from app.guards import guarded\n\n\n"
        '@app.post("/webhooks/acme")\n@guarded\ndef acme():\n    put(request.get_json())\n'
    )
    found = inspected({"app/hooks.py": text})
    assert [(each.code, each.verdict) for each in found] == [("BW401", Verdict.UNKNOWN)]


@pytest.mark.parametrize(
    "expression",
    [
        "not hmac.new(key, body, 'sha256').hexdigest() != given",
        "'v0=' + hmac.new(key, body, 'sha256').hexdigest() == given",
        "base64.b64encode(hmac.digest(key, body, 'sha256')).decode() in given",
        "hashlib.sha256(secret + body).hexdigest() == given",
        "self._sign(body) == given",
    ],
)
def test_a_digest_made_with_a_secret_is_not_compared_by_an_operator(expression: str) -> None:
    head = "import base64, hashlib, hmac\n\n\ndef valid(self, body, given, key, secret):\n"
    text = f"{head}    return {expression}\n"
    assert codes(text) == {"BW402"}


@pytest.mark.parametrize(
    "expression",
    [
        "hashlib.sha256(body).hexdigest() == given",
        "len(hmac.new(key, body, 'sha256').hexdigest()) == len(given)",
        "hmac.compare_digest(hmac.new(key, body, 'sha256').hexdigest(), given)",
        "hmac.new(key, body, 'sha256').name == 'hmac-sha256'",
    ],
)
def test_what_holds_no_secret_may_be_compared_by_an_operator(expression: str) -> None:
    text = f"import hashlib, hmac\n\n\ndef valid(body, given, key):\n    return {expression}\n"
    assert codes(text) == set()


def test_tests_of_webhooks_may_compare_as_they_like(inspected: Inspect) -> None:
    text = "import hmac\n\n\ndef test_it():\n    assert hmac.new(b'k', b'', 'sha256').hexdigest() == given\n"
    assert inspected({"tests/test_signing.py": text}) == ()


GUARD = """import hmac
from fastapi import Depends


def guard({given}):
{inside}    if not hmac.compare_digest(a, b):
        abort(401)
{after}

@app.post("/webhooks/acme"{route})
{decorated}def acme(body{parameter}):
    put(body)
"""


@pytest.mark.parametrize(
    "places",
    [
        {"parameter": "=Depends(guard)"},
        {"route": ", dependencies=[Depends(guard)]"},
        {"decorated": "@guard\n"},
    ],
    ids=lambda places: next(iter(places)),
)
def test_what_a_framework_runs_first_may_verify(places: dict[str, str]) -> None:
    parts = {
        "given": "body",
        "inside": "",
        "after": "",
        "route": "",
        "decorated": "",
        "parameter": "",
    }
    assert codes(GUARD.format(**parts)) == {"BW401"}
    assert codes(GUARD.format(**{**parts, **places})) == set()


@pytest.mark.parametrize("tolerance", ["None", "0"])
def test_a_tolerance_that_is_switched_off_is_seen(tolerance: str) -> None:
    call = f"event = stripe.Webhook.construct_event(body, header, secret, tolerance={tolerance})\n"
    assert codes(handler(call)) == {"BW405"}
    assert codes(handler(call.replace(tolerance, "300"))) == set()


def test_a_field_that_is_looked_for_among_others_is_no_digest() -> None:
    body = "    made = self._sign(body)\n    return [n for n in ALL if n not in made]\n"
    assert codes(f"def valid(self, body):\n{body}") == set()


@pytest.mark.parametrize(
    "check",
    [
        "if not hmac.compare_digest(a, b):\n    logger.warning('no')\n    return {'status': 'invalid'}\n",
        "if not signature or not hmac.compare_digest(a, b):\n    return jsonify(error='no')\n",
        "if hmac.compare_digest(a, b):\n    put(body)\n    return 'ok'\nreturn 'Who are you?'\n",
        "if hmac.compare_digest(a, b):\n    put(body)\nelse:\n    return HttpResponse()\n",
    ],
)
def test_an_answer_to_a_wrong_signature_may_say_anything(check: str) -> None:
    assert codes(handler(check)) == set()


@pytest.mark.parametrize(
    "check",
    [
        "if not hmac.compare_digest(a, b):\n    put(body)\n    return 'ok'\n",
        "if not hmac.compare_digest(a, b):\n    return handle(body)\n",
        "if not hmac.compare_digest(a, b):\n    logger.warning('no')\n",
    ],
)
def test_what_is_done_with_a_wrong_signature_is_found(check: str) -> None:
    assert codes(handler(check)) == {"BW403"}


REGISTERED = {
    "a view": "class StripeWebhook(View):\n    def post(self, request):\n        put(request)\n",
    "a view of REST": "class Hooks(APIView):\n    def post(self, request):\n        put(request.data)\n",
    "a rule": "def got():\n    put()\napp.add_url_rule('/hooks', view_func=got, methods=['POST'])\n",
    "aiohttp": "async def got(request):\n    put()\napp.router.add_post('/hooks', got)\n",
    "Starlette": "async def got(request):\n    put()\nALL = [Route('/hooks', got, methods=['POST'])]\n",
    "Django": "@require_POST\n@csrf_exempt\ndef got(request):\n    put()\n",
}


@pytest.mark.parametrize("form", REGISTERED)
def test_a_function_answers_webhooks_however_it_is_registered(form: str) -> None:
    text = REGISTERED[form]
    assert codes(text.replace("put(request)", "put(request.body)")) == {"BW401"}
    checked = (
        "verify_signature(body)\n        put"
        if "class" in text
        else "verify_signature(body)\n    put"
    )
    assert codes(text.replace("put", checked)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "class Orders(View):\n    def post(self, request):\n        put(request.body)\n",
        "def got():\n    put()\napp.add_url_rule('/hooks', view_func=got)\n",
        "@app.get('/webhooks')\ndef got():\n    put()\n",
    ],
)
def test_what_is_no_webhook_is_let_be(text: str) -> None:
    assert codes(text) == set()
