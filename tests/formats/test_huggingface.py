"""Data set folders, as datasets and mlcroissant load them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exported_corpus import LOSSY_SCHEMA, pair
from support.golden_corpus import CORPUS, RELEASE, SCHEMA, Pair
from support.random_documents import RANDOM_SCHEMA, articles, pairs

from curate.formats import export
from curate.formats.export import CorpusInfo
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated, source_files


@settings(max_examples=15)  # each finds tokens as well
@given(st.lists(pairs(), min_size=1, max_size=2, unique_by=lambda it: it[0].id))
def test_a_data_set_folder_gives_everything_back(made: list[Pair]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        exported = export.write("huggingface", made, path, RANDOM_SCHEMA)
        (file,) = source_files([path / "data" / "documents"], "parquet")
        items = [
            it
            for it in read_annotated(file, "parquet", ReadOptions())
            if isinstance(it, ReadDocument)
        ]
    assert exported.lost == {}
    for (document, revision), item in zip(made, items, strict=True):
        assert item.document == document
        (layer,) = item.layers
        assert layer.content == revision.annotation.content


def test_datasets_loads_the_folder_offline(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    import datasets

    made = articles(shared_data, 30)
    ids = sorted(document.id for document, _ in made)
    splits = {"train": tuple(ids[:20]), "dev": tuple(ids[20:25]), "test": tuple(ids[25:30])}
    import msgspec

    release = msgspec.structs.replace(RELEASE, splits=splits)
    target = tmp_path / "corpus.huggingface"
    exported = export.write("huggingface", made, target, SCHEMA, release)
    how = {"cache_dir": str(tmp_path / "cache"), "verification_mode": "all_checks"}
    found = datasets.load_dataset(str(target), **how)
    assert {name: part.num_rows for name, part in found.items()} == {
        "train": 20,
        "dev": 5,
        "test": 5,
    }
    labels = found["train"].features["spans"].feature["label"]
    known = {document.id: (document, revision) for document, revision in made}
    for part in found.values():
        for row in part:
            document, revision = known.pop(row["id"])
            assert row["text"] == document.text
            keys = [(s["start"], s["end"], labels.int2str(s["label"])) for s in row["spans"]]
            assert keys == [span.key for span in revision.spans]
    assert known == {}
    tokens = datasets.load_dataset(str(target), "tokens", **how)
    tags = tokens["train"].features["ner_tags"].feature
    assert tags.names[0] == "O"
    begun = [tag for part in tokens.values() for row in part for tag in row["ner_tags"]]
    (table,) = exported.also
    assert sum(tags.names[tag].startswith("B-") for tag in begun) == table.spans > 100
    for row in tokens["dev"]:
        text = next(d.text for d, _ in made if d.id == row["document"])
        for start, token in zip(row["starts"], row["tokens"], strict=True):
            assert text[start : start + len(token)] == token


TEXTS = {document.id: document.text for document, _ in CORPUS}


@pytest.mark.filterwarnings("ignore")  # those of rdflib and pandas, in mlcroissant
def test_croissant_validates_and_reads_the_rows(tmp_path: Path) -> None:
    import mlcroissant

    target = tmp_path / "corpus.huggingface"
    about = CorpusInfo(
        name="a b", license="CC-BY-4.0", homepage="https://example.org", citation="x"
    )
    export.write("huggingface", CORPUS, target, SCHEMA, RELEASE, corpus=about)
    found = mlcroissant.Dataset(str(target / "croissant.json"))
    assert (found.metadata.ctx.issues.errors, found.metadata.ctx.issues.warnings) == (set(), set())
    by_id = {row["documents/id"].decode(): row for row in found.records("documents")}
    assert by_id.keys() == TEXTS.keys()
    for document, revision in CORPUS:
        row = by_id[document.id]
        assert row["documents/text"].decode() == document.text
        marks = row["documents/spans"]
        keys = [
            (
                mark["documents/spans/start"],
                mark["documents/spans/end"],
                SCHEMA.names[mark["documents/spans/label"]],
            )
            for mark in marks
        ]
        assert keys == [span.key for span in revision.spans]
        split = next((n for n, ids in RELEASE.splits.items() if document.id in ids), "unassigned")
        assert row["documents/split"].decode() == split
    assert len(list(found.records("tokens"))) > len(CORPUS)
    bare = tmp_path / "bare.huggingface"
    export.write("huggingface", CORPUS, bare, SCHEMA)
    told = mlcroissant.Dataset(str(bare / "croissant.json")).metadata.ctx.issues
    assert told.errors == set()
    broken = json.loads((bare / "croissant.json").read_bytes())
    del broken["recordSet"][-1]["field"][1]["dataType"]
    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(broken)


def test_datasets_keeps_dates_as_text_and_spans_that_begin_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its JSON reader does neither, so that the formats for it are those with types."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    import datasets
    import msgspec

    import curate

    date = "2025-06-02T10:00:00Z"
    made: list[Pair] = []
    for n in range(460):
        document, revision = pair(f"Zoé {n} {'x' * 24_000}", *[("Zoé", "PER")] * (n > 450))
        made.append((msgspec.structs.replace(document, meta={"published": date}), revision))
    cache = str(tmp_path / "cache")
    for format, builder in (("jsonl", "json"), ("parquet", "parquet")):
        path = tmp_path / f"corpus.{format}"
        export.write(format, made, path, LOSSY_SCHEMA)
        how = {"data_files": str(path), "split": "train", "cache_dir": cache}
        if format == "jsonl":
            with pytest.raises(datasets.exceptions.DatasetGenerationError):
                datasets.load_dataset(builder, **how)
            loaded = curate.load(path).dataset()
        else:
            loaded = datasets.load_dataset(builder, **how)
        assert [len(spans) for spans in loaded["spans"]] == [0] * 451 + [1] * 9
        assert {meta["published"] for meta in loaded["meta"]} == {date}
