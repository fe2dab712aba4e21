"""Templates and their versions: https://www.twilio.com/docs/sendgrid/api-reference/transactional-templates,
read 2026-11. They are kept, and named in mail; nothing renders them, for nobody reads the mail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.sendgrid.asked import flag_in, text_in
from bridgewright.simulate.sendgrid.trouble import given, missing, wrong
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.sendgrid.account import Account
    from bridgewright.simulate.sendgrid.asked import Asked
    from bridgewright.simulate.wire import Content

LONGEST_NAME = 100
LARGEST_PAGE = 200
GENERATIONS = ("legacy", "dynamic")
_TEXTS = ("name", "subject", "html_content", "plain_content", "test_data")


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a template; of all of them one is active, or none."""

    id: str
    updated_at_s: float
    active: bool = False
    name: str = ""
    subject: str = ""
    html_content: str = ""
    plain_content: str = ""
    test_data: str = ""
    editor: str = "code"
    generate_plain_content: bool = True


@dataclass(frozen=True, slots=True)
class Template:
    """One template, and its versions by their ids."""

    id: str
    name: str
    generation: str
    updated_at_s: float
    versions: dict[str, Version] = field(default_factory=dict, repr=False)

    @property
    def subject(self) -> str:
        """The subject of its active version, or ""."""
        return next((each.subject for each in self.versions.values() if each.active), "")


def shown(template: Template) -> Content:
    """A template as the API shows it."""
    short = ("html_content", "plain_content", "test_data")
    versions = [shown_version(template, each) for each in template.versions.values()]
    return {
        "id": template.id,
        "name": template.name,
        "generation": template.generation,
        "updated_at": _written(template.updated_at_s),
        "versions": [{k: v for k, v in each.items() if k not in short} for each in versions],
    }


def shown_version(template: Template, version: Version) -> Content:
    """A version as the API shows it."""
    texts = {name: getattr(version, name) for name in _TEXTS}
    return texts | {
        "id": version.id,
        "template_id": template.id,
        "active": int(version.active),
        "editor": version.editor,
        "generate_plain_content": version.generate_plain_content,
        "updated_at": _written(version.updated_at_s),
    }


def create(account: Account, asked: Asked) -> Reply:
    """Make a template, of the legacy generation unless told."""
    content = asked.content()
    generation = text_in(content, "generation", "legacy")
    if generation not in GENERATIONS:
        raise wrong('generation must be "legacy" or "dynamic"', "generation")
    name, number = _name(text_in(content, "name")), account.number()
    plain = f"{number:08x}-0000-4000-8000-{number:012x}"
    ident = f"d-{number:032x}" if generation == "dynamic" else plain
    template = Template(ident, name, generation, account.now())
    account.templates[ident] = template
    return given(shown(template), HTTPStatus.CREATED)


def listed(account: Account, asked: Asked) -> Reply:
    """Templates of the named generations (legacy ones, unless told), by `page_size` and
    `page_token`; without a size all of them, as before there were pages."""
    wanted = asked.query.get("generations", "legacy").split(",")
    found = [shown(each) for each in account.templates.values() if each.generation in wanted]
    if "page_size" not in asked.query:
        return given({"templates": found})
    size = asked.number("page_size", LARGEST_PAGE, LARGEST_PAGE) or 1
    first = asked.number("page_token", 0, 10**9)
    shown_now = found[first : first + size]
    base = f"{asked.path}?generations={','.join(wanted)}&page_size={size}&page_token="
    meta: Content = {"self": f"{base}{first}", "count": len(found)}
    if first + size < len(found):
        meta["next"] = f"{base}{first + size}"
    return given({"result": shown_now, "_metadata": meta})


def fetch(account: Account, asked: Asked, template: str) -> Reply:
    """One template."""
    del asked
    return given(shown(_one(account, template)))


def update(account: Account, asked: Asked, template: str) -> Reply:
    """Give a template another name."""
    found = _one(account, template)
    name = _name(text_in(asked.content(), "name"))
    account.templates[template] = replace(found, name=name, updated_at_s=account.now())
    return given(shown(account.templates[template]))


def delete(account: Account, asked: Asked, template: str) -> Reply:
    """Take a template away, with all its versions."""
    del asked
    del account.templates[_one(account, template).id]
    return Reply(HTTPStatus.NO_CONTENT)


def create_version(account: Account, asked: Asked, template: str) -> Reply:
    """Add a version, active when it says so or when it is the first."""
    found, content = _one(account, template), asked.content()
    number = account.number()
    ident = f"{number:08x}-1111-4111-8111-{number:012x}"
    version = _worded(Version(ident, account.now()), content)
    _name(version.name)
    active = content.get("active") in (1, True) or not found.versions
    found.versions[ident] = version
    if active:
        _activate(found, ident)
    return given(shown_version(found, found.versions[ident]), HTTPStatus.CREATED)


def fetch_version(account: Account, asked: Asked, template: str, version: str) -> Reply:
    """One wording of a template, with its texts."""
    del asked
    found = _one(account, template)
    return given(shown_version(found, _version(found, version)))


def update_version(account: Account, asked: Asked, template: str, version: str) -> Reply:
    """Change the wording of a version."""
    found, content = _one(account, template), asked.content()
    changed = replace(_version(found, version), updated_at_s=account.now())
    found.versions[version] = _worded(changed, content)
    if content.get("active") in (1, True):
        _activate(found, version)
    return given(shown_version(found, found.versions[version]))


def activate(account: Account, asked: Asked, template: str, version: str) -> Reply:
    """Make a version the one that is sent."""
    del asked
    found = _one(account, template)
    _activate(found, _version(found, version).id)
    return given(shown_version(found, found.versions[version]))


def delete_version(account: Account, asked: Asked, template: str, version: str) -> Reply:
    """Take a version away."""
    del asked
    found = _one(account, template)
    del found.versions[_version(found, version).id]
    return Reply(HTTPStatus.NO_CONTENT)


def _activate(template: Template, ident: str) -> None:
    for name, each in template.versions.items():
        template.versions[name] = replace(each, active=name == ident)


def _worded(version: Version, content: Content) -> Version:
    texts = {name: text_in(content, name, getattr(version, name)) for name in _TEXTS}
    plain = flag_in(content, "generate_plain_content", otherwise=version.generate_plain_content)
    editor = text_in(content, "editor", version.editor)
    if editor not in {"code", "design"}:
        raise wrong('editor must be "code" or "design"', "editor")
    return replace(version, editor=editor, generate_plain_content=plain, **texts)  # type: ignore[arg-type]


def _one(account: Account, ident: str) -> Template:
    found = account.templates.get(ident)
    if found is None:
        raise missing("template not found")
    return found


def _version(template: Template, ident: str) -> Version:
    found = template.versions.get(ident)
    if found is None:
        raise missing("template version not found")
    return found


def _name(name: str) -> str:
    if not name or len(name) > LONGEST_NAME:
        raise wrong(f"name must have 1 to {LONGEST_NAME} characters", "name")
    return name


def _written(at_s: float) -> str:
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%d %H:%M:%S")
