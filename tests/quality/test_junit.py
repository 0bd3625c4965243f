"""The report as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import msgspec
from support.checked_corpus import BAD, LOC, PER, SCHEMA, pair
from support.junit_schema import assert_valid_junit

from curate.config import CheckWaiver
from curate.quality import CHECKS, check_documents
from curate.quality.junit import junit


def test_junit_has_a_case_for_each_check_and_a_failure_for_each_that_found_errors():
    waive = {"waive": (CheckWaiver(id="span.label", reason="an old label\x01"),)}
    report = check_documents(
        [BAD], SCHEMA, settings=waive, link=lambda key: f"https://x/{key}?a=1&b=2"
    )
    root = ET.fromstring(junit(report, "2026-11-24T10:00:00Z"))
    assert_valid_junit(root)
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    assert {*cases} == {*CHECKS}
    assert [name for name, case in cases.items() if case.find("failure") is not None] == [
        "span.edges"
    ]
    failure = cases["span.edges"].find("failure")
    assert failure is not None and failure.text
    assert f"{BAD[0].id} 11-17 PER: ' parle'" in failure.text
    assert f"https://x/{BAD[0].id}?a=1&b=2" in failure.text
    skipped = cases["span.label"].find("skipped")
    assert skipped is not None and "waived" in skipped.attrib["message"]
    assert any("an old label" in (out.text or "") for out in root.iter("system-out"))
    for suite in root:
        for what, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.attrib[what]) == len(list(suite.iter(tag)))


def test_warnings_do_not_fail_a_case_and_are_told_in_the_suite():
    document, revision = pair(PER, LOC)
    old = msgspec.structs.replace(revision, schema="news@0.1.0")
    root = ET.fromstring(junit(check_documents([(document, old)], SCHEMA), "2026-11-24T10:00:00Z"))
    assert not list(root.iter("failure"))
    told = "".join(out.text or "" for out in root.iter("system-out"))
    assert "warning document.schema" in told
