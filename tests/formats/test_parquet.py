"""Parquet, read and written."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exported_corpus import LOSSY_SCHEMA, pair
from support.golden_corpus import Pair
from support.random_documents import (
    RANDOM_SCHEMA,
    articles,
    assert_given_back,
    pairs,
)
from support.read_files import read, surfaces

from curate.formats import export


def test_parquet_is_read_in_rows_with_its_spans(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    spans = [{"start": 0, "end": 4, "label": "PER"}]
    rows = [{"text": "Anna dort", "n": 1, "spans": spans}, {"text": None, "n": 2, "spans": []}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    (found,), (problem,) = read(path)
    assert surfaces(found) == [("Anna", "PER")]
    assert found.document.meta == {"n": "1"}
    assert (problem.code, problem.where) == ("read.no-text", f"{path}:2")
    path.write_bytes(b"PAR1 no")
    assert [p.code for p in read(path)[1]] == ["read.unreadable"]


@settings(max_examples=40)
@given(st.lists(pairs(), max_size=2))
def test_parquet_gives_the_document_and_its_annotations_back(made: list[Pair]) -> None:
    assert_given_back("parquet", made)


def test_datasets_loads_the_parquet_file_offline(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    import datasets

    made = articles(shared_data, 20)
    path = tmp_path / "corpus.parquet"
    export.write("parquet", made, path, RANDOM_SCHEMA)
    loaded = datasets.load_dataset(
        "parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded["text"][:] == [document.text for document, _ in made]
    assert [len(spans) for spans in loaded["spans"]] == [len(r.spans) for _, r in made]


def test_datasets_keeps_dates_of_parquet_as_texts_but_not_of_jsonl(tmp_path: Path) -> None:
    from datasets import Dataset

    made = [pair("Zoé dort.", ("Zoé", "PER"))]
    made = [(msgspec.structs.replace(d, meta={"published": "2026-01-01"}), r) for d, r in made]
    for name in ("parquet", "jsonl"):
        export.write(name, made, tmp_path / f"a.{name}", LOSSY_SCHEMA)
    cache = {"cache_dir": str(tmp_path / "cache")}
    (row,) = Dataset.from_parquet(str(tmp_path / "a.parquet"), **cache)
    assert row["meta"] == {"published": "2026-01-01"}
    (row,) = Dataset.from_json(str(tmp_path / "a.jsonl"), **cache)
    assert not isinstance(row["meta"]["published"], str)
