"""A secret does not print itself, whoever shows it and however."""

from __future__ import annotations

import json
import logging
import pickle
import pprint
import traceback
from dataclasses import dataclass, field

import pytest

from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.connection import Connection
from bridgewright.settings.outbound import References

CANARY = "sk_test_canary_of_a_secret"


@dataclass(frozen=True, slots=True)
class Holder:
    key: Secret
    more: dict[str, Secret] = field(default_factory=dict)


HELD = Holder(Secret(CANARY), {"Authorization": Secret(CANARY)})


@pytest.mark.parametrize(
    "text",
    [
        repr(Secret(CANARY)),
        str(Secret(CANARY)),
        f"{Secret(CANARY)}",
        f"{Secret(CANARY)!r:>40}",
        "%s %r" % (Secret(CANARY), Secret(CANARY)),  # noqa: UP031 - what logging does
        "{} {!s}".format(Secret(CANARY), Secret(CANARY)),  # noqa: UP032 - what str.format does
        repr(HELD),
        pprint.pformat(HELD),
        repr({"Authorization": Secret(CANARY)}.items()),
        ascii([Secret(CANARY)]),
        repr(vars(Secret)),
        str(logging.makeLogRecord({"msg": "%s", "args": (Secret(CANARY),)}).getMessage()),
        json.dumps({"key": Secret(CANARY)}, default=str),
        repr(References((CANARY,))),
    ],
)
def test_no_way_of_showing_a_secret_shows_it(text: str) -> None:
    assert CANARY not in text


def test_a_secret_is_not_serialised() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"key": Secret(CANARY)})
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled") as refused:
            pickle.dumps(Secret(CANARY), protocol)
        assert CANARY not in str(refused.value)


def test_a_secret_has_no_attribute_that_could_be_listed() -> None:
    assert not hasattr(Secret(CANARY), "__dict__")
    with pytest.raises(AttributeError):
        Secret(CANARY).value = ""  # type: ignore[attr-defined]


def test_a_traceback_with_locals_shows_no_secret() -> None:
    secret = Secret(CANARY)
    holder = {"headers": {"Authorization": secret}, "held": Holder(secret)}
    try:
        holder[secret]  # type: ignore[index]
    except KeyError as error:
        trace = traceback.TracebackException.from_exception(error, capture_locals=True)
        text = "".join(trace.format())
    assert "secret = Secret(****)" in text
    assert CANARY not in text


def test_a_connection_shows_none_of_its_secrets() -> None:
    connection = Connection("stripe", "", None, {"api_key": Secret(CANARY)})  # type: ignore[arg-type]
    assert "Secret" not in repr(connection)
    assert CANARY not in repr(connection)
