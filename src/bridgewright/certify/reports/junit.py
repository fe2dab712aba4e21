"""A certificate as JUnit XML, which CI servers read. What is vacuous counts as a failure there too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bridgewright.certify.check import Status
from bridgewright.certify.reports.words import preface

if TYPE_CHECKING:
    from bridgewright.certify.certificate import Certificate, Result

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write (section 2.2)."""
_FAILING = frozenset({Status.FAILED, Status.VACUOUS, Status.UNPLAYED})


def document(certificate: Certificate) -> str:
    """The whole document: one suite, one case for each check."""
    results = certificate.results
    suite = ET.Element(
        "testsuite",
        {
            "name": f"bridgewright certify {_plain(certificate.target)}",
            "tests": str(len(results)),
            "failures": str(sum(each.status in _FAILING for each in results)),
            "errors": "0",
            "skipped": str(certificate.count(Status.NOT_APPLICABLE)),
            "time": f"{certificate.took_s:.3f}",
            "timestamp": certificate.began_at,
        },
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in preface(certificate):
        ET.SubElement(properties, "property", {"name": name, "value": _plain(value)})
    for each in results:
        _case(suite, each)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, result: Result) -> None:
    check = result.check
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": f"certify.{check.level.word}.{check.family.value.replace(' ', '_')}",
            "name": f"{check.code} {check.title}",
        },
    )
    why = _plain("\n".join(result.why))
    first = why.partition("\n")[0]
    if result.status is Status.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", {"message": first})
    elif result.status in _FAILING:
        failure = {"type": result.status.value, "message": first}
        ET.SubElement(case, "failure", failure).text = f"{why}\n\n{check.meaning}"


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
