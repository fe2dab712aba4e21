"""What is wrong is refused, with its place, and without repeating a secret."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridgewright.core.errors import ConfigurationError
from bridgewright.settings import examine, load
from bridgewright.settings.described import Kind
from bridgewright.settings.reference import NOT_SETTINGS, Row, rows

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CANARY = "whsec_CANARYcanaryCANARYcanaryCANARYca"
ENVIRON = {"STRIPE_WEBHOOK_SECRET": KEY, "FORWARD_SECRET": KEY}

FILLER = st.lists(
    st.sampled_from(
        [
            "",
            "# concurency = 3",
            "   # [work]",
            'host = """\n127.0.\\\n0.1"""',
            "port = 0x1F90",
        ]
    ),
    max_size=6,
    unique=True,
)
NAMES = st.from_regex(r"[a-z_][a-z0-9_-]{0,20}", fullmatch=True)
KNOWN = {row.described.key for row in rows()} | {"secret", "forward"}


def problems(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "bridgewright.toml")
        file.write_text(text, "utf-8")
        environ = ENVIRON if environ is None else environ
        found = examine(file, environ).problems
        return [str(problem).replace(str(file), file.name) for problem in found]


def table_of(row: Row, name: str = "stripe") -> str:
    return row.table.replace("NAME", name)


def only(row: Row, value: str) -> str:
    """A file in which one setting has `value` and everything else is right; it stands on line 2."""
    rest = {"url": 'url = "http://example.com/"\n', "secret": 'secret = "env:FORWARD_SECRET"\n'}
    rest.pop(row.described.key, None)
    needed = "".join(rest.values()) if row.table.endswith("forward") else ""
    return f"[{table_of(row)}]\n{row.described.key} = {value}\n{needed}"


@given(name=NAMES.filter(lambda name: name not in KNOWN), filler=FILLER)
@example(name="concurrency2", filler=[])
def test_an_unknown_key_is_refused_with_its_line(name: str, filler: list[str]) -> None:
    text = "\n".join(["[serve]", *filler, f"{name} = [\n1,\n2]", "[sources.stripe]"])
    line = text.split("\n").index(f"{name} = [") + 1
    (problem,) = problems(text)
    assert problem.startswith(f"bridgewright.toml:{line}: unknown setting serve.{name}")


@pytest.mark.parametrize("table", ["store", "work", "sources.stripe", "sources.stripe.forward"])
def test_an_unknown_key_is_refused_in_every_table(table: str) -> None:
    found = problems(f"\n[{table}]\nnonsense = 1\n")
    assert any(f"bridgewright.toml:3: unknown setting {table}.nonsense" in text for text in found)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[work]\nconcurency = 3", "did you mean concurrency?"),
        ("[source.stripe]", "did you mean sources?"),
        ("[sources.stripe]\npth = '/x'", "did you mean path?"),
        ("port = 80", "port belongs in [serve]"),
        ("[work]\nport = 80", "port belongs in [serve]"),
    ],
)
def test_an_unknown_key_gets_the_nearest_one_as_a_hint(text: str, hint: str) -> None:
    (problem,) = problems(text)
    assert problem.endswith(hint)


NUMBERS = [row for row in rows() if row.described.setting.kind in {Kind.WHOLE, Kind.NUMBER}]


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.variable)
@pytest.mark.parametrize("side", ["least", "most"])
def test_a_number_out_of_bounds_is_refused_and_its_bound_is_not(row: Row, side: str) -> None:
    setting = row.described.setting
    bound = getattr(setting, side)
    beyond = bound + (1 if side == "most" else -1)
    (problem,) = problems(only(row, f"{beyond:.10g}"))
    assert problem.startswith(f"bridgewright.toml:2: {table_of(row)}.{row.described.key} is ")
    assert setting.bounds() in problem
    assert problems(only(row, f"{bound:.10g}")) == []


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "9" * 400])
@pytest.mark.parametrize("row", NUMBERS[:3], ids=lambda row: row.variable)
def test_a_number_that_is_none_is_refused(row: Row, value: str) -> None:
    (problem,) = problems(only(row, value))
    assert problem.startswith("bridgewright.toml:2: ")


WRONG = {
    Kind.WHOLE: '"7"',
    Kind.NUMBER: "true",
    Kind.FLAG: "1",
    Kind.TEXT: "1",
    Kind.PATH: "[]",
    Kind.SECRET: "{}",
    Kind.SECRETS: "[1]",
}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.variable)
def test_a_wrong_type_is_refused_with_its_line(row: Row) -> None:
    kind = row.described.setting.kind
    found = problems(only(row, WRONG[kind]))
    assert len(found) == 1
    place = f"bridgewright.toml:2: {table_of(row)}.{row.described.key} must be {kind}"
    assert found[0].startswith(place)


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.variable)
def test_a_variable_that_is_no_number_is_refused_by_name(row: Row) -> None:
    name = row.variable.replace("_NAME_", "_STRIPE_")
    text = "[sources.stripe.forward]\nurl = 'http://x/'\nsecret = 'env:FORWARD_SECRET'"
    (problem,) = problems(text, ENVIRON | {name: "many"})
    assert problem.startswith(f"variable {name}: ")


@pytest.mark.slow
@given(name=st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True))
@example(name="SOURCES_STRIPE")
@example(name="SOURCES_PATH")
def test_a_variable_of_ours_that_is_no_setting_is_refused(name: str) -> None:
    fixed = {row.variable for row in rows()} | NOT_SETTINGS
    variable = f"BRIDGEWRIGHT_{name}"
    if variable in fixed or name.startswith("SOURCES_STRIPE_"):
        return
    found = problems("", ENVIRON | {variable: "x"})
    assert any(problem.startswith(f"variable {variable}: ") for problem in found)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[work\n", 1),
        ("[work]\nconcurrency = \n", 2),
        ("\n\n[work]\n[work]\n", 4),
        ('[sources.stripe]\npath = "/a', 2),
        ("a = 1\n\n\nb = = 2\n", 4),
    ],
)
def test_a_file_that_is_not_toml_is_refused_with_its_line(text: str, line: int) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"bridgewright.toml:{line}: is not TOML")


@pytest.mark.slow
@given(st.text(max_size=60))
@example("a = " + "[" * 10_000)
@example("a = " + "9" * 10_000)
@example("sources = 3")
@example("[[sources]]")
@example("sources.stripe = 3")
@example("[work.deep.deeper]\nx=1")
@example("[sources.stripe]\nforward = 1")
def test_any_text_is_settings_or_a_configuration_error(text: str) -> None:
    assert all("bridgewright.toml" in problem for problem in problems(text))


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load(file, {})


def test_a_file_that_is_named_and_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="bridgewright init"):
        load(None, {"BRIDGEWRIGHT_CONFIG": str(tmp_path / "none.toml")})


def test_two_sources_on_one_path_are_refused() -> None:
    text = "[sources.stripe]\n\n[sources.shop]\nprovider = 'stripe'\npath = '/stripe'\n"
    assert problems(text) == [
        "bridgewright.toml:5: sources stripe and shop share the path /stripe. give each its own"
    ]


def test_two_sources_that_one_variable_would_name_are_refused() -> None:
    text = "[sources.a-b]\nprovider = 'stripe'\n[sources.a_b]\nprovider = 'stripe'\n"
    (problem,) = problems(text)
    assert problem.startswith("bridgewright.toml:3: sources a-b and a_b have the same name")


def test_a_missing_secret_names_variable_file_and_line_and_the_next_step() -> None:
    text = "[sources.github]\n"
    (problem,) = problems(text, {})
    assert problem.startswith("bridgewright.toml:1: source github has no secret: variable GITHUB_")
    assert 'secret = "env:NAME"' in problem
    (problem,) = problems("\n[sources.stripe]\npath='/x'\nsecret = 'env:OTHER'\n", {})
    assert problem.startswith("bridgewright.toml:4: sources.stripe.secrets: variable OTHER is not")


def test_an_unknown_provider_is_refused_with_its_line() -> None:
    (problem,) = problems("[sources.shop]\nsecret = 'env:FORWARD_SECRET'\n")
    assert problem.startswith("bridgewright.toml:1: ")
    assert "shop" in problem
    (problem,) = problems("[sources.shop]\nprovider='strype'\nsecret = 'env:FORWARD_SECRET'\n")
    assert problem.startswith("bridgewright.toml:2: ")


def test_secret_and_secrets_together_are_refused() -> None:
    text = "[sources.stripe]\nsecret = 'env:A'\nsecrets = ['env:A']\n"
    (problem,) = problems(text, {"A": KEY})
    assert problem.startswith("bridgewright.toml:3: secret and secrets are one setting")


@pytest.mark.parametrize("missing", ["url", "secret"])
def test_a_forward_without_url_or_secret_is_refused(missing: str) -> None:
    lines = {"url": "url = 'http://x/'", "secret": "secret = 'env:FORWARD_SECRET'"}
    del lines[missing]
    text = "[sources.stripe]\n[sources.stripe.forward]\n" + "\n".join(lines.values())
    (problem,) = problems(text)
    assert problem.startswith(f"bridgewright.toml:2: sources.stripe.forward has no {missing}")


def forward(*lines: str) -> str:
    return "[sources.stripe]\n[sources.stripe.forward]\n" + "\n".join(lines)


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost", "10.1.2.3", "[::1]", "[fe80::1]"])
def test_a_forward_inside_says_so_before_anything_starts(host: str) -> None:
    secret = "secret = 'env:FORWARD_SECRET'"
    (problem,) = problems(forward(secret, f"url = 'http://{host}/x'"))
    assert problem.startswith("bridgewright.toml:4: the url of a forward leads to an address in ")
    (_, _, allow) = problem.partition("set allow = ")
    assert problems(forward(secret, f"url = 'http://{host}/x'", f"allow = {allow}")) == []


def test_a_forward_to_metadata_needs_that_address_alone() -> None:
    url, secret = "url = 'http://169.254.169.254/'", "secret = 'env:FORWARD_SECRET'"
    (problem,) = problems(forward(url, secret, "allow = '169.254.0.0/16'"))
    assert "cloud's metadata" in problem
    assert problems(forward(url, secret, "allow = '169.254.169.254'")) == []


def test_a_forward_signs_with_a_few_keys_each_of_which_can_sign() -> None:
    url = "url = 'http://example.com/'"
    many = ", ".join(["'env:FORWARD_SECRET'"] * 5)
    (problem,) = problems(forward(url, f"secrets = [{many}]"))
    assert problem.startswith("bridgewright.toml:4: a forward has 5 keys, and signs with 1 to 4")
    environ = ENVIRON | {"PUBLIC": "whpk_" + "A" * 43 + "="}
    text = forward(url, "secrets = ['env:FORWARD_SECRET', 'env:PUBLIC']")
    (problem,) = problems(text, environ)
    assert problem.startswith("bridgewright.toml:4: webhook key 2 of 2 for standard ")


def test_a_network_of_a_forward_that_is_none_is_its_only_mistake() -> None:
    secret = "secret = 'env:FORWARD_SECRET'"
    (problem,) = problems(forward(secret, "url = 'http://127.0.0.1/'", "allow = '127.0.0.0/40'"))
    assert problem.startswith("bridgewright.toml:5: sources.stripe.forward.allow must be networks")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    text = "[work]\nlease_s = 0\nconcurrency = 0\n[sources.github]\n"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "x.toml")
        file.write_text(text)
        with pytest.raises(ConfigurationError) as caught:
            load(file, {"BRIDGEWRIGHT_SERVE_PORT": "x"})
    for part in ("4 settings are wrong", "x.toml:2", "x.toml:3", "x.toml:4", "SERVE_PORT"):
        assert part in str(caught.value)


WAYS_TO_LEAK = [
    f"[sources.stripe]\nsecret = '{CANARY}'",
    f"[sources.stripe]\nsecrets = ['env:FORWARD_SECRET', '{CANARY}']",
    f"[sources.stripe]\nsecret = 'env:{CANARY}'",
    f"[sources.stripe]\nsecrets = '''{CANARY}\n{CANARY}'''",
    f"[sources.stripe]\nforward = {{url = 'http://x/', secret = '{CANARY}'}}",
    f"[sources.stripe]\nforward = {{url = 'http://me:{CANARY}@x/', secret = 'env:FORWARD_SECRET'}}",
    f"[sources.stripe]\nforward = {{url = '{CANARY}', secret = 'env:FORWARD_SECRET'}}",
    f"[sources.stripe]\npath = '{CANARY}'",
    f"[sources.stripe]\npath = '/{CANARY}/'",
    f"[sources.stripe]\ntolerance_s = '{CANARY}'",
    f"[store]\npath = 'postgresql://me:{CANARY}@x/y'",
    f"[work]\nconcurrency = '{CANARY}'",
    f"[serve]\nhost = 'x {CANARY}'",
    f"[sources.stripe]\nsecret = {CANARY}",
    f"[sources.stripe]\nsecret = '{CANARY}",
]


@pytest.mark.parametrize("text", WAYS_TO_LEAK)
def test_no_error_repeats_what_may_be_a_secret(text: str, tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file, ENVIRON)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "CANARY" not in shown.upper().replace("WAYS_TO_LEAK", "")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.variable)
def test_no_error_repeats_a_secret_put_into_any_variable(row: Row) -> None:
    name = row.variable.replace("_NAME_", "_STRIPE_")
    found = problems("[sources.stripe]\n", ENVIRON | {name: CANARY})
    if row.described.setting.kind not in {Kind.TEXT, Kind.PATH}:
        assert found
    shown = "".join(found)
    # A provider is a name, and the message about an unknown one must repeat it.
    assert "CANARY" not in shown.upper() or row.described.key == "provider"


def test_no_repr_of_settings_shows_a_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(CANARY + "\n")
    (tmp_path / "bridgewright.toml").write_text(
        "[sources.stripe]\nsecrets = ['file:key', 'env:B']\n"
        f"[sources.stripe.forward]\nurl = 'http://x/?token={CANARY}'\nsecret = 'env:B'\n"
    )
    settings = load(tmp_path / "bridgewright.toml", {"B": CANARY})
    assert settings.sources[0].secrets[0].reveal() == CANARY
    assert "CANARY" not in repr(settings) + str(settings)
