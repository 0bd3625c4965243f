"""Training data of GLiNER, read and written."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exported_corpus import LOSSY_SCHEMA, pair
from support.golden_corpus import Pair, account, without_spaces
from support.random_documents import pairs, written_and_read, written_keys
from support.read_files import read, surfaces, texts, write_rows

from curate.formats import export
from curate.formats.registry import detect_format


def test_the_numbers_of_tokens_include_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    rows = [
        {"tokenized_text": ["Anna", "Elm", "saw", "Rome"], "ner": [[0, 1, "person"], [3, 3, "x"]]},
        {"tokenized_text": ["Rien"], "ner": [], "source": "a"},
        {"tokenized_text": ["Quoi"]},
        {"tokenized_text": ["Anna"], "ner": [[0, 1, "person"], [1, 0, "x"]]},
        {"tokenized_text": "Anna", "ner": []},
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert detect_format(path).name == "gliner"
    documents, problems = read(path)
    assert texts(documents) == ["Anna Elm saw Rome", "Rien", "Quoi", "Anna"]
    assert surfaces(documents[0]) == [("Anna Elm", "person"), ("Rome", "x")]
    assert documents[1].document.meta == {"source": "a"}
    assert [len(item.layers) for item in documents] == [1, 1, 0, 1]
    codes = ["read.out-of-range", "read.out-of-range", "read.malformed"]
    assert [p.code for p in problems] == codes


def test_nested_spans_are_written_and_documents_that_nobody_judged_are_not(tmp_path: Path) -> None:
    made = pair("L'Opéra de Lyon\n\njoue.", ("Opéra de Lyon", "ORG"), ("Lyon", "LOC"), ("oue", "X"))
    exported = export.write("gliner", [made], tmp_path / "a.gliner", LOSSY_SCHEMA)
    assert exported.lost == {"misaligned": 1}
    (row,) = json.loads((tmp_path / "a.gliner").read_bytes())
    assert row == {
        "id": made[0].id,
        "tokenized_text": ["L'", "Opéra", "de", "Lyon", "joue", "."],
        "ner": [[1, 3, "ORG"], [3, 3, "LOC"]],
    }
    assert account(tmp_path / "a.gliner")["lost"] == {"misaligned": 1}


def test_a_span_that_is_another_one_without_its_blank_edges_is_written_once(tmp_path: Path) -> None:
    document, revision = pair("Anna\nElm", ("Anna", "PER"))
    (span,) = revision.spans
    wider = msgspec.structs.replace(span, end=span.end + 1, by="annotator:bela")
    revision = msgspec.structs.replace(revision, spans=(span, wider))
    exported = export.write("gliner", [(document, revision)], tmp_path / "a.gliner", LOSSY_SCHEMA)
    assert (exported.spans, exported.lost) == (1, {"nested": 1})


@settings(max_examples=20)
@given(st.lists(pairs(), min_size=1, max_size=2, unique_by=lambda it: it[0].id))
def test_gliner_gives_the_spans_back(made: list[Pair]) -> None:
    exported, found = written_and_read("gliner", made)
    for (document, revision), item in zip(made, found, strict=True):
        assert without_spaces(item.document.text) == without_spaces(document.text)
        keys = written_keys(exported, document, revision)
        expected = sorted((without_spaces(document.text[a:b]), label) for a, b, label in keys)
        assert expected == sorted((without_spaces(it), label) for it, label in surfaces(item))


def test_a_blank_token_covers_its_blanks(tmp_path: Path) -> None:
    row = {"tokenized_text": ["Anna", " ", "Elm", "saw"], "ner": [[0, 2, "PER"]]}
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", row))
    assert (texts([document]), surfaces(document)) == (["Anna   Elm saw"], [("Anna   Elm", "PER")])
    assert problems == []


def test_the_labels_to_look_for_are_metadata_and_other_annotation_is_a_loss(tmp_path: Path) -> None:
    row = {"tokenized_text": ["Anna"], "ner": [], "label": ["person"], "relations": [[0, 0, "x"]]}
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", row))
    assert document.document.meta == {"label": '["person"]'}
    assert [it.code for it in problems] == ["read.not-understood"]
