"""The tables that the checks look at."""

from __future__ import annotations

import subprocess
import sys

import pytest

from curate import jsonl
from curate.model import Document, Revision, Span
from curate.quality.frames import DOCUMENTS, SPANS, build

TEXT = " L’Élysée 👩🏽‍⚕️ à Paris\u00a0"


def pair(*spans: Span, deleted: bool = False) -> tuple[Document, Revision]:
    document = Document(id=jsonl.document_id(TEXT), text=TEXT, lang="fr")
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
    frame = build([pair(Span(1, 9, "LOC"))]).documents
    row = frame.drop(columns="confirmed_by").to_dict("records")[0]
    assert row == {
        "document": jsonl.document_id(TEXT),
        "digest": jsonl.document_id(TEXT),
        "length": len(TEXT),
        "visible": len(TEXT) - 2,
        "revision": 3,
        "schema": "news@1.0.0",
        "spans": 1,
    }
    assert frame["confirmed_by"].isna().all()


def test_a_span_is_a_row_with_what_it_marks() -> None:
    frame = build([pair(Span(3, 9, "LOC", by="annotator:a"), Span(18, 99, "LOC"))]).spans
    assert frame["surface"].tolist() == ["Élysée", TEXT[18:]]
    assert frame["by"].tolist() == ["annotator:a", ""]
    assert frame["length"].tolist() == [len(TEXT)] * 2


@pytest.mark.parametrize(("start", "end"), [(-3, 2), (-5, -2), (9, 3), (50, 60)])
def test_offsets_outside_the_text_do_not_count_from_its_end(start: int, end: int) -> None:
    surface = build([pair(Span(start, end, "LOC"))]).spans["surface"][0]
    assert surface == (TEXT[:2] if (start, end) == (-3, 2) else "")


def test_tombstones_are_passed_over() -> None:
    frames = build([pair(Span(1, 9, "LOC"), deleted=True)])
    assert len(frames.documents) == len(frames.spans) == 0


def test_empty_tables_have_their_columns_and_types() -> None:
    frames = build([])
    assert list(frames.documents.columns) == list(DOCUMENTS)
    assert [str(kind) for kind in frames.spans.dtypes] == list(SPANS.values())


def test_the_package_does_not_load_heavy_libraries() -> None:
    code = (
        "import sys, curate.quality, curate.export;"
        "heavy = {'pandas', 'great_expectations', 'spacy'} & set(sys.modules);"
        "sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
