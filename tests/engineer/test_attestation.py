"""An attestation is believed of the tree it was made for, by the key that is trusted, and for a while."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.verify import attestation
from bridgewright.engineer.verify.attestation import Attested, Statement, Trust, sealed
from bridgewright.engineer.verify.repository import Repository
from bridgewright.engineer.verify.words import About, Reason, Standing
from tests.engineer.workshop import FOLDER, MANIFEST, Workshop, opened, reasons

if TYPE_CHECKING:
    from pathlib import Path

    from bridgewright.engineer.verify.verdict import Verdict

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
TRUSTED = KEY.public_key().public_bytes_raw()
LONG = (About.RESILIENCE, About.TESTS)
ACME = Attested("acme", "silver", ("integrations.acme.certify:target",), (7,), 12, 12)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return opened(tmp_path_factory.mktemp("attestation"))


def statement(shop: Workshop, *made: Attested, at: datetime = NOW, suite: str = "1") -> Statement:
    tree = shop.git("rev-parse", "HEAD^{tree}")
    return Statement(tree, attestation.instant(at), "0.1.0", made or (ACME,), suite)


def judged(shop: Workshop, data: bytes, *, now: datetime = NOW) -> Verdict:
    return shop.judge(*LONG, proof=(data, Trust((TRUSTED,), now)))


def test_what_the_trusted_key_signed_for_this_tree_is_believed(shop: Workshop) -> None:
    found = judged(shop, sealed(statement(shop), KEY))
    assert [each.standing for each in found.outcomes] == [Standing.KEPT, Standing.KEPT]


def test_a_certificate_by_anybody_else_is_forged(shop: Workshop) -> None:
    mine = json.loads(sealed(statement(shop), STRANGER))
    mine["key"] = base64.b64encode(TRUSTED).decode()
    twice = sealed(statement(shop), KEY).replace(b'"key":', b'"key": "", "key":')
    for data in (twice, sealed(statement(shop), STRANGER), json.dumps(mine).encode(), b"{}", b""):
        assert reasons(judged(shop, data)) == {Reason.FORGED_CERTIFICATE}


@given(st.data())
def test_no_changed_byte_of_the_statement_is_believed(shop: Workshop, data: st.DataObject) -> None:
    low = Attested("acme", "bronze", ACME.places, (7,), 12, 12)
    envelope = json.loads(sealed(statement(shop, low), KEY))
    text = json.dumps(envelope["statement"])
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.characters(codec="ascii")) + text[at + 1 :]
    whole = json.dumps(envelope).replace(text, changed)
    tree = statement(shop).tree
    for refusal in attestation.refusals(whole.encode(), Trust((TRUSTED,), NOW), tree, ()):
        assert refusal.reason is Reason.FORGED_CERTIFICATE
    try:
        same = json.loads(changed) == envelope["statement"]
    except ValueError:
        same = False
    believed = not attestation.refusals(whole.encode(), Trust((TRUSTED,), NOW), tree, ())
    assert believed == same


@given(st.binary(max_size=300))
def test_any_bytes_are_an_attestation_or_forged(data: bytes) -> None:
    [refusal] = attestation.refusals(data, Trust((TRUSTED,), NOW), "0" * 40, ())
    assert refusal.reason is Reason.FORGED_CERTIFICATE


@pytest.mark.parametrize(
    ("age", "suite"), [(timedelta(days=31), "1"), (-timedelta(hours=1), "1"), (timedelta(), "0")]
)
def test_an_old_one_one_of_tomorrow_and_one_of_another_suite_are_stale(
    shop: Workshop, age: timedelta, suite: str
) -> None:
    data = sealed(statement(shop, at=NOW - age, suite=suite), KEY)
    assert reasons(judged(shop, data)) == {Reason.STALE_CERTIFICATE}


def test_one_of_another_tree_is_stale(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    data = sealed(statement(shop), KEY)
    shop.commit("fix(integration): one more line", {FOLDER + "/client.py": "# nothing is left\n"})
    found = judged(shop, data)
    assert reasons(found) == {Reason.STALE_CERTIFICATE}
    assert [each.standing for each in found.outcomes] == [Standing.REFUSED, Standing.UNDECIDED]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (Attested("acme", "bronze", ACME.places, (7,), 12, 12), Reason.NOT_RESILIENT),
        (Attested("acme", "", (), (), 12, 12), Reason.NOT_RESILIENT),
        (Attested("acme", "gold", ACME.places, (7,), 12, 11), Reason.TESTS_CANNOT_FAIL),
        (Attested("other", "gold", ACME.places, (7,), 12, 12), Reason.STALE_CERTIFICATE),
    ],
)
def test_a_true_one_that_says_too_little_is_refused(
    shop: Workshop, made: Attested, reason: Reason
) -> None:
    assert reasons(judged(shop, sealed(statement(shop, made), KEY))) == {reason}


def pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_in_the_repository_is_nobodys_word(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    repository = Repository(shop.path)
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem(KEY))
    (tmp_path / "pub.pem").write_bytes(public)
    (shop.path / "pub.pem").write_bytes(public)
    (shop.path / "key.pem").write_bytes(pem(KEY))
    told = base64.b64encode(TRUSTED).decode()
    assert attestation.public_key(told, repository, "HEAD") == TRUSTED
    assert attestation.public_key(str(tmp_path / "pub.pem"), repository, "HEAD") == TRUSTED
    assert (
        attestation.private_key(tmp_path / "key.pem", repository).public_key() == KEY.public_key()
    )
    with pytest.raises(ConfigurationError, match="is in the repository"):
        attestation.public_key(str(shop.path / "pub.pem"), repository, "HEAD")
    with pytest.raises(ConfigurationError, match="is in the repository"):
        attestation.private_key(shop.path / "key.pem", repository)
    with pytest.raises(ConfigurationError, match="no Ed25519 private key"):
        attestation.private_key(tmp_path / "pub.pem", repository)
    with pytest.raises(ConfigurationError, match="no Ed25519 public key"):
        attestation.public_key(str(tmp_path / "key.pem"), repository, "HEAD")
    shop.commit("feat(integration): and a key", {"x/y.txt": b"here:\n" + pem(KEY)})
    with pytest.raises(
        ConfigurationError, match="the private half of this key is in the repository"
    ):
        attestation.public_key(told, repository, "HEAD")


def test_an_integration_does_not_pass_by_asking_less_of_itself(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.git("push", "-q", "origin", "HEAD:main")
    shop.git("fetch", "-q", "origin")
    lower = MANIFEST.replace('owner = "team', 'level = "bronze"\nowner = "team')
    shop.commit("feat(integration): ask less", {FOLDER + "/integration.toml": lower})
    low = Attested("acme", "bronze", ACME.places, (7,), 12, 12)
    found = judged(shop, sealed(statement(shop, low), KEY))
    assert reasons(found) == {Reason.NOT_RESILIENT}
    assert found.refusals[0].place == f"{FOLDER}/integration.toml:3"
    shop.commit("feat(integration): certify nothing", {FOLDER + "/certify.py": "other = 1\n"})
    places = {each.place for each in shop.judge(About.RESILIENCE).refusals}
    assert places == {"acme", f"{FOLDER}/integration.toml:3"}
