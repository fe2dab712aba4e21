"""What a delivery says: a commit that keeps to the convention, a text in which nothing is active, and the
repository that a remote's URL names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.delivery.body import certificate, findings, text_of
from bridgewright.engineer.delivery.hub import Answer, Place, place_of
from bridgewright.engineer.delivery.message import MOST_CHARS, SUBJECT, TYPES, message
from bridgewright.engineer.delivery.package import paths_of, secrets_of
from bridgewright.engineer.delivery.proposal import BEGIN, END, framed
from bridgewright.engineer.manifest.reading import read
from tests.engineer.delivery.site import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path


@given(
    kind=st.sampled_from(TYPES),
    scope=st.sampled_from(["", "integration", "acme/v2"]),
    what=st.text(),
)
def test_a_message_keeps_to_the_convention_or_is_refused(kind: str, scope: str, what: str) -> None:
    try:
        subject = message(kind, scope, what).subject
    except ConfigurationError:
        return
    assert SUBJECT.fullmatch(subject)
    assert len(subject) <= MOST_CHARS
    assert len(subject.splitlines()) == 1


@pytest.mark.parametrize("what", ["", " \n ", "ends.", "x" * 80, "bell\a"])
def test_a_message_that_says_nothing_or_too_much_is_refused(what: str) -> None:
    with pytest.raises(ConfigurationError):
        message("feat", "integration", what)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ask @ada", "- ask @\u200bada"),
        ("Closes #3", "- Closes\u200b #3"),
        ("fixes: octo/hello#3", "- fixes\u200b: octo/hello#3"),
        ("<!-- x --> <img src=x>", "- &lt;!-- x --&gt; &lt;img src=x&gt;"),
        ("two\u2028lines", "- two lines"),
    ],
)
def test_what_a_file_says_does_nothing_in_the_pull_request(line: str, shown: str) -> None:
    assert shown in text_of((), (), [line], ()).splitlines()


@given(st.lists(st.text(max_size=60), max_size=5))
def test_findings_add_one_line_each_whatever_they_say(lines: list[str]) -> None:
    text = text_of((), (), lines, (7,))
    assert len([each for each in text.splitlines() if each.startswith("- ")]) == len(lines)
    assert text.endswith("\n\nCloses #7")


def test_none_found_and_none_looked_for_are_not_the_same() -> None:
    assert "### Findings\n\nNone." in text_of((), (), (), ())
    assert "None were looked for" in text_of((), (), None, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_findings_are_read_in_any_encoding_and_of_one_tag(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "findings.md"
    path.write_bytes("# Findings\r\n- [Integration] ä.\r\n- [UX] b.\r\n".encode(encoding))
    assert findings(path, "Integration") == ("ä.",)
    assert findings(tmp_path / "none.md", "Integration") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"checks": 1}', "\udcff"])
def test_what_is_no_certificate_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "certificate.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match="no certificate"):
        certificate(path)


@given(before=st.text(max_size=40), after=st.text(max_size=40), old=st.text(max_size=40))
def test_our_part_is_replaced_and_what_is_around_it_stays(
    before: str, after: str, old: str
) -> None:
    around = f"{before}\n{BEGIN}\n{old}\n{END}\n{after}"
    once = framed("new", around)
    assert once == f"{before}\n{BEGIN}\nnew\n{END}\n{after}"
    assert framed("new", once) == once


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://github.com/octo/hello.git", "github.com octo/hello"),
        ("https://user@github.com/octo/hello", "github.com octo/hello"),
        ("git@github.com:octo/hello.git", "github.com octo/hello"),
        ("ssh://git@ghe.example:2222/octo/he.llo.git", "ghe.example octo/he.llo"),
    ],
)
def test_a_remotes_url_names_its_repository(url: str, place: str) -> None:
    found = place_of(url)
    assert f"{found.host} {found.slug}" == place


@pytest.mark.parametrize(
    "url", ["/srv/git/hello.git", "../hello", "https://github.com/octo", "ext::x"]
)
def test_a_url_that_names_none_needs_to_be_told(url: str) -> None:
    with pytest.raises(ConfigurationError, match="--repo"):
        place_of(url)
    assert place_of(url, "octo/hello") == Place("github.com", "octo/hello")


def test_what_github_complains_of_is_one_line() -> None:
    content = {"message": "Validation\nFailed", "errors": [{"message": "a"}, {"code": "b"}, "c"]}
    assert Answer(422, content).said == "Validation Failed; a; b; c"
    assert Answer(502, None).said == "status 502"


def test_an_integration_is_its_package_and_what_is_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "integrations" / "acme"
    folder.mkdir(parents=True)
    (folder / "integration.toml").write_text(MANIFEST)
    manifest = read(folder, tmp_path)
    paths = paths_of(tmp_path, [manifest], ("docs/findings.md",))
    assert paths[0] == "integrations/acme"
    beside = {"tests/integrations/test_acme.py", "docs/integrations/acme.md"}
    assert {*beside, "integrations/__init__.py", "bridgewright.toml"} < set(paths)
    assert "__init__.py" not in paths
    assert secrets_of(manifest) == ("ACME_API_KEY",)
    with pytest.raises(ConfigurationError, match="working tree"):
        paths_of(folder, [manifest])
