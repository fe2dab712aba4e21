"""A slice has the chosen operations and what they refer to, whatever file that is in, and nothing else."""

from __future__ import annotations

import hashlib
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.scaffold import papers, pruning
from bridgewright.engineer.scaffold.pin import lock_file, spec_file
from bridgewright.simulate.declared.paper import load
from tests.engineer.scaffold.asked import PARCELS, TODAY

if TYPE_CHECKING:
    from pathlib import Path


def _slice(*operations: str, events: tuple[str, ...] = ()) -> dict[str, Any]:
    given = papers.read(PARCELS)
    return pruning.prune(given, pruning.choose(given, operations), events)


def _refuse(path: Path, *operations: str) -> str:
    def read() -> None:
        given = papers.read(path)
        pruning.prune(given, pruning.choose(given, operations))

    with pytest.raises(ConfigurationError) as caught:
        read()
    return str(caught.value)


def test_a_slice_stands_alone_though_it_came_from_several_files() -> None:
    spec = _slice("createParcel", "getParcel")
    load(spec)  # refuses references that lead out of it
    assert set(spec["components"]["schemas"]) >= {
        "Parcel",
        "NewParcel",
        "Address",
        "State",
        "Label",
    }
    assert "Unused" not in spec["components"]["schemas"]
    assert set(spec["components"]["securitySchemes"]) == {"account"}
    assert list(spec["paths"]) == ["/parcels", "/parcels/{parcel-id}"]
    assert set(spec["paths"]["/parcels"]) == {"parameters", "post"}
    assert "callbacks" not in spec["paths"]["/parcels"]["post"]


def test_an_operation_is_named_by_call_or_id_and_once_is_enough() -> None:
    given = papers.read(PARCELS)
    chosen = pruning.choose(given, ["post /parcels", "createParcel", "GET /carriers"])
    assert [each.call for each in chosen] == ["POST /parcels", "GET /carriers"]


def test_a_name_that_is_none_is_told_what_is_like_it() -> None:
    with pytest.raises(ConfigurationError, match=r"no operation 'createPacel'.*createParcel"):
        pruning.choose(papers.read(PARCELS), ["createPacel"])


def test_only_the_webhooks_that_are_named_are_taken() -> None:
    assert "webhooks" not in _slice("notify")
    spec = _slice("notify", events=("parcel.moved",))
    assert list(spec["webhooks"]) == ["parcel.moved"]
    assert "Parcel" in spec["components"]["schemas"]


def test_the_lock_says_where_a_slice_is_from_and_what_it_is() -> None:
    given = papers.read(PARCELS)
    chosen = pruning.choose(given, ["notify"])
    text = spec_file(pruning.prune(given, chosen))
    lock = tomllib.loads(lock_file(given, chosen, text, TODAY))
    assert lock == {
        "source": "openapi.yaml",
        "source_version": "2026-03-01",
        "source_sha256": hashlib.sha256(PARCELS.read_bytes()).hexdigest(),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "taken_on": TODAY,
        "operations": ["POST /notifications"],
    }
    assert spec_file(pruning.prune(papers.read(PARCELS), chosen)) == text


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.json#/x",
        "/etc/passwd",
        "https://evil.example/spec.json#/x",
        "file:///etc/passwd",
        "#/components/schemas/Nothing",
        "#nothing",
        "missing.json#/x",
    ],
)
def test_a_reference_that_leads_out_or_to_nothing_is_refused(
    tmp_path: Path, reference: str
) -> None:
    (tmp_path / "secret.json").write_text('{"x": {"type": "string"}}', "utf-8")
    folder = tmp_path / "spec"
    folder.mkdir()
    schema = {"schema": {"$ref": reference}}
    content = {"application/json": schema}
    post = {"requestBody": {"content": content}, "responses": {"204": {"description": ""}}}
    about = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}}
    (folder / "spec.json").write_text(
        json.dumps(about | {"paths": {"/x": {"post": post}}}), "utf-8"
    )
    assert "this specification cannot be used" in _refuse(folder / "spec.json", "POST /x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"swagger": "2.0", "info": {}, "paths": {}}',
        '{"openapi": "3.1.0", "paths": {}}',
        "- just\n- a list",
        "a: &a [*a]",
    ],
)
def test_what_is_no_specification_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "spec.json").write_text(text, "utf-8")
    assert "this specification cannot be used" in _refuse(tmp_path / "spec.json")


def test_schemas_that_refer_to_each_other_end(tmp_path: Path) -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    good = {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "x", "version": "1"},
        "paths": {"/x": {"get": {"responses": {"200": {"description": "", "content": good}}}}},
        "components": {"schemas": {"Node": node}},
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(document), "utf-8")
    given = papers.read(path)
    spec = pruning.prune(given, pruning.choose(given, ["GET /x"]))
    assert spec["components"]["schemas"]["Node"] == node
