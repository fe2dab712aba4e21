"""`bridgewright findings` as a person and a build run it, in a project of theirs."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SENTENCE = "User model lacks phone_number_verified field needed for Twilio SMS."
LINE = f"- [Integration] {SENTENCE}"
PAGE, LEDGER = "docs/findings.md", ".integrations/findings.json"
MANIFEST = """\
[integration]
name = "twilio"
owner = "team"
models = ["app.models:User"]
capabilities = ["twilio.sms.send"]

[operations.send_sms]
call = "POST /2010-04-01/Accounts/{AccountSid}/Messages.json"
timeout_s = 15
"""
KINDS = {
    "pydantic": """
from typing import Annotated
from pydantic import BaseModel, Field
class User(BaseModel):
    phone: Annotated[str, Field(pattern=r"^\\+[1-9]\\d{1,14}$")]
    sms_opt_in: bool
""",
    "dataclass": """
from dataclasses import dataclass
@dataclass
class User:
    phone: str
    sms_opt_in: bool
""",
    "attrs": """
import attrs
@attrs.define
class User:
    phone: str = attrs.field(validator=attrs.validators.matches_re(r"\\+[1-9]\\d{1,14}"))
    sms_opt_in: bool = False
""",
    "msgspec": """
from typing import Annotated
import msgspec
class User(msgspec.Struct):
    phone: Annotated[str, msgspec.Meta(pattern=r"^\\+[1-9]\\d{1,14}$")]
    sms_opt_in: bool
""",
    "typed_dict": """
from typing import TypedDict
class User(TypedDict):
    phone: str
    sms_opt_in: bool
""",
    "sqlalchemy": """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str]
    sms_opt_in: Mapped[bool]
""",
    "django": """
from django.db import models
class User(models.Model):
    phone = models.CharField(max_length=16)
    sms_opt_in = models.BooleanField()
    class Meta:
        app_label = "app"
""",
}
FIELDS = {
    "attrs": "    phone_number_verified: bool = False\n",
    "sqlalchemy": "    phone_number_verified: Mapped[bool]\n",
    "django": "    phone_number_verified = models.BooleanField()\n",
}
SETTINGS = "SECRET_KEY = 'not one'\nINSTALLED_APPS = ['app']\nDATABASES = {}\nUSE_TZ = True\n"


def project(root: Path, kind: str, *, whole: bool = False, manifest: str = MANIFEST) -> None:
    (root / "app").mkdir(exist_ok=True)
    (root / "app" / "__init__.py").touch()
    added = FIELDS.get(kind, "    phone_number_verified: bool\n") if whole else ""
    head, meta, tail = KINDS[kind].partition("    class Meta")
    (root / "app" / "models.py").write_text(head + added + meta + tail, "utf-8")
    (root / "app" / "settings.py").write_text(SETTINGS, "utf-8")
    folder = root / "integrations" / "twilio"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "integration.toml").write_text(manifest, "utf-8")


def findings(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridgewright", "findings", *words]
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "app.settings"}
    return subprocess.run(
        command, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def told(root: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = findings(root, "--json", *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("way", [[], ["--static"]], ids=["imported", "static"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_sentence_in_every_kind_and_none_when_the_field_is_there(
    tmp_path: Path, kind: str, way: list[str]
) -> None:
    project(tmp_path, kind)
    code, record = told(tmp_path, *way)
    errors = [each["sentence"] for each in record["findings"] if each["severity"] == "error"]
    assert (code, errors, record["undecided"]) == (1, [SENTENCE], [])
    project(tmp_path, kind, whole=True)
    code, record = told(tmp_path, *way)
    assert (code, record["undecided"]) == (0, [])
    assert {each["code"] for each in record["findings"]} <= {"DM050"}


@pytest.mark.slow
def test_a_second_run_changes_no_byte_and_the_line_goes_when_the_field_comes(
    tmp_path: Path,
) -> None:
    project(tmp_path, "pydantic")
    first = findings(tmp_path, "--write")
    assert (first.returncode, "1 error, " in first.stdout) == (1, True)
    before = (tmp_path / PAGE).read_bytes(), (tmp_path / LEDGER).read_bytes()
    assert before[0].decode() == f"{LINE}\n"
    assert findings(tmp_path, "--write").returncode == 1
    assert ((tmp_path / PAGE).read_bytes(), (tmp_path / LEDGER).read_bytes()) == before
    project(tmp_path, "pydantic", whole=True)
    last = findings(tmp_path, "--write")
    assert (last.returncode, last.stdout.splitlines()[-1][:6]) == (0, "none, ")
    assert (tmp_path / PAGE).read_bytes() == b""


@pytest.mark.slow
def test_a_page_in_utf_16_with_windows_line_ends_stays_so(tmp_path: Path) -> None:
    project(tmp_path, "pydantic")
    (tmp_path / "docs").mkdir()
    theirs = codecs.BOM_UTF16_LE + "# Findings\r\n".encode("utf-16-le")
    (tmp_path / PAGE).write_bytes(theirs)
    findings(tmp_path, "--write")
    assert (tmp_path / PAGE).read_bytes() == theirs + f"{LINE}\r\n".encode("utf-16-le")


@pytest.mark.slow
def test_without_write_nothing_is_written(tmp_path: Path) -> None:
    project(tmp_path, "dataclass")
    assert findings(tmp_path).returncode == 1
    assert not (tmp_path / "docs").exists()
    assert not (tmp_path / ".integrations").exists()


@pytest.mark.slow
def test_what_is_accepted_no_longer_fails(tmp_path: Path) -> None:
    project(tmp_path, "pydantic")
    _, record = told(tmp_path, "--write")
    [found] = record["findings"]
    until = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    done = findings(
        tmp_path, "accept", found["id"][:8], "--reason", "soon", "--until", until, "--json"
    )
    assert json.loads(done.stdout)["reason"] == "soon"
    code, record = told(tmp_path, "--write")
    assert (code, record["findings"][0]["state"]) == (0, "accepted")
    assert record["written"]["removed"] == [LINE]
    assert findings(tmp_path, "accept", "zzz", "--reason", "x", "--until", until).returncode == 4
    late = findings(tmp_path, "accept", found["id"], "--reason", "x", "--until", "2020-01-01")
    assert late.returncode == 2


@pytest.mark.slow
def test_a_model_that_cannot_be_imported_is_undecided_and_nothing_is_resolved(
    tmp_path: Path,
) -> None:
    project(tmp_path, "pydantic")
    findings(tmp_path, "--write")
    before = (tmp_path / PAGE).read_bytes(), (tmp_path / LEDGER).read_bytes()
    (tmp_path / "app" / "models.py").write_text("import nothing_of_that_name\n", "utf-8")
    done = findings(tmp_path, "--write")
    assert done.returncode == 3
    assert "undecided" in done.stdout
    assert "none so far" in done.stdout
    assert ((tmp_path / PAGE).read_bytes(), (tmp_path / LEDGER).read_bytes()) == before


@pytest.mark.slow
def test_other_integrations_are_left_as_they_are_when_one_is_looked_at(tmp_path: Path) -> None:
    project(tmp_path, "pydantic")
    findings(tmp_path, "--write")
    other = tmp_path / "integrations" / "other"
    other.mkdir()
    (other / "integration.toml").write_text('[integration]\nname = "other"\nowner = "x"\n', "utf-8")
    done = findings(tmp_path, "integrations/other", "--write")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / PAGE).read_text("utf-8") == f"{LINE}\n"


@pytest.mark.slow
def test_the_other_forms_are_printed_alone(tmp_path: Path) -> None:
    project(tmp_path, "pydantic")
    log = json.loads(findings(tmp_path, "--sarif").stdout)
    assert log["runs"][0]["results"][0]["message"]["text"].startswith(SENTENCE)
    [line] = findings(tmp_path, "--github").stdout.splitlines()
    assert line.startswith("::error file=app/models.py,line=4,title=DM005::")
    assert SENTENCE in line
    assert findings(tmp_path, "--github", "--sarif").returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--fail-on", "never"], 0),
        (["--fail-on", "nothing"], 2),
        (["nowhere"], 2),
        (["app"], 2),
        (["--upstream", "acme=x"], 2),
        (["--against", "main"], 2),
        (["--help"], 0),
    ],
)
def test_what_is_asked_wrongly_is_told_so(tmp_path: Path, words: list[str], code: int) -> None:
    project(tmp_path, "pydantic")
    assert findings(tmp_path, *words).returncode == code


@pytest.mark.slow
def test_a_folder_without_integrations_is_told_what_is_missing(tmp_path: Path) -> None:
    done = findings(tmp_path)
    assert (done.returncode, "there is no integration.toml" in done.stderr) == (2, True)
