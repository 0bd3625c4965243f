"""JSON Lines, read and written."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from support.exported_corpus import LOSSY_CORPUS, LOSSY_SCHEMA, pair
from support.golden_corpus import Pair
from support.random_documents import (
    RANDOM_SCHEMA,
    assert_given_back,
    pairs,
    unrestricted_pairs,
)
from support.read_files import read, write_rows
from support.source_documents import read_normalised

from curate.formats import export
from curate.formats.jsonl import JsonlRow
from curate.model import Document, Problem, Relation
from curate.util import jsonl


def test_lines_of_jsonl_are_documents_and_bad_ones_are_named_by_line(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        '{"text": "Un", "title": "T", "lang": "en", "score": 3, "empty": ""}',
        "{broken",
        "",
        '{"title": "no text"}',
        '{"text": "Deux"}',
        '{"text": "bad \\ud800"}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = list(read_normalised(path, "fr"))
    documents = [item for item in found if isinstance(item, Document)]
    assert [(d.text, d.lang) for d in documents] == [("Un", "en"), ("Deux", "fr")]
    assert documents[0].meta == {"title": "T", "score": "3", "file": "a.jsonl"}
    problems = [item.where for item in found if isinstance(item, Problem)]
    assert problems == [f"{path}:{number}" for number in (2, 4, 6)]


def test_a_row_that_curate_wrote_gives_its_document_back(tmp_path):
    text = "Anna dort"
    row = {
        "id": jsonl.document_id(text),
        "text": text,
        "lang": "fr",
        "meta": {"date": "kept as it is", "file": "f"},
        "spans": [{"start": 0, "end": 4, "label": "PER"}],
        "relations": [],
        "categories": [{"label": "sleep", "by": "annotator:ada"}],
        "revision": 2,
        "confirmed_by": "",
    }
    (found,), problems = read(write_rows(tmp_path / "a.jsonl", row))
    assert problems == []
    assert found.document.id == row["id"]
    assert found.document.meta == row["meta"]
    assert [(c.label, c.by) for c in found.layers[0].categories] == [("sleep", "annotator:ada")]


def test_jsonl_loses_nothing(tmp_path: Path) -> None:
    exported = export.write("jsonl", LOSSY_CORPUS, tmp_path / "corpus.jsonl", LOSSY_SCHEMA)
    assert (exported.lost, exported.problems) == ({}, ())
    assert exported.spans == 11


@given(st.lists(unrestricted_pairs(), max_size=3))
def test_jsonl_gives_everything_back(made: list[Pair]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "corpus.jsonl"
        exported = export.write("jsonl", made, target, RANDOM_SCHEMA)
        rows = list(jsonl.read(target, JsonlRow))
    assert (exported.documents, exported.lost) == (len(made), {})
    for (document, revision), row in zip(made, rows, strict=True):
        assert Document(id=row.id, text=row.text, lang=row.lang, meta=row.meta) == document
        assert (row.spans, row.categories) == (revision.spans, revision.categories)
        assert (row.revision, row.confirmed_by) == (revision.number, revision.confirmed_by)
        arrows = (Relation(a.head.key, a.tail.key, a.label, a.by, a.at) for a in row.relations)
        assert tuple(arrows) == revision.relations


@given(st.lists(pairs(), max_size=2))
def test_jsonl_gives_the_document_and_its_annotations_back(made: list[Pair]) -> None:
    assert_given_back("jsonl", made)


def test_readers_that_infer_columns_accept_jsonl(tmp_path: Path) -> None:
    from pyarrow import json as reader

    arrow = Relation((0, 3, "PER"), (11, 16, "LOC"), "in")
    made = pair("Zoé dort à Évian.", ("Zoé", "PER"), ("Évian", "LOC"), relations=(arrow,))
    export.write("jsonl", [*LOSSY_CORPUS, made], tmp_path / "corpus.jsonl", LOSSY_SCHEMA)
    rows = reader.read_json(tmp_path / "corpus.jsonl").to_pylist()
    assert rows[3]["relations"][0]["tail"] == {"start": 11, "end": 16, "label": "LOC"}
