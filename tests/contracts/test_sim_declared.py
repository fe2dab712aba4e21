"""A provider that only its OpenAPI document describes: it does what that says, and no more."""

from __future__ import annotations

import copy
import json
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.declared.paper import load
from bridgewright.simulate.declared.patterns import is_tame
from bridgewright.simulate.declared.simulator import DeclaredSimulator
from bridgewright.simulate.dispatch import Endpoint
from bridgewright.simulate.simulator import UnknownTriggerError
from tests.contracts.parcels import document
from tests.contracts.promises import keeps
from tests.contracts.slack_app import an_app
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEARER = {"authorization": "Bearer t"}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_800_000_000.0)


@pytest.fixture
def simulator(clock: VirtualClock) -> Iterator[DeclaredSimulator]:
    with DeclaredSimulator(document(), clock) as simulator:
        yield simulator


@pytest.fixture
def client(simulator: DeclaredSimulator) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=simulator.start(), headers=BEARER) as client:
        yield client


def test_a_thing_is_made_read_changed_replaced_and_taken_away(
    client: httpx2.Client, clock: VirtualClock
) -> None:
    made = client.post("/parcels", json={"weight_g": 700, "to": "Ada"})
    assert made.status_code == 201
    assert made.json() == {
        "id": "parcel_00000001",
        "created_at": "2027-01-15T08:00:00Z",
        "weight_g": 700,
        "state": "new",
        "to": "Ada",
    }
    place = f"/parcels/{made.json()['id']}"
    assert client.get(place).json() == made.json()
    clock.advance(60)
    changed = client.patch(place, json={"state": "sent"}).json()
    assert changed == made.json() | {"state": "sent"}
    replaced = client.put(place, json={"weight_g": 1}).json()
    assert replaced == {k: v for k, v in made.json().items() if k != "to"} | {"weight_g": 1}
    assert client.delete(place).status_code == 204
    gone = client.get(place)
    assert (gone.status_code, gone.headers["content-type"]) == (404, "application/problem+json")


def test_a_list_is_filtered_and_paged_and_holds_everything_once(client: httpx2.Client) -> None:
    for number in range(5):
        client.post(
            "/parcels", json={"weight_g": number + 1, "state": "sent" if number % 2 else "new"}
        )
    seen, cursor = [], None
    while True:
        page = client.get(
            "/parcels", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += [each["weight_g"] for each in page["items"]]
        assert page["total"] == 5
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [1, 2, 3, 4, 5]
    sent = client.get("/parcels", params={"state": "sent"}).json()
    assert [each["weight_g"] for each in sent["items"]] == [2, 4]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "wrong"),
    [
        ("POST", "/parcels", {"json": {}}, 422, ("body", "")),
        ("POST", "/parcels", {"json": {"weight_g": "heavy"}}, 422, ("body", "/weight_g")),
        ("POST", "/parcels", {"json": {"weight_g": 1, "x": 1}}, 422, ("body", "")),
        ("POST", "/parcels", {"json": {"weight_g": 1, "inside": [{}]}}, 422, ("body", "/inside/0")),
        ("POST", "/parcels", {}, 400, ("body", "")),
        (
            "POST",
            "/parcels",
            {"content": b"{", "headers": {"content-type": "application/json"}},
            400,
            ("body", ""),
        ),
        ("GET", "/parcels", {"params": {"limit": "many"}}, 400, ("query", "limit")),
        ("GET", "/parcels", {"params": {"limit": "0"}}, 400, ("query", "limit")),
        ("GET", "/parcels", {"params": {"state": "lost"}}, 400, ("query", "state")),
        ("GET", "/parcels", {"params": {"cursor": "unheard-of"}}, 400, ("query", "cursor")),
        ("GET", "/parcels/" + "x" * 41, {}, 400, ("path", "parcel-id")),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(  # noqa: PLR0913 - one of each
    client: httpx2.Client,
    method: str,
    path: str,
    sent: dict[str, Any],
    status: int,
    wrong: tuple[str, str],
) -> None:
    answer = client.request(method, path, **sent)
    assert answer.status_code == status
    assert (answer.json()["errors"][0]["in"], answer.json()["errors"][0]["place"]) == wrong
    assert "heavy" not in answer.text


def test_what_the_document_does_not_tell_is_501(client: httpx2.Client) -> None:
    assert client.get("/parcels", params={"sort": "weight"}).status_code == 501
    assert client.get("/labels").status_code == 501
    assert client.get("/unheard").status_code == 501
    assert client.get("/rates").json() == {"EUR": 1}
    assert client.get("/health").json() == {"up": True}


@pytest.mark.slow
def test_credentials_are_looked_for_as_declared(simulator: DeclaredSimulator) -> None:
    url = simulator.start()
    assert httpx2.get(f"{url}/parcels").status_code == 401
    assert httpx2.get(f"{url}/parcels", headers={"x-api-key": "k"}).status_code == 200
    assert httpx2.get(f"{url}/parcels", headers={"authorization": "Basic eDp5"}).status_code == 401
    assert httpx2.get(f"{url}/rates").status_code == 200


def test_a_key_gives_the_first_answer_again_for_a_day(
    client: httpx2.Client, clock: VirtualClock, simulator: DeclaredSimulator
) -> None:
    key = {"idempotency-key": "k"}
    first, second = (client.post("/parcels", json={"weight_g": 1}, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert client.post("/parcels", json={"weight_g": 2}, headers=key).status_code == 422
    clock.advance(86_400)
    assert client.post("/parcels", json={"weight_g": 1}, headers=key).json() != first.json()
    assert len(simulator.state()["/parcels"]) == 2


def test_a_lost_answer_is_a_fault_like_everywhere(
    client: httpx2.Client, simulator: DeclaredSimulator
) -> None:
    simulator.stand.faults.on("parcels.createParcel").first(1).lose_response()
    with pytest.raises(httpx2.RemoteProtocolError):
        client.post("/parcels", json={"weight_g": 1})
    assert len(simulator.state()["/parcels"]) == 1


def test_a_webhook_is_told_as_declared_and_signed_as_standard_webhooks_verifies() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    with an_app() as app, DeclaredSimulator(document()) as simulator:
        simulator.start()
        simulator.dispatch.put(Endpoint("shop", app.url, secrets=(Secret(secret),)))
        told = simulator.trigger("parcel.delivered", {"data.weight_g": "7", "data.to": "Ada"})
        assert app.told(1) == [told]
        heard = app.heard[0]
    assert (told["data"]["weight_g"], told["data"]["to"]) == (7, "Ada")
    assert heard.header("webhook-id") == "msg_0000000000000001"
    assert Webhook(secret).verify(heard.body, dict(heard.headers)) == told


@pytest.mark.parametrize(
    ("name", "overrides", "says"),
    [
        ("parcel.lost", {}, "what can: parcel.delivered"),
        ("parcel.delivered", {"data.colour": "red"}, r"it takes data\.created_at"),
        ("parcel.delivered", {"data.weight_g": "heavy"}, "is to be integer"),
    ],
)
def test_an_event_that_is_not_declared_is_not_told(
    simulator: DeclaredSimulator, name: str, overrides: dict[str, str], says: str
) -> None:
    with pytest.raises(UnknownTriggerError, match=says):
        simulator.trigger(name, overrides)


def test_the_desk_shows_the_document_that_was_given(simulator: DeclaredSimulator) -> None:
    simulator.start()
    assert httpx2.get(f"{simulator.stand.url}/_sim/openapi.json").json() == document()


def older() -> dict[str, Any]:
    """Things below things, in the dialect of OpenAPI 3.0."""
    note = {"$ref": "#/components/schemas/Note"}
    where = {"name": "userId", "in": "path", "required": True, "schema": {"type": "integer"}}
    ok = {"200": {"description": "", "content": {"application/json": {"schema": note}}}}
    listed = {"type": "array", "items": note}
    user = {
        "type": "object",
        "properties": {"userId": {"type": "integer"}, "name": {"type": "string", "nullable": True}},
    }
    users = {"200": {"description": "", "content": {"application/json": {"schema": user}}}}
    taken = {"content": {"application/json": {"schema": note}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Notes", "version": "1"},
        "paths": {
            "/users": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": user}}},
                    "responses": users,
                }
            },
            "/users/{userId}": {
                "parameters": [where],
                "get": {"responses": users},
                "delete": {"responses": {"204": {"description": ""}}},
            },
            "/users/{userId}/notes": {
                "parameters": [where],
                "post": {"requestBody": taken, "responses": ok},
                "get": {
                    "responses": {
                        "200": {
                            "description": "",
                            "content": {"application/json": {"schema": listed}},
                        }
                    }
                },
            },
            "/users/{userId}/notes/{id}": {
                "parameters": [
                    where,
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "format": "uuid"},
                    },
                ],
                "get": {"responses": ok},
            },
        },
        "components": {
            "schemas": {
                "Note": {
                    "type": "object",
                    "required": ["id", "text"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid", "readOnly": True},
                        "text": {"type": "string", "pattern": "^(a+)+$"},
                        "rank": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
                    },
                }
            }
        },
    }


def test_things_below_things_go_with_what_holds_them() -> None:
    with (
        DeclaredSimulator(older()) as simulator,
        httpx2.Client(base_url=simulator.start()) as client,
    ):
        assert client.post("/users/1/notes", json={"text": "a"}).status_code == 404
        assert client.post("/users", json={"name": None}).json()["userId"] == 1
        note = client.post("/users/1/notes", json={"text": "a", "rank": 1}).json()
        assert client.get(f"/users/1/notes/{note['id']}").json() == note
        assert client.post("/users/1/notes", json={"text": "a", "rank": 0}).status_code == 422
        assert client.get("/users/1/notes").json() == [note]
        assert client.get("/users/one/notes").status_code == 400
        assert client.delete("/users/1").status_code == 204
        assert client.get("/users/1/notes").status_code == 404
        assert simulator.state() == {"/users": {}}
        assert simulator.unchecked == ("/components/schemas/Note/properties/text/pattern",)


def with_schema(schema: Any, **schemas: Any) -> dict[str, Any]:
    changed = document()
    changed["components"]["schemas"] |= {"Strange": schema, **schemas}
    return changed


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"openapi": "2.0", "info": {}, "paths": {}}, "3.0 and 3.1"),
        ({"swagger": "2.0"}, "3.0 and 3.1"),
        (with_schema({"$ref": "https://example.org/x.json"}), "outside of the document"),
        (with_schema({"$ref": "other.json#/x"}), "outside of the document"),
        (with_schema({"$id": "https://example.org"}), r"\$id"),
        (with_schema({"allOf": [{"$ref": "#/components/schemas/Strange"}]}), "made of itself"),
        (
            with_schema(
                {"allOf": [{"$ref": "#/components/schemas/S1"}] * 2},
                **{
                    f"S{n}": {"anyOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 2}
                    for n in range(1, 20)
                },
            ),
            "made of more than",
        ),
        (with_schema({"default": object()}), "which JSON has not"),
    ],
)
def test_a_document_that_cannot_be_used_says_why(content: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        DeclaredSimulator(content)


@pytest.mark.slow
def test_a_document_too_deep_or_too_large_is_refused(tmp_path: Path) -> None:
    deep: Any = {}
    for _ in range(100):
        deep = {"x": deep}
    with pytest.raises(ConfigurationError, match="levels deep"):
        load(with_schema(deep))
    bomb = tmp_path / "bomb.yaml"
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    bomb.write_text("\n".join(["openapi: 3.1.0", "info: {}", *lines]))
    with pytest.raises(ConfigurationError, match="values"):
        load(bomb)


def test_a_document_is_read_from_json_and_yaml(tmp_path: Path) -> None:
    plain = tmp_path / "parcels.json"
    plain.write_text(json.dumps(document()))
    assert load(plain).content == document()
    yaml = tmp_path / "parcels.yaml"
    yaml.write_text("openapi: 3.0.3\ninfo: {title: T, version: 2026-11-01}\npaths: {}\n")
    assert load(yaml).content["info"]["version"] == "2026-11-01"
    evil = tmp_path / "evil.yaml"
    evil.write_text("openapi: !!python/object/apply:os.system ['true']\n")
    with pytest.raises(ConfigurationError):
        load(evil)


@pytest.mark.parametrize(
    ("pattern", "tame"),
    [
        ("^[a-z]+$", True),
        (r"^\d{3}-\d{4}$", True),
        ("^(a+)+$", False),
        ("^(a|a)*$", False),
        ("a*a*a*b", False),
        ("(", False),
        ("x" * 501, False),
    ],
)
def test_only_patterns_that_end_soon_are_tried(pattern: str, *, tame: bool) -> None:
    assert is_tame(pattern) is tame


def promised(examples: int) -> None:
    with DeclaredSimulator(document(), VirtualClock()) as simulator:
        url = simulator.start()
        assert keeps(url, document(), examples, BEARER) == 9


@pytest.mark.slow
def test_the_six_operations_keep_what_their_document_promises() -> None:
    promised(tries(60))


NAMES = st.sampled_from(["id", "name", "size", "kind", "created_at", "self"])
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.just({"type": "string"}),
        st.just({"type": "string", "format": "date-time"}),
        st.builds(lambda n: {"type": "integer", "minimum": n}, st.integers(-5, 5)),
        st.builds(
            lambda n: {"type": "string", "minLength": n, "maxLength": n + 3}, st.integers(0, 9)
        ),
        st.builds(
            lambda v: {"enum": v},
            st.lists(st.integers() | st.text(max_size=3), min_size=1, max_size=3),
        ),
        st.just({"$ref": "#/components/schemas/Thing"}),
        st.just({"type": ["boolean", "null"], "readOnly": True}),
    ),
    lambda inner: st.one_of(
        st.builds(lambda s: {"type": "array", "items": s}, inner),
        st.builds(
            lambda p, r: {"type": "object", "properties": p, "required": sorted(set(r) & set(p))},
            st.dictionaries(NAMES, inner, max_size=4),
            st.lists(NAMES, max_size=4),
        ),
        st.builds(lambda a: {"anyOf": a}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(
    thing=SCHEMAS,
    new=SCHEMAS,
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=8,
    ),
)
@settings(max_examples=tries(100), deadline=None)
def test_whatever_a_document_declares_is_kept_or_refused(thing: Any, new: Any, value: Any) -> None:
    declared = document()
    declared["components"]["schemas"] |= {"Thing": thing, "Parcel": thing, "NewParcel": new}
    try:
        simulator = DeclaredSimulator(copy.deepcopy(declared))
    except ConfigurationError:
        return
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    with simulator, httpx2.Client(base_url=simulator.start(), headers=BEARER) as client:
        made = client.post("/parcels", json=value)
        assert made.status_code in {201, 400, 422, 501}
        whole = {"$ref": "#/components/schemas/Parcel", "components": declared["components"]}
        if made.status_code == 201:
            assert Draft202012Validator(whole).is_valid(made.json())
            for each in simulator.state().get("/parcels", {}):
                assert client.get(f"/parcels/{each}").json() == made.json()
        else:
            assert not simulator.state().get("/parcels"), "what is refused leaves nothing"
        event(f"answered {made.status_code}")
        assert client.get("/parcels").status_code in {200, 501}


@pytest.mark.slow
def test_nothing_of_jsonschema_is_imported_before_it_is_needed() -> None:
    import subprocess  # noqa: PLC0415

    code = (
        "import sys; import bridgewright.simulate.declared.simulator;"
        " sys.exit('jsonschema' in sys.modules or 'yaml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
