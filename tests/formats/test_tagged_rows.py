"""Rows of tokens and tags, as data sets of Hugging Face have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.golden_corpus import CORPUS, export_corpus, without_spaces
from support.read_files import read, read_all, surfaces, texts, write_rows

from curate.errors import InputError
from curate.formats.registry import detect_format
from curate.formats.sources import source_files

NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
ROWS = [
    {"id": "0", "tokens": ["Anna", "Elm", "saw", "Rome"], "ner_tags": [1, 2, 0, 3]},
    {"id": "1", "tokens": ["Rien"], "ner_tags": [0]},
    {"id": "2", "tokens": ["Quoi"], "ner_tags": [-100]},
]


def _check(path: Path, **options: object) -> None:
    documents, problems = read(path, **options)
    assert texts(documents) == ["Anna Elm saw Rome", "Rien", "Quoi"]
    assert surfaces(documents[0]) == [("Anna Elm", "PER"), ("Rome", "LOC")]
    assert [len(item.layers) for item in documents] == [1, 1, 0]
    assert [item.document.meta for item in documents] == [{"id": str(n)} for n in range(3)]
    assert problems == []


def test_numbers_need_names_which_the_options_give(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", *ROWS)
    assert detect_format(path).name == "tagged-rows"
    with pytest.raises(InputError, match="do.* not say what they stand for") as error:
        read(path)
    assert "--labels O,B-PER" in error.value.hint
    _check(path, tag_names=tuple(NAMES))


def test_the_features_of_a_data_set_name_its_tags(tmp_path: Path) -> None:
    from datasets import ClassLabel, Dataset, Features, Sequence, Value

    features = Features(
        {"id": Value("string"), "tokens": Sequence(Value("string")), "ner_tags": None}
    )
    features["ner_tags"] = Sequence(ClassLabel(names=NAMES))
    rows = [*ROWS[:2], {**ROWS[2], "ner_tags": [-1]}]  # what ClassLabel lets through
    dataset = Dataset.from_list(rows, features=features)
    dataset.to_parquet(tmp_path / "a.parquet")
    _check(tmp_path / "a.parquet")
    dataset.to_json(tmp_path / "a.jsonl")
    _check(tmp_path / "a.jsonl", tag_names=tuple(NAMES))


def test_tags_may_be_texts_in_any_style_and_rows_sentences_of_a_document(tmp_path: Path) -> None:
    rows = [
        {"doc_id": "a", "words": ["Anna", "Elm"], "labels": ["PER", "PER"]},
        {"doc_id": "a", "words": ["in", "Rome"], "labels": ["O", "LOC"]},
        {"doc_id": "b", "words": ["Rien"], "labels": [None]},
    ]
    documents, problems = read(write_rows(tmp_path / "a.jsonl", *rows))
    assert texts(documents) == ["Anna Elm\nin Rome", "Rien"]
    assert surfaces(documents[0]) == [("Anna Elm", "PER"), ("Rome", "LOC")]
    assert documents[1].layers == ()
    assert [item.document.meta for item in documents] == [{"id": "a"}, {"id": "b"}]
    assert problems == []


def test_a_row_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    rows = [
        {"tokens": ["Anna"], "ner_tags": ["B-PER"]},
        {"tokens": ["Anna", "Elm"], "ner_tags": ["O"]},
        {"tokens": [], "ner_tags": []},
    ]
    path = write_rows(tmp_path / "a.jsonl", *rows)
    documents, problems = read(path)
    assert texts(documents) == ["Anna"]
    assert [(p.code, p.where) for p in problems] == [
        ("read.malformed", f"{path}:2"),
        ("read.malformed", f"{path}:3"),
    ]


def test_a_blank_token_covers_its_blanks_and_an_empty_one_nothing(tmp_path: Path) -> None:
    tokens = ["Anna", "\xa0", "Elm", "\n", "saw", "", "Rome", ""]
    tags = ["B-PER", "I-PER", "I-PER", "O", "O", "O", "B-LOC", "B-LOC"]
    path = write_rows(tmp_path / "a.jsonl", {"tokens": tokens, "ner_tags": tags})
    (document,), problems = read(path)
    assert texts([document]) == [" ".join(tokens)]
    assert surfaces(document) == [("Anna \xa0 Elm", "PER"), ("Rome", "LOC")]
    assert [p.code for p in problems] == ["read.out-of-range"]


def test_other_columns_of_tags_and_spans_are_a_loss_and_not_metadata(tmp_path: Path) -> None:
    row = {
        "tokens": ["Anna", "saw"],
        "ner_tags": ["B-PER", "O"],
        "fine_ner_tags": ["B-queen", "O"],
        "mentions": [{"start": 0}],
        "sources": ["a", "b", "c"],
    }
    path = write_rows(tmp_path / "a.jsonl", row, {**row, "document_id": "a"})
    documents, problems = read(path)
    assert [it.document.meta for it in documents] == [{"sources": '["a","b","c"]'}, {"id": "a"}]
    assert [p.code for p in problems] == ["read.unsupported", "read.not-understood"] * 2
    (document, _), _ = read(path, columns={"tag": "fine_ner_tags"})
    assert surfaces(document) == [("Anna", "queen")]


def test_the_table_of_tokens_that_is_exported_is_read_when_it_is_named(tmp_path: Path) -> None:
    folder = export_corpus("huggingface", tmp_path)
    files = list(source_files([folder], "parquet"))
    assert all("tokens" not in path.parts for path in files)
    assert len(read_all(folder, "parquet")) >= len(CORPUS)
    sentences = [read(path)[0] for path in sorted(folder.glob("data/tokens/*/*.parquet"))]
    by_id = {it.document.meta["id"]: it for items in sentences for it in items}
    for document, _ in CORPUS:
        assert without_spaces(by_id[document.id].document.text) == without_spaces(document.text)
