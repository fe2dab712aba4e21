"""Tools that write an integration and try it."""

from __future__ import annotations

from bridgewright.certify.check import Level
from bridgewright.engineer.manifest.words import AuthKind
from bridgewright.engineer.offering.confinement import Sort
from bridgewright.engineer.offering.kinds import (
    Field,
    Flag,
    NameOrPlace,
    Number,
    OneOf,
    Place,
    Text,
)
from bridgewright.engineer.offering.shapes import (
    CODES,
    COUNT,
    EVENT_TYPE,
    MAYBE,
    NAME,
    OBJECTS,
    SEED,
    TEXT,
    TEXTS,
    YES,
    choice,
)
from bridgewright.engineer.offering.tool import LONG_S, Tool

_SCAFFOLD = (
    Field("name", "Its name: a-z, 0-9 and _.", NAME, needed=True),
    Field(
        "spec",
        "The provider's OpenAPI document, a file of the project.",
        Place(Sort.FILE),
        "--spec",
    ),
    Field(
        "operations",
        "Operations that are needed: 'POST /orders', or an operationId.",
        Text(),
        "--op",
        many=True,
    ),
    Field("auth", "How calls are authorised.", choice(AuthKind), "--auth"),
    Field("key_header", "Where an API key goes.", Text(r"[\w-]{1,64}", "a header"), "--key-header"),
    Field(
        "base_url",
        "Where the API is.",
        Text(r"https?://[\w.:\[\]-]{1,200}(?:/[\w./~%-]{0,200})?", "a URL", 420),
        "--base-url",
    ),
    Field("webhook", "Receive webhooks that are signed so.", OneOf(("standard",)), "--webhook"),
    Field("events", "Types of webhooks that are handled.", EVENT_TYPE, "--event", many=True),
    Field("owner", "Who answers for it.", Text(r"[\w][\w .@+-]{0,99}", "a name"), "--owner"),
    Field(
        "title", "What it is called in sentences.", Text(r"[\w .&+-]{1,60}", "a title"), "--title"
    ),
    Field("timeout_s", "Seconds that a whole call may take.", Number(1, 3_600), "--timeout"),
    Field("into", "The package that it becomes a part of.", Place(Sort.NEW), "--into"),
)
_CERTIFY = (
    Field(
        "target",
        "What is certified: package.module:name, of the project.",
        Text(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", "package.module:name"),
        needed=True,
    ),
    Field("level", "The level that is asked for.", choice(each.word for each in Level), "--level"),
    SEED,
    Field("only", "Only these checks (A1,B2) or families (A,X). No level then.", CODES, "--only"),
    Field(
        "answers",
        "Whose good answers the provider gives: a provider's name, or a JSON file that scaffold wrote.",
        NameOrPlace(),
        "--answers",
    ),
    Field("no_keys", "The provider knows no idempotency keys.", Flag(), "--no-keys"),
    Field(
        "scheme",
        "The target is an application that receives webhooks signed so: stripe, github, standard.",
        Text(r"[a-z][a-z0-9_-]{0,40}", "a scheme's name"),
        "--scheme",
    ),
    Field("path", "Where it receives them.", Text(r"/[\w./-]{0,199}", "a path of a URL"), "--path"),
    Field("traces", "The target passes trace context on.", Flag(), "--traces"),
)


MAKING: tuple[Tool, ...] = (
    Tool(
        "scaffold",
        "New integration",
        "Write a new integration: a package with client, operations, models, tests and page, from the"
        " provider's OpenAPI document. Nothing is overwritten.",
        ("new",),
        {
            "name": TEXT,
            "folder": TEXT,
            "written": TEXTS,
            "kept": TEXTS,
            "tables": TEXTS,
            "operations": TEXTS,
            "variables": TEXTS,
            "certify": TEXT,
        },
        _SCAFFOLD,
        writes=("bridgewright.toml", "{into}", "{into}/{name}"),
    ),
    Tool(
        "check",
        "Check code",
        "Hold the code of integrations against the rules for it. Nothing is imported or run. ok is"
        " false when a rule is broken.",
        ("check",),
        {
            "modules": COUNT,
            "integrations": TEXTS,
            "rules": COUNT,
            "problems": OBJECTS,
            "undecided": OBJECTS,
            "excused": OBJECTS,
        },
        (
            Field(
                "paths",
                "Files and folders whose problems are told.",
                Place(Sort.ANY),
                many=True,
            ),
            Field("only", "Only these rules, or families: BW102, BW1,BW4.", CODES, "--only"),
            Field("strict", "Warnings fail, too.", Flag(), "--strict"),
        ),
    ),
    Tool(
        "certify",
        "Certify",
        "Try what a client or a webhook application of the project survives: stalls, resets, 429,"
        " 5xx, broken answers, forged and repeated deliveries. It runs that code, for minutes, without"
        " secrets. ok is false when the level is not reached.",
        ("certify",),
        {
            "suite": TEXT,
            "target": TEXT,
            "seed": COUNT,
            "began_at": TEXT,
            "level": MAYBE,
            "whole": YES,
            "checks": OBJECTS,
        },
        _CERTIFY,
        most_s=LONG_S,
    ),
)
