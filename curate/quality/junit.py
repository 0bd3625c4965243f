"""The report as JUnit XML, which CI servers read: one test case a check, one suite a table.

Written so that both the schema of Ant's JUnit task (Windy Road, JUnit.xsd) and Jenkins' take it:
findings that do not fail a build stand in the suite's ``system-out``, as a test case has no place
for them there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree import ElementTree as ET

from curate.model import Problem
from curate.quality.report import CheckResult, QualityReport

# What XML 1.0 has no place for (its production 2, Char).
_FOREIGN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST = 1000  # findings of a check that are written out; the others are counted


def junit(report: QualityReport, at: str, host: str = "localhost") -> bytes:
    """The report as XML.

    Error-level findings are failures; checks that were not made, and those whose findings are all
    waived, are skipped, with the reason.

    Args:
        report: what the checks say.
        at: when they were made, as ISO 8601 in UTC.
        host: on which machine.
    """
    found: dict[str, list[Problem]] = defaultdict(list)
    for problem in report.problems:
        found[problem.code].append(problem)
    suites: dict[str, list[CheckResult]] = defaultdict(list)
    for outcome in report.checks:
        suites[outcome.table or "corpus"].append(outcome)
    if strange := sorted({*found} - {outcome.code for outcome in report.checks}):
        suites["reading"] = [_read(code, found[code]) for code in strange]
    root = ET.Element("testsuites")
    for number, (name, outcomes) in enumerate(suites.items()):
        suite = ET.SubElement(root, "testsuite", _head(name, number, outcomes, found, at, host))
        _suite(suite, report, name, outcomes, found)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _read(code: str, found: list[Problem]) -> CheckResult:
    return CheckResult(
        code=code,
        severity=found[0].severity,
        why="What cannot be read is not there.",
        ok=False,
        table="reading",
        findings=len(found),
    )


def _head(
    name: str,
    number: int,
    outcomes: list[CheckResult],
    found: dict[str, list[Problem]],
    at: str,
    host: str,
) -> dict[str, str]:
    failures = sum(bool(_errors(found[each.code])) for each in outcomes)
    skipped = sum(bool(_skipped(each)) for each in outcomes)
    return {
        "name": name,
        "package": "curate",
        "id": str(number),
        "timestamp": at.removesuffix("Z")[:19],
        "hostname": host,
        "tests": str(len(outcomes)),
        "failures": str(failures),
        "errors": "0",
        "skipped": str(skipped),
        "time": "0",
    }


def _suite(
    suite: ET.Element,
    report: QualityReport,
    name: str,
    outcomes: list[CheckResult],
    found: dict[str, list[Problem]],
) -> None:
    counts = ET.SubElement(suite, "properties")
    for what, many in report.counts.items():
        ET.SubElement(counts, "property", {"name": what, "value": str(many)})
    told: list[str] = []
    for each in outcomes:
        where = {"name": each.code, "classname": f"curate.{name}", "time": "0"}
        case = ET.SubElement(suite, "testcase", where)
        problems = found[each.code]
        if errors := _errors(problems):
            head = {"type": each.code, "message": f"{len(errors):,} found. {each.why} {each.hint}"}
            ET.SubElement(case, "failure", head).text = _lines(report, errors)
        elif skipped := _skipped(each):
            ET.SubElement(case, "skipped", {"message": _clean(skipped)})
        mild = [problem for problem in problems if problem.severity != "error"]
        told += [_lines(report, mild)] if mild else []
        told += [f"{each.code} is set here: {each.reason}"] if each.reason else []
    told += [
        f"waived: {_told(report, each.problem)} because {each.reason}"
        for each in report.waived
        if each.problem.code in {outcome.code for outcome in outcomes}
    ]
    ET.SubElement(suite, "system-out").text = _clean("\n".join(told))
    ET.SubElement(suite, "system-err").text = ""


def _errors(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def _skipped(outcome: CheckResult) -> str:
    if outcome.skipped:
        return f"{outcome.skipped}; {outcome.reason}" if outcome.reason else outcome.skipped
    if outcome.ok and outcome.waived:
        return f"{outcome.waived:,} findings are waived"
    return ""


def _lines(report: QualityReport, problems: list[Problem]) -> str:
    lines = [_told(report, problem) for problem in problems[:_MOST]]
    rest = len(problems) - _MOST
    return _clean("\n".join([*lines, f"and {rest:,} more"] if rest > 0 else lines))


def _told(report: QualityReport, problem: Problem) -> str:
    place = " ".join(filter(None, (problem.where, problem.document)))
    if problem.span:
        place += f" {problem.span[0]}-{problem.span[1]} {problem.span[2]}".rstrip()
    link = report.links.get(problem.document, "")
    told = f"{problem.severity} {problem.code} {place}: {problem.message} ({problem.hint})"
    return f"{told} {link}".rstrip()


def _clean(text: str) -> str:
    return _FOREIGN.sub("\ufffd", text)
