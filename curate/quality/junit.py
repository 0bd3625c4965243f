"""The report as JUnit XML, which CI servers read: one test case per check, one suite per table.

The XML is valid by the schema of Ant's JUnit task (Windy Road, JUnit.xsd), and Jenkins accepts it.
That schema has no place in a test case for findings that do not fail the build; they are in the
suite's ``system-out``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from curate.model import Problem
from curate.quality.report import CheckResult, QualityReport

# Characters that XML 1.0 does not allow (its production 2, Char).
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST = 1000  # findings of a check that are written out; the others are counted
_READING = "reading"


def junit(report: QualityReport, at: str, host: str = "localhost") -> bytes:
    """The report as XML.

    Errors are failures. Checks that did not run, and checks whose findings are all waived, are
    skipped, with the reason.

    Args:
        report: the report of the checks.
        at: when they ran, as ISO 8601 in UTC.
        host: name of the machine on which they ran.
    """
    problems: dict[str, list[Problem]] = defaultdict(list)
    for problem in report.problems:
        problems[problem.code].append(problem)
    suites: dict[str, list[CheckResult]] = defaultdict(list)
    for check in report.checks:
        suites[check.table or "corpus"].append(check)
    reading = sorted({*problems} - {check.code for check in report.checks})
    if reading:
        suites[_READING] = [_reading_result(code, problems[code]) for code in reading]
    root = ET.Element("testsuites")
    for number, (name, checks) in enumerate(suites.items()):
        failures = sum(bool(_errors(problems[check.code])) for check in checks)
        attributes = {
            "name": name,
            "package": "curate",
            "id": str(number),
            "timestamp": at.removesuffix("Z")[:19],
            "hostname": host,
            "tests": str(len(checks)),
            "failures": str(failures),
            "errors": "0",
            "skipped": str(sum(bool(_reason_skipped(check)) for check in checks)),
            "time": "0",
        }
        suite = ET.SubElement(root, "testsuite", attributes)
        _fill_suite(suite, report, name, checks, problems)
    ET.indent(root)
    xml: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _reading_result(code: str, problems: Sequence[Problem]) -> CheckResult:
    """Findings of a reader as if a check had made them."""
    return CheckResult(
        code=code,
        severity=problems[0].severity,
        why="What cannot be read is missing.",
        ok=False,
        table=_READING,
        findings=len(problems),
    )


def _fill_suite(
    suite: ET.Element,
    report: QualityReport,
    name: str,
    checks: Sequence[CheckResult],
    problems: dict[str, list[Problem]],
) -> None:
    properties = ET.SubElement(suite, "properties")
    for counted, number in report.counts.items():
        ET.SubElement(properties, "property", {"name": counted, "value": str(number)})
    output: list[str] = []
    for check in checks:
        attributes = {"name": check.code, "classname": f"curate.{name}", "time": "0"}
        case = ET.SubElement(suite, "testcase", attributes)
        if errors := _errors(problems[check.code]):
            message = f"{len(errors):,} found. {check.why} {check.hint}"
            failure = ET.SubElement(case, "failure", {"type": check.code, "message": message})
            failure.text = _lines(report, errors)
        elif reason := _reason_skipped(check):
            ET.SubElement(case, "skipped", {"message": _clean(reason)})
        others = [problem for problem in problems[check.code] if problem.severity != "error"]
        output += [_lines(report, others)] if others else []
        output += [f"{check.code} is set here: {check.reason}"] if check.reason else []
    codes = {check.code for check in checks}
    output += [
        f"waived: {_line(report, waived.problem)} because {waived.reason}"
        for waived in report.waived
        if waived.problem.code in codes
    ]
    ET.SubElement(suite, "system-out").text = _clean("\n".join(output))
    ET.SubElement(suite, "system-err").text = ""


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def _reason_skipped(check: CheckResult) -> str:
    """Why a test case counts as skipped; empty if it does not."""
    if check.skipped:
        return f"{check.skipped}; {check.reason}" if check.reason else check.skipped
    if check.ok and check.waived:
        return f"{check.waived:,} findings are waived"
    return ""


def _lines(report: QualityReport, problems: Sequence[Problem]) -> str:
    lines = [_line(report, problem) for problem in problems[:_MOST]]
    rest = len(problems) - _MOST
    return _clean("\n".join([*lines, f"and {rest:,} more"] if rest > 0 else lines))


def _line(report: QualityReport, problem: Problem) -> str:
    place = " ".join(filter(None, (problem.where, problem.document)))
    if problem.span:
        place += f" {problem.span[0]}-{problem.span[1]} {problem.span[2]}".rstrip()
    link = report.links.get(problem.document, "")
    line = f"{problem.severity} {problem.code} {place}: {problem.message} ({problem.hint})"
    return f"{line} {link}".rstrip()


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
