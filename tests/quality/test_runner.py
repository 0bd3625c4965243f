"""A run of all checks: what it reports, and what it leaves out."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support.checked_corpus import LOC, SCHEMA, TEXT, Pair, clean, found, pair

from curate.model import Span
from curate.quality import CHECKS, check_documents


def test_all_defects_of_a_corpus_are_reported_at_once() -> None:
    first = pair(Span(-1, 5, "X"), Span(5, 11, "PER"), id="1" * 16, by="")
    second = pair(LOC, LOC, Span(57, 99, "LOC"), text=f"{TEXT}b")
    report = check_documents([first, clean(), second], SCHEMA)
    assert set(found(report)) == {
        ("document.digest", "1" * 16, None),
        ("document.confirmed", "1" * 16, None),
        ("span.offsets", "1" * 16, (-1, 5, "X")),
        ("span.label", "1" * 16, (-1, 5, "X")),
        ("span.edges", "1" * 16, (5, 11, "PER")),
        ("span.duplicate", second[0].id, LOC.key),
        ("span.offsets", second[0].id, (57, 99, "LOC")),
    }
    assert report.errors == len(report.problems) == 7
    assert report.counts == {"documents": 3, "spans": 7}


def test_a_finding_quotes_the_text_and_says_how_to_mend_it() -> None:
    (problem,) = check_documents([pair(Span(11, 17, "PER"))], SCHEMA).problems
    assert problem.message.startswith("' parle' ")
    assert problem.hint
    (blank,) = check_documents([pair(Span(1, 6, "PER"), text="a\u00a0Rome b")], SCHEMA).problems
    assert blank.message.startswith("'\\xa0Rome' ")


def test_findings_are_not_cut_off() -> None:
    spans = [Span(2 * number, 2 * number + 1, "MISC") for number in range(700)]
    report = check_documents([pair(*spans, text="a " * 699 + "a")], SCHEMA)
    assert [problem.span for problem in report.problems] == [span.key for span in spans]


def test_a_clean_corpus_passes_and_says_what_was_checked() -> None:
    report = check_documents([clean(number) for number in range(3)], SCHEMA)
    assert report.passed
    assert (report.problems, report.errors, report.warnings) == ((), 0, 0)
    assert {check.code for check in report.checks} == {*CHECKS}
    assert all(check.ok and not check.findings for check in report.checks)


@pytest.mark.parametrize("pairs", [[], [pair()]], ids=["no document", "no span"])
def test_a_corpus_without_rows_passes(pairs: list[Pair], tmp_path: Path) -> None:
    assert check_documents(pairs, SCHEMA).passed
    assert check_documents(pairs, SCHEMA, tmp_path / "docs").passed


def test_tombstones_are_not_checked() -> None:
    document, revision = pair(Span(-1, 99, "X"), text="", by="")
    report = check_documents([(document, msgspec.structs.replace(revision, deleted=True))], SCHEMA)
    assert report.passed
    assert report.counts == {"documents": 0, "spans": 0}
