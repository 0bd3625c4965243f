"""Parquet, read and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
from support.read_files import read, surfaces, texts

from curate.formats import export, parquet, streams
from curate.formats.source_file import SourceFile


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


def _table(path: Path, **columns: Any) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, compression="zstd")
    return path


@pytest.mark.parametrize(
    "columns",
    [
        {"text": ["x" * (3 << 20)]},  # compressed to little
        {"text": ["x" * 1000] * 3000},  # a string that stands once in its dictionary
        {"text": ["Anna"], "tags": [["O" * 100] * 30_000]},
        {"text": ["Anna"], "numbers": [[7] * 400_000]},
        {"text": ["Anna"], "meta": [{"a": [{"b": "c" * (3 << 20)}]}]},
    ],
)
def test_a_table_that_unpacks_to_too_much_is_refused_until_more_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: dict[str, list[Any]]
) -> None:
    monkeypatch.setattr(streams, "UNPACK_FLOOR", 2)
    path = _table(tmp_path / "a.parquet", **columns)
    assert path.stat().st_size < 20_000
    documents, problems = read(path)
    assert len(documents) < len(columns["text"])
    assert [it.code for it in problems] == ["read.unreadable"]
    assert "--unpack-limit" in problems[0].hint
    documents, problems = read(path, unpack_limit=4)
    assert (texts(documents), problems) == (columns["text"], [])


def test_rows_of_every_type_come_back_as_they_were_written(tmp_path: Path) -> None:
    import decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {
            "text": f"Anna {number % 3}",
            "map": [("k", f"v{number % 2}")],
            "list": [{"a": "x", "b": None}, None] * (number % 3),
            "large": "y",
            "bytes": b"z",
            "fixed": ["a", "b"],
            "category": "c",
            "decimal": decimal.Decimal("1.5"),
            "none": None,
        }
        for number in range(3000)
    ]
    inner = pa.struct([("a", pa.string()), ("b", pa.large_string())])
    types = {
        "text": pa.string(),
        "map": pa.map_(pa.string(), pa.string()),
        "list": pa.list_(inner),
        "large": pa.large_string(),
        "bytes": pa.binary(),
        "fixed": pa.list_(pa.string(), 2),
        "category": pa.dictionary(pa.int8(), pa.string()),
        "decimal": pa.decimal128(5, 2),
        "none": pa.null(),
    }
    table = pa.Table.from_pylist(rows, pa.schema(types))
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=700)
    assert list(parquet.read_rows(SourceFile(tmp_path / "a.parquet"))) == table.to_pylist()
