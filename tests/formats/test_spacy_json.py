"""The JSON forms of spaCy's training data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.golden_corpus import CORPUS, export_corpus
from support.read_files import keys_by_layer, read, surfaces, texts, write_rows

from curate.formats.registry import detect_format

TUPLE = ["Anna saw Rome", {"entities": [[0, 4, "PER"], [9, 13, "LOC"]], "cats": {"A": 1, "B": 0}}]


def _written(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize("shape", ["array", "annotator", "lines"])
def test_training_tuples_are_texts_with_entities_and_categories(tmp_path: Path, shape: str) -> None:
    empty = ["Rien", {"entities": []}]
    unjudged = ["Quoi", {}]
    values = [TUPLE, empty, unjudged]
    annotated = {"classes": ["PER"], "annotations": values}
    path = _written(tmp_path / "a.json", annotated if shape == "annotator" else values)
    if shape == "lines":
        path = write_rows(tmp_path / "a.jsonl", *values)
    assert detect_format(path).name == "spacy-json"
    documents, problems = read(path)
    assert texts(documents) == ["Anna saw Rome", "Rien", "Quoi"]
    assert surfaces(documents[0]) == [("Anna", "PER"), ("Rome", "LOC")]
    assert [it.label for it in documents[0].layers[0].categories] == ["A"]
    assert [len(item.layers) for item in documents] == [1, 1, 0]
    assert problems == []


def test_a_line_that_is_no_tuple_is_refused_even_if_it_is_the_first(tmp_path: Path) -> None:
    cut = '["Bela", {"entities": ['
    path = write_rows(tmp_path / "a.jsonl", cut, TUPLE, cut, ["Anna", [[0, 4, "PER"]]])
    documents, problems = read(path)
    assert [surfaces(it) for it in documents] == [
        [("Anna", "PER"), ("Rome", "LOC")],
        [("Anna", "PER")],
    ]
    assert [it.where for it in problems] == [f"{path}:1", f"{path}:3"]


def test_what_is_no_tuple_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.json", {"classes": [], "annotations": [TUPLE, None, TUPLE]})
    documents, problems = read(path)
    assert len(documents) == 2
    assert [p.code for p in problems] == ["read.malformed"]
    path = _written(tmp_path / "b.json", [TUPLE, ["Anna"], ["Anna", {"entities": [[0, 9, "X"]]}]])
    documents, problems = read(path, "spacy-json")
    assert texts(documents) == ["Anna saw Rome", "Anna"]
    assert [p.code for p in problems] == ["read.malformed", "read.out-of-range"]


def _docs(path: Path) -> list[Any]:
    import spacy
    from spacy.tokens import DocBin

    return list(DocBin().from_disk(path).get_docs(spacy.blank("fr").vocab))


def test_docs_of_spacy_come_back_from_their_json(tmp_path: Path) -> None:
    docs = _docs(export_corpus("spacy", tmp_path))
    path = _written(tmp_path / "a.json", [doc.to_json() for doc in docs])
    assert detect_format(path).name == "spacy-json"
    documents, problems = read(path)
    assert problems == []
    assert texts(documents) == [document.text for document, _ in CORPUS]
    for item, doc in zip(documents, docs, strict=True):
        entities = [(it.start_char, it.end_char, it.label_) for it in doc.ents]
        assert keys_by_layer(item)["gold"] == entities
        chosen = {name for name, score in doc.cats.items() if score}
        assert {it.label for it in item.layers[0].categories} == chosen


def test_the_json_of_spacy_2_is_read_as_spacy_writes_it(tmp_path: Path) -> None:
    from spacy.training.gold_io import docs_to_json  # type: ignore[import-untyped]

    docs = _docs(export_corpus("spacy", tmp_path))
    path = _written(tmp_path / "a.json", [docs_to_json([doc]) for doc in docs])
    assert detect_format(path).name == "spacy-json"
    documents, problems = read(path)
    assert {p.code for p in problems} <= {"read.not-annotated"}
    assert texts(documents) == [document.text for document, _ in CORPUS]
    for item, doc in zip(documents, docs, strict=True):
        entities = [(it.start_char, it.end_char, it.label_) for it in doc.ents]
        assert keys_by_layer(item)["gold"] == entities


def test_paragraphs_without_their_text_are_rebuilt_from_tokens(tmp_path: Path) -> None:
    tokens = [{"orth": "Anna", "ner": "U-PER"}, {"orth": "saw"}, {"orth": "Rome", "ner": "-"}]
    other = [{"orth": "Rien"}]
    paragraphs = [{"sentences": [{"tokens": it}]} for it in (tokens, other)]
    paragraphs.append({"raw": "Quoi", "sentences": [{"tokens": [{"orth": "x", "ner": "O"}]}]})
    path = _written(tmp_path / "a.json", [{"id": 7, "paragraphs": paragraphs}])
    documents, problems = read(path)
    assert texts(documents) == ["Anna saw Rome", "Rien"]
    assert surfaces(documents[0]) == [("Anna", "PER")]
    assert (documents[1].layers, documents[1].document.meta) == ((), {"id": "7"})
    assert [p.code for p in problems] == ["read.not-annotated", "read.malformed"]
