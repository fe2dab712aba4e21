"""Looking: events, dead letters, rejections, doctor."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.faces.cli.shop import KEY, PERSONAL, PROGRAM, SETTINGS, Shop, signed, stripe_body
from tests.redis_server import serving

CONNECTIONS = """
[connections.stripe]
deadline_s = 20
[connections.twilio]
[connections.vaulted]
provider = "stripe"
[connections.vaulted.secrets]
api_key = "vault:stripe/key"
[connections.closed]
provider = "stripe"
ca_file = "nowhere.pem"
[connections.aws.options]
regin = "eu-central-1"
"""
COLOUR = re.compile("\x1b\\[[0-9;]*3[0-9]")
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory is the point


def ids(text: str) -> list[str]:
    return [line.split("\t")[0] for line in text.splitlines()[1:]]


def test_events_are_listed_newest_first_as_lines_for_a_pipe(shop: Shop) -> None:
    shop.receive("invoice.paid", "charge.failed", "invoice.voided")
    result = shop.run("events", "ls")
    assert result.exit_code == 0
    assert ids(result.stdout) == ["3", "2", "1"]
    header, newest, *_ = (line.split("\t") for line in result.stdout.splitlines())
    row = dict(zip(header, newest, strict=True))
    assert (row["SOURCE"], row["TYPE"], row["EVENT ID"]) == ("stripe", "invoice.voided", "evt_3")
    assert (row["STATE"], row["ATTEMPTS"]) == ("waiting", "0")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--type", "invoice.*"], ["3", "1"]),
        (["--type", "charge.failed"], ["2"]),
        (["--source", "github"], []),
        (["--state", "done"], []),
        (["--since", "1h"], ["3", "2", "1"]),
        (["--until", "1h"], []),
        (["--since", "2999-01-01"], []),
        (["--limit", "2"], ["3", "2"]),
        (["--limit", "2", "--before", "2"], ["1"]),
    ],
)
def test_each_condition_narrows_the_list(
    shop: Shop, options: list[str], expected: list[str]
) -> None:
    shop.receive("invoice.paid", "charge.failed", "invoice.voided")
    assert ids(shop.run("events", "ls", *options).stdout) == expected
    found = shop.object("events", "ls", *options)["items"]
    assert [str(item["id"]) for item in found] == expected


def test_a_full_page_names_the_way_to_the_next(shop: Shop) -> None:
    shop.receive("a", "b", "c")
    assert "--before 2" in shop.run("events", "ls", "--limit", "2").stderr
    assert "--before" not in shop.run("events", "ls").stderr


@pytest.mark.parametrize("when", ["yesterday", "5x", "", "1e3h", "9999999999999h", "12:00"])
def test_a_time_that_is_none_is_a_usage_error(shop: Shop, when: str) -> None:
    assert shop.run("events", "ls", "--since", when).exit_code == 2


def test_items_that_wait_for_nobody_are_told_loudly(shop: Shop) -> None:
    shop.receive("invoice.paid")
    warning = shop.run("events", "ls").stderr
    assert "warning: 1 item waits and no worker claims: stripe" in warning
    assert shop.object("events", "ls")["unclaimed"] == ["stripe"]
    shop.handle()
    assert "warning" not in shop.run("events", "ls").stderr
    assert shop.object("events", "ls")["unclaimed"] == []


def test_rejected_deliveries_are_listed_without_their_bodies(shop: Shop) -> None:
    bridge = shop.bridge()
    body = stripe_body(1)
    bridge.receive("stripe", headers=signed("stripe", body), body=body + b" ")
    bridge.receive("github", headers={}, body=body)
    bridge.close()
    found = shop.object("events", "ls", "--rejected")["rejections"]
    assert [(row["source"], row["reason"]) for row in found] == [
        ("github", "missing_signature"),
        ("stripe", "wrong_signature"),
    ]
    assert PERSONAL not in json.dumps(found)
    assert "wrong_signature" in shop.run("events", "ls", "--rejected").stdout
    only = shop.object("events", "ls", "--rejected", "--source", "github")["rejections"]
    assert len(only) == 1
    assert shop.run("events", "ls", "--rejected", "--type", "x").exit_code == 2


def test_a_body_is_shown_on_request_only(shop: Shop) -> None:
    shop.receive("invoice.paid")
    shop.bury()
    for command in (
        ["events", "ls"],
        ["events", "show", "1"],
        ["dead", "ls"],
        ["dead", "show", "1"],
    ):
        for form in ([], ["--json"]):
            result = shop.run(*command, *form)
            assert result.exit_code == 0
            assert PERSONAL not in result.output
            assert "body_base64" not in result.output
    assert shop.run("events", "show", "1", "--body").stdout_bytes == stripe_body(1)
    item = shop.object("dead", "show", "1", "--body")["item"]
    assert base64.b64decode(item["body_base64"]) == stripe_body(1)


def test_an_event_is_shown_with_its_failures_and_what_people_did(shop: Shop) -> None:
    shop.receive("invoice.paid")
    shop.bury()
    shop.run("redrive", "plan", "1", "--reason", "customer was restored")
    shop.run("redrive", "run", "1", "--yes", "--expect-count", "1")
    shop.handle()
    result = shop.run("events", "show", "1")
    for part in ("done", "evt_1", "body, time", "no such customer", "customer was restored"):
        assert part in result.stdout
    item = shop.object("events", "show", "1")["item"]
    assert item["state"] == "done"
    assert item["attempts_failed"][0]["outcome"] == "dead"
    assert [row["action"] for row in item["audit"]] == ["freeze", "run", "redrive"]


def test_dead_letters_are_listed_with_their_cause(shop: Shop) -> None:
    shop.receive("invoice.paid", "charge.failed")
    shop.bury()
    shop.receive("invoice.paid", first=3)
    assert ids(shop.run("dead", "ls").stdout) == ["2", "1"]
    assert ids(shop.run("dead", "ls", "--cause", "permanent", "--type", "charge.*").stdout) == ["2"]
    assert ids(shop.run("dead", "ls", "--cause", "exhausted").stdout) == []
    found = shop.object("dead", "ls")
    assert found["by_cause"] == {"permanent": 2}
    assert found["items"][0]["failure"].startswith("PermanentFailure: no such customer")


@pytest.mark.parametrize(
    "command", [["events", "show", "7"], ["dead", "show", "7"], ["redrive", "show", "7"]]
)
def test_what_does_not_exist_is_not_found(shop: Shop, command: list[str]) -> None:
    shop.receive("invoice.paid")
    result = shop.run(*command)
    assert result.exit_code == 4
    assert result.stderr.startswith("error[not_found]: there is no ")


def test_an_event_that_lives_is_no_dead_letter(shop: Shop) -> None:
    shop.receive("invoice.paid")
    result = shop.run("dead", "show", "1")
    assert result.exit_code == 4
    assert "item 1 is waiting" in result.stderr


def test_looking_needs_no_secret_and_makes_no_store(shop: Shop) -> None:
    result = shop.run("events", "ls", STRIPE_WEBHOOK_SECRET="", GITHUB_WEBHOOK_SECRET="")
    assert result.exit_code == 3
    assert "error[store]: there is no store at" in result.stderr
    assert not (shop.folder / "shop.db").exists()
    shop.receive("invoice.paid")
    result = shop.run("events", "ls", STRIPE_WEBHOOK_SECRET="", GITHUB_WEBHOOK_SECRET="")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "command", [["events", "ls"], ["migrate"], ["redrive", "plan", "--all", "--reason", "x"]]
)
def test_a_store_that_is_none_ends_with_its_own_code(shop: Shop, command: list[str]) -> None:
    (shop.folder / "shop.db").write_bytes(b"not a database at all, but long enough for one" * 99)
    result = shop.run(*command)
    assert result.exit_code == 3
    assert result.stderr.startswith("error[store]: shop.db: ")


def test_wrong_settings_end_with_file_and_line_and_no_traceback(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, "[store]\npath = 'shop.db'\n[work]\nconcurency = 1\n")
    for command in (["events", "ls"], ["serve"], ["worker"], ["migrate"]):
        result = shop.run(*command)
        assert result.exit_code == 2
        place = re.escape(str(tmp_path / "bridgewright.toml"))
        expected = rf"error\[configuration\]: {place}:4: unknown setting work\.concurency"
        assert re.match(expected, result.stderr)
        assert "Traceback" not in result.output


def checks(shop: Shop, **environ: str) -> dict[str, tuple[str, str]]:
    found = shop.object("doctor", **environ)["checks"]
    return {check["name"]: (check["status"], check["detail"]) for check in found}


def test_doctor_finds_nothing_wrong_with_a_shop_at_work(shop: Shop) -> None:
    shop.receive("invoice.paid")
    shop.handle()
    result = shop.run("doctor")
    assert result.exit_code == 0
    found = checks(shop)
    for name in ("settings", "disk", "schema", "durability", "waiting", "dead letters"):
        assert found[name][0] == "ok", found[name]
    assert found["workers"][0] == "warn"


def test_doctor_tells_of_items_that_nobody_claims_and_of_dead_letters(shop: Shop) -> None:
    shop.receive("invoice.paid")
    shop.bury()
    shop.receive("invoice.paid", first=2)
    assert shop.run("doctor").exit_code == 1
    assert checks(shop)["waiting"] == ("fail", "1 waiting, and no worker claims: stripe")
    assert checks(shop)["dead letters"] == ("warn", "1 permanent")
    assert shop.object("doctor")["ok"] is False


def test_doctor_tells_every_wrong_setting_and_still_looks_at_the_store(shop: Shop) -> None:
    shop.receive("invoice.paid")
    shop.handle()
    result = shop.run("doctor", STRIPE_WEBHOOK_SECRET="")
    assert result.exit_code == 1
    assert "STRIPE_WEBHOOK_SECRET is empty" in result.stdout
    assert checks(shop, STRIPE_WEBHOOK_SECRET="")["schema"][0] == "ok"
    assert KEY not in result.output


def test_doctor_says_of_each_connection_what_connect_would_say(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, SETTINGS + CONNECTIONS)
    found = {
        check["detail"].partition(":")[0]: (check["status"], check["detail"])
        for check in shop.object("doctor", TWILIO_ACCOUNT_SID="", STRIPE_SECRET_KEY="sk_test_1")[
            "checks"
        ]
        if check["name"] == "connection"
    }
    assert found["stripe"] == ("ok", "stripe: to stripe")
    assert found["twilio"][0] == "warn"  # code may attach a client that has credentials
    assert "TWILIO_ACCOUNT_SID" in found["twilio"][1]
    assert found["vaulted"][0] == "warn"
    assert found["aws"] == ("fail", "aws: aws has no option 'regin'")
    assert found["closed"][0] == "fail"
    assert "ca_file" in found["closed"][1]


def test_doctor_says_nothing_of_a_gate_where_there_is_none(shop: Shop) -> None:
    assert "gate" not in checks(shop)


def test_doctor_says_how_the_shared_gate_is(shop: Shop, tmp_path: Path) -> None:
    for server in serving(tmp_path, "--maxmemory-policy", "noeviction"):
        environ = {"BRIDGEWRIGHT_GATES_REDIS": "env:CACHE", "CACHE": server.url.reveal()}
        environ["BRIDGEWRIGHT_GATES_TIMEOUT_S"] = "1"
        status, told = checks(shop, **environ)["gate"]
        assert status == "ok"
        assert re.fullmatch(r"Redis \S+ answers in \S+ ms, maxmemory-policy noeviction", told)
        with server.client() as client:
            client.config_set("maxmemory-policy", "allkeys-lru")
        assert checks(shop, **environ)["gate"][0] == "warn"
        server.kill()
        status, told = checks(shop, **environ)["gate"]
        assert status == "fail"
        assert str(server.port) not in told


def test_doctor_tells_of_a_gate_whose_url_is_missing_or_is_none(shop: Shop) -> None:
    status, told = checks(shop, BRIDGEWRIGHT_GATES_REDIS="env:NOWHERE")["gate"]
    assert (status, told) == ("fail", "variable NOWHERE is not set")
    wrong = {"BRIDGEWRIGHT_GATES_REDIS": "env:CACHE", "CACHE": "hunter2"}
    status, told = checks(shop, **wrong)["gate"]
    assert status == "fail"
    assert "hunter2" not in told


def test_doctor_says_that_it_applied_nothing_where_it_was_told_not_to(shop: Shop) -> None:
    shop.receive("invoice.paid")
    found = shop.object("doctor", "--no-migrate")
    [schema] = [each for each in found["checks"] if each["name"] == "schema"]
    assert schema["detail"].endswith("answers; nothing was applied")


def test_doctor_does_not_make_a_store(shop: Shop) -> None:
    assert checks(shop)["store"][0] == "warn"
    assert not (shop.folder / "shop.db").exists()


@pytest.mark.skipif(not os.access(IN_MEMORY, os.W_OK), reason="needs a file system in memory")
def test_doctor_names_a_store_that_cannot_keep_the_promise(shop: Shop) -> None:
    store = IN_MEMORY / f"bridgewright-{os.getpid()}.db"
    try:
        shop.run("migrate", BRIDGEWRIGHT_STORE=str(store))
        assert shop.run("doctor", BRIDGEWRIGHT_STORE=str(store)).exit_code == 1
        status, detail = checks(shop, BRIDGEWRIGHT_STORE=str(store))["durability"]
        assert status == "fail"
        assert "memory" in detail
    finally:
        for file in store.parent.glob(f"{store.name}*"):
            file.unlink()


def on_a_terminal(shop: Shop, *arguments: str, typed: str = "", **environ: str) -> str:
    """What a command prints when its output is a terminal, where somebody types that."""
    controller, terminal = pty.openpty()
    env = {**os.environ, **shop.environ, "TERM": "xterm-256color", "COLUMNS": "160", **environ}
    env.pop("NO_COLOR", None) if "NO_COLOR" not in environ else None
    process = subprocess.Popen(
        [*PROGRAM, *arguments], env=env, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    os.write(controller, typed.encode())
    shown = b""
    while True:
        try:
            piece = os.read(controller, 65_536)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not piece:
            break
        shown += piece
    process.wait()
    os.close(controller)
    return shown.decode()


@pytest.mark.slow
def test_a_terminal_gets_a_table_in_colour_unless_it_says_no(shop: Shop) -> None:
    shop.receive("invoice.paid")
    shop.bury()
    coloured = on_a_terminal(shop, "dead", "ls")
    assert "\t" not in coloured
    assert "\x1b[31mdead" in coloured
    plain = on_a_terminal(shop, "dead", "ls", NO_COLOR="1")
    assert "dead" in plain
    assert not COLOUR.search(plain)


@pytest.mark.slow
def test_a_warning_on_a_terminal_is_coloured_unless_it_says_no(shop: Shop) -> None:
    shop.receive("invoice.paid")
    assert COLOUR.search(on_a_terminal(shop, "events", "ls", "--state", "done"))
    assert not COLOUR.search(on_a_terminal(shop, "events", "ls", "--state", "done", NO_COLOR="1"))


@pytest.mark.slow
def test_a_redrive_on_a_terminal_ends_with_the_plan(shop: Shop) -> None:
    shop.receive("invoice.paid")
    shop.bury()
    assert "frozen" in on_a_terminal(shop, "redrive", "plan", "--all", "--reason", "fixed")
    shown = on_a_terminal(shop, "redrive", "run", "1", "--yes", "--expect-count", "1")
    assert "finished" in shown


@pytest.mark.slow
def test_a_person_at_a_terminal_is_asked_before_anything_is_put_back(shop: Shop) -> None:
    shop.receive("invoice.paid")
    shop.bury()
    shop.run("redrive", "plan", "--all", "--reason", "fixed")
    refused = on_a_terminal(shop, "redrive", "run", "1", typed="n\n")
    assert "Put back 1 items?" in refused
    assert shop.object("redrive", "show", "1")["plan"]["state"] == "frozen"
    assert "finished" in on_a_terminal(shop, "redrive", "run", "1", typed="y\n")


@pytest.mark.slow
def test_more_than_a_hundred_are_confirmed_by_their_number(shop: Shop) -> None:
    shop.receive(*["invoice.paid"] * 101)
    shop.bury()
    shop.run("redrive", "plan", "--all", "--reason", "fixed")
    assert "Type 101" in on_a_terminal(shop, "redrive", "run", "1", typed="y\n")
    assert shop.object("redrive", "show", "1")["plan"]["state"] == "frozen"
    assert "finished" in on_a_terminal(shop, "redrive", "run", "1", typed="101\n")
