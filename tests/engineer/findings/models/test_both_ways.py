"""Made-up models, written in each library: importing them and reading them come to the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bridgewright.engineer.findings.fields import Kind
from bridgewright.engineer.findings.models.reading import Way, read
from tests.engineer.findings.models import writers
from tests.engineer.findings.models.applications import by_name, differing, fields_of, project
from tests.engineer.findings.models.drawn import DrawnModel, models

FEW = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=False,
)


@pytest.mark.slow
@FEW
@given(models("Thing"), st.booleans())
def test_both_ways_of_reading_come_to_what_was_written(model: DrawnModel, future: bool) -> None:  # noqa: FBT001
    written = {
        kind: write(DrawnModel(f"{kind.name.title().replace('_', '')}", model.fields, model.parent))
        for kind, write in writers.WRITERS.items()
    }
    head = writers.HEAD if future else writers.NO_FUTURE
    text = "".join(each.text for each in written.values())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project(root, app__models=f"{head}\n\ndef _nothing():\n    return None\n\n\n{text}")
        ways = {way: read(root, ["app.models"], way) for way in Way}
        for kind, each in written.items():
            name = kind.name.title().replace("_", "")
            for way, reading in ways.items():
                assert differing(fields_of(reading, name), by_name(each)) == [], (way, each.text)


@pytest.mark.slow
@FEW
@given(models("Thing"), st.booleans())
def test_both_ways_of_reading_django_come_to_what_was_written(
    model: DrawnModel,
    use_tz: bool,  # noqa: FBT001
) -> None:
    written = writers.django(model, use_tz=use_tz)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project(root, use_tz=use_tz, shop__models=writers.DJANGO_HEAD + written.text)
        expected = by_name(written)
        found = fields_of(read(root, ["shop.models"]), "Thing")
        assert differing(found, expected) == [], written.text
        static = fields_of(read(root, ["shop.models"], Way.STATIC), "Thing")
        assert static["id"].unknown == {"bits"}
        static["id"] = static["id"].but(bits=64, unknown=frozenset())
        assert differing(static, expected) == [], written.text


def test_the_kinds_that_were_drawn_are_all_there_are() -> None:
    assert set(writers.PLAIN) | {Kind.ARRAY, Kind.OBJECT, Kind.NULL, Kind.ANY, Kind.UNKNOWN} == set(
        Kind
    )
