"""Each check finds exactly what is wrong, where it is wrong, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.checked_corpus import LOC, PER, SCHEMA, TEXT, Pair, clean, found, pair

from curate.errors import CurateError
from curate.model import Span
from curate.quality import CHECKS, check_documents
from curate.util import jsonl

SPAN_DEFECTS = {
    "past the end": ("span.offsets", Span(46, 70, "LOC")),
    "before the text": ("span.offsets", Span(-2, 5, "PER")),
    "empty": ("span.order", Span(30, 30, "LOC")),
    "reversed": ("span.order", Span(34, 31, "LOC")),
    "unknown label": ("span.label", Span(29, 42, "MISC")),
    "blank at the end": ("span.edges", Span(11, 17, "PER")),
    "no-break space at the start": ("span.edges", Span(1, 6, "PER")),
    "joiner at the end": ("span.edges", Span(2, 6, "LOC")),
}


@pytest.mark.parametrize("name", SPAN_DEFECTS)
def test_a_defect_of_a_span_is_found_with_its_document_and_span(name: str) -> None:
    code, span = SPAN_DEFECTS[name]
    text = {"no-break space at the start": "a\u00a0Rome b", "joiner at the end": "a Rom\u200d b"}
    bad = pair(span, text=text.get(name, TEXT))
    report = check_documents([clean(1), bad, clean(2)], SCHEMA)
    assert found(report) == [(code, bad[0].id, span.key)]
    assert not report.passed


def test_a_span_that_is_there_three_times_is_one_finding() -> None:
    bad = pair(PER, PER, LOC, msgspec.structs.replace(PER, by="annotator:bob"))
    assert found(check_documents([clean(), bad], SCHEMA)) == [
        ("span.duplicate", bad[0].id, PER.key)
    ]


@pytest.mark.parametrize("other", [Span(0, 5, "PER"), Span(6, 25, "LOC"), Span(0, 11, "LOC")])
def test_overlap_is_an_error_unless_the_schema_allows_it(other: Span) -> None:
    bad = pair(PER, other)
    report = check_documents([clean(), bad], SCHEMA)
    assert found(report) == [("span.overlap", bad[0].id, other.key)]
    free = msgspec.structs.replace(SCHEMA, overlap=True)
    assert "span.overlap" not in {
        outcome.code for outcome in check_documents([bad], free).checks_run
    }


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (pair(text=" \u00a0\n\u200b"), "document.empty"),
        (pair(text=""), "document.empty"),
        (pair(PER, id="0" * 16), "document.digest"),
        (pair(PER, by=""), "document.confirmed"),
    ],
)
def test_a_defect_of_a_document_is_found(bad: Pair, code: str) -> None:
    assert found(check_documents([clean(), bad], SCHEMA)) == [(code, bad[0].id, None)]


def test_a_document_that_is_there_twice_is_found() -> None:
    report = check_documents([clean(), pair(PER), pair(LOC)], SCHEMA)
    assert found(report) == [("document.unique", jsonl.document_id(TEXT), None)]


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
    assert {outcome.code for outcome in report.checks} == {*CHECKS}
    assert all(outcome.ok and not outcome.findings for outcome in report.checks)


@pytest.mark.parametrize("pairs", [[], [pair()]], ids=["no document", "no span"])
def test_a_corpus_without_rows_passes(pairs: list[Pair], tmp_path: Path) -> None:
    assert check_documents(pairs, SCHEMA).passed
    assert check_documents(pairs, SCHEMA, tmp_path / "docs").passed


def test_tombstones_are_not_checked() -> None:
    document, revision = pair(Span(-1, 99, "X"), text="", by="")
    report = check_documents([(document, msgspec.structs.replace(revision, deleted=True))], SCHEMA)
    assert report.passed
    assert report.counts == {"documents": 0, "spans": 0}


def test_data_docs_name_the_checks_and_the_findings(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "docs"
    bad = pair(Span(11, 17, "PER"))
    report = check_documents([bad], SCHEMA, folder)
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert "expectations/spans.html" in index
    suites = "".join(page.read_text("utf-8") for page in (folder / "expectations").glob("*.html"))
    for outcome in report.checks_run:
        assert f"{outcome.code}: {outcome.why}" in suites
    (result,) = folder.glob("validations/spans/**/*.html")
    assert bad[0].id in result.read_text(encoding="utf-8")
    assert found(report) == [("span.edges", bad[0].id, (11, 17, "PER"))]


RUN = ("documents", "spans", "relations", "categories", "layers", "schema", "mentions")


def test_data_docs_are_overwritten_and_other_files_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    check_documents([pair(Span(11, 17, "PER"))], SCHEMA, tmp_path)
    check_documents([clean()], SCHEMA, tmp_path)
    assert {page.stem for page in tmp_path.glob("validations/**/*.html")} == {
        f"gold-{table}" for table in RUN
    }
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


QUIET = """
import socket, sys

def refuse(*_, **__):
    sys.exit("the network was used")

socket.socket.connect = socket.getaddrinfo = refuse
sys.path.insert(0, sys.argv[1])
from support.checked_corpus import SCHEMA, Span, pair
from curate.quality import check_documents
from pathlib import Path
check_documents([pair(Span(11, 17, "PER"))], SCHEMA, Path("docs"))
"""


def test_a_run_is_silent_offline_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", QUIET, str(Path(__file__).parents[1])],
        cwd=work,
        env={**os.environ, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(home.iterdir()) == []
    assert [path.name for path in work.iterdir()] == ["docs"]


def test_a_check_that_cannot_run_is_an_error() -> None:
    from curate.quality import gx, registry, tables

    check = CHECKS["span.edges"]
    table = tables.build([clean()]).spans.drop(columns="first")
    with pytest.raises(CurateError, match=r"span\.edges could not run"):
        gx.run(gx.context(), "spans", table, [(check, registry.mask(check, SCHEMA))])


SPANS = st.lists(
    st.builds(
        Span,
        start=st.integers(0, 9),
        end=st.integers(0, 9),
        label=st.sampled_from(["PER", "LOC"]),
    ),
    max_size=8,
)


@given(SPANS, SPANS)
def test_overlap_is_found_just_where_spans_share_a_character(
    first: list[Span], second: list[Span]
) -> None:
    from curate.quality.tables import build

    pairs = [pair(*first), pair(*second, text=f"{TEXT}b")]
    table = build(pairs).spans
    clear = (table["start"] >= table["reach"]).tolist()
    assert len(clear) == len(first) + len(second)
    for spans, flags in ((first, clear[: len(first)]), (second, clear[len(first) :])):
        held = {span.key: span for span in spans if span.start < span.end}
        crowded = any(
            one.overlaps(other)
            for key, one in held.items()
            for also, other in held.items()
            if key < also
        )
        assert crowded == (not all(flags))
        for span, free in zip(spans, flags, strict=True):
            rivals = [other for key, other in held.items() if key != span.key]
            assert free or any(span.overlaps(other) for other in rivals)
