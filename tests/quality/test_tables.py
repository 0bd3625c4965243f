"""The tables that the checks look at."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.checked_corpus import RICH, clean, crowd, mentions, pair

from curate.model import Document, Revision, Span
from curate.quality import code_points, tables
from curate.quality.tables import DOCUMENTS, SPANS, build
from curate.util import jsonl

TEXT = " L’Élysée 👩🏽‍⚕️ à Paris\u00a0"


def annotated(*spans: Span, deleted: bool = False, text: str = TEXT) -> tuple[Document, Revision]:
    document = Document(id=jsonl.document_id(text), text=text, lang="fr")
    revision = Revision(
        document=document.id,
        number=3,
        author="annotator:a",
        at="2026-01-01T00:00:00Z",
        reason="correction",
        schema="news@1.0.0",
        spans=spans,
        deleted=deleted,
    )
    return document, revision


def test_a_document_is_a_row_of_its_measures() -> None:
    frame = build([annotated(Span(1, 9, "LOC"))]).documents
    row = frame.drop(columns=["confirmed_by", "same_words"]).to_dict("records")[0]
    assert row == {
        "document": jsonl.document_id(TEXT),
        "digest": jsonl.document_id(TEXT),
        "length": len(TEXT),
        "visible": len(TEXT) - 2,
        "lang": "fr",
        "revision": 3,
        "schema": "news@1.0.0",
        "asked": 0,
        "done": 0,
        "spans": 1,
        "gap": len(TEXT) - 9,
        "gap_start": 9,
        "gap_end": len(TEXT),
        "like": "",
    }
    assert frame["confirmed_by"].isna().all()


def test_a_span_is_a_row_with_the_characters_at_its_edges() -> None:
    frame = build([annotated(Span(3, 9, "LOC"), Span(18, 99, "LOC"), Span(3, 9, "PER"))]).spans
    assert [chr(code) for code in frame["first"]] == ["É", TEXT[18], "É"]
    assert [chr(code) for code in frame["last"]] == ["e", "\u00a0", "e"]
    assert [chr(code) for code in frame["before"]] == ["’", TEXT[17], "’"]
    assert frame["after"].tolist() == [ord(" "), code_points.NONE, ord(" ")]
    assert frame["surface"].tolist() == [0, 1, 0]
    assert frame["length"].tolist() == [len(TEXT)] * 3
    assert frame["repeat"].tolist() == [False] * 3


@pytest.mark.parametrize(("start", "end"), [(-5, -2), (9, 3), (50, 60), (4, 4)])
def test_a_span_that_holds_no_character_has_no_edges(start: int, end: int) -> None:
    row = build([annotated(Span(start, end, "LOC"))]).spans.iloc[0]
    assert (row["first"], row["last"], row["before"], row["after"]) == (code_points.NONE,) * 4
    assert (row["start"], row["end"], row["extent"]) == (start, end, end - start)


def test_offsets_before_the_text_do_not_count_from_its_end() -> None:
    row = build([annotated(Span(-3, 2, "LOC"))]).spans.iloc[0]
    assert (chr(row["first"]), chr(row["last"]), row["before"]) == (" ", "L", code_points.NONE)


def test_offsets_beyond_32_bits_are_kept() -> None:
    row = build([annotated(Span(3, 1 << 40, "LOC"))]).spans.iloc[0]
    assert row["end"] == 1 << 40


def test_tombstones_are_passed_over() -> None:
    frames = build([annotated(Span(1, 9, "LOC"), deleted=True)])
    assert len(frames.documents) == len(frames.spans) == 0


def test_empty_tables_have_their_columns_and_types() -> None:
    frames = build([])
    assert list(frames.documents.columns) == list(DOCUMENTS)
    assert {*frames.spans.columns} == {*SPANS} - {"left", "right"}


def test_the_package_does_not_load_heavy_libraries() -> None:
    code = (
        "import sys, curate.quality, curate.formats.export;"
        "heavy = {'pandas', 'great_expectations', 'spacy'} & set(sys.modules);"
        "sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


_FIGURES = st.lists(
    st.sampled_from(
        [*"0123456789", "12", "2016", " ", "\u202f", ",", ".", "-", "/", ":", "h", "er", "Th", "é"]
        + ["mars", "Août", "février", "ſeptember", "fois", "en ", "mai ", "décembre", "x"]
    ),
    max_size=14,
).map("".join)


@given(st.lists(_FIGURES, min_size=1, max_size=4))
@settings(max_examples=400)
def test_figures_passed_over_unread_are_no_dates(texts: list[str]) -> None:
    """Where numbers are not asked for, few figures are read; the dates found are the same."""
    pairs = [annotated(Span(0, 1, "LOC"), text=f"A {text}") for text in texts]
    read = build(pairs, figures=["date", "number"]).tables["unmarked"]
    quick = build(pairs, figures=["date"]).tables["unmarked"]
    dates = read[read["date"]].reset_index(drop=True)
    assert quick.to_dict("list") == dates.to_dict("list")


@given(
    st.lists(st.lists(st.tuples(st.integers(-3, 25), st.integers(-3, 25)), max_size=6), max_size=4)
)
def test_the_longest_gap_is_that_of_a_map_of_characters(documents):
    text = "abcde fghij klmno pqrs"
    pairs = [
        pair(*(Span(*edges, "PER") for edges in spans), text=f"{text}{number}")
        for number, spans in enumerate(documents)
    ]
    table = build(pairs).documents
    for (document, revision), row in zip(pairs, table.to_dict("records"), strict=True):
        free = [
            not any(max(s.start, 0) <= at < s.end for s in revision.spans)
            for at in range(len(document.text))
        ]
        runs = "".join("x" if each else " " for each in free).split()
        longest = max(map(len, runs), default=0) if revision.spans else 0
        assert row["gap"] == longest
        if longest:
            assert all(free[row["gap_start"] : row["gap_end"]])


def test_texts_in_portions_give_the_same_as_at_once(monkeypatch):
    pairs = [*mentions("LOC", "LOC", "LOC", "PER"), *crowd(5), clean(), pair(Span(-1, 99, "X"))]
    whole = tables.build(pairs, RICH, figures=("date", "number"))
    monkeypatch.setattr(tables, "_PORTION", 10)
    parts = tables.build(pairs, RICH, figures=("date", "number"))
    for name, table in whole.tables.items():
        assert table.equals(parts.tables[name]), name
