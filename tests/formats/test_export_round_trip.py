"""Formats that hold everything give it back through the readers; the others lose what they say."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.random_documents import SCHEMA, Pair, articles, pairs, written_and_read

from curate.formats import export
from curate.formats.convert import convert
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.formats.writing import ExportedFile
from curate.model import Document, SpanKey

EVERYTHING = ["doccano", "label-studio", "prodigy"]


@settings(max_examples=40)
@given(st.lists(pairs(), max_size=2))
def test_parquet_gives_the_document_and_its_annotations_back(made: list[Pair]) -> None:
    exported, found = written_and_read("parquet", made)
    assert exported.lost == {}
    for (document, revision), item in zip(made, found, strict=True):
        assert item.document == document
        (layer,) = item.layers
        expected = revision.annotation.sorted()
        assert (layer.spans, layer.relations) == (expected.spans, expected.relations)
        assert layer.categories == expected.categories


@settings(max_examples=15)  # each finds tokens as well
@given(st.lists(pairs(), min_size=1, max_size=2, unique_by=lambda it: it[0].id))
def test_a_data_set_folder_gives_everything_back(made: list[Pair]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        exported = export.write("huggingface", made, path, SCHEMA)
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


def gone(exported: ExportedFile, document: Document) -> set[SpanKey]:
    """The spans of a document that an export lost."""
    return {it.span for it in exported.problems if it.span and it.document == document.id}


def read_folder(path: Path, format: str) -> dict[str, ReadDocument]:
    """What stands in a folder, by the id in the files' names."""
    items = {
        file.stem: item
        for file in source_files([path], format)
        for item in read_annotated(file, format, ReadOptions())
        if isinstance(item, ReadDocument) or item.severity != "info"
    }
    assert all(isinstance(item, ReadDocument) for item in items.values()), items
    return items  # type: ignore[return-value]


@pytest.mark.parametrize("format", ["brat", "webanno"])
@settings(max_examples=60)
@given(made=st.lists(pairs(), min_size=1, max_size=2, unique_by=lambda it: it[0].id))
def test_folders_give_back_what_they_did_not_lose(format: str, made: list[Pair]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        exported = export.write(format, made, path, SCHEMA)
        found = read_folder(path, format)
    assert len(found) == len(made)
    names = {new: old for old, new in exported.renamed.items()}
    for document, revision in made:
        item = found[document.id]
        assert item.document.text == document.text
        kept = {s.key for s in revision.spans} - gone(exported, document)
        (said,) = item.layers
        assert {span.key for span in said.spans} == kept
        drawn = {r.key for r in revision.relations if {r.head, r.tail} <= kept}
        assert {(r.head, r.tail, names.get(r.label, r.label)) for r in said.relations} == drawn


@pytest.mark.parametrize("format", ["brat", "webanno"])
def test_all_of_winer_comes_back_from_folders(
    format: str, shared_data: Path, tmp_path: Path
) -> None:
    made = articles(shared_data, 600)
    spans = [span for _, revision in made for span in revision.spans]
    nested = sum(
        any(a is not b and a.start <= b.start and b.end <= a.end for a in revision.spans)
        for _, revision in made
        for b in revision.spans
    )
    assert (len(spans), nested > 10) == (9442, True)
    path = tmp_path / "corpus"
    exported = export.write(format, made, path, SCHEMA)
    found = read_folder(path, format)
    assert exported.spans + sum(exported.lost.values()) == 9442
    for document, revision in made:
        item = found[document.id]
        assert item.document.text == document.text
        kept = {span.key for span in revision.spans} - gone(exported, document)
        assert {span.key for layer in item.layers for span in layer.spans} == kept


@pytest.mark.parametrize("format", [*EVERYTHING, "jsonl", "parquet"])
def test_real_articles_come_back_exactly(format: str, shared_data: Path, tmp_path: Path) -> None:
    made = articles(shared_data, 100)
    assert len(made) == 100
    path = tmp_path / f"corpus.{format}"
    assert export.write(format, made, path, SCHEMA).lost == {}
    items = [
        it for it in read_annotated(path, format, ReadOptions()) if isinstance(it, ReadDocument)
    ]
    for (document, revision), item in zip(made, items, strict=True):
        assert item.document.text == document.text
        keys = [span.key for layer in item.layers for span in layer.spans]
        assert keys == sorted(span.key for span in revision.spans)


@pytest.mark.parametrize("format", ["biluo", "conll", "conllu", "spacy"])
def test_real_articles_lose_what_the_account_says(
    format: str, shared_data: Path, tmp_path: Path
) -> None:
    made = articles(shared_data, 100)
    path = tmp_path / f"corpus.{format}"
    exported = export.write(format, made, path, SCHEMA)
    lost = [problem for problem in exported.problems if problem.span]
    name = "conll" if format == "biluo" else format
    items = [it for it in read_annotated(path, name, ReadOptions()) if isinstance(it, ReadDocument)]
    assert len(items) == 100
    for (document, revision), item in zip(made, items, strict=True):
        gone = {problem.span for problem in lost if problem.document == document.id}
        kept = [s for s in sorted(revision.spans, key=lambda s: s.key) if s.key not in gone]
        text = item.document.text
        back = [(text[s.start : s.end], s.label) for it in item.layers for s in it.spans]
        assert [(_solid(words), label) for words, label in back] == [
            (_solid(document.text[s.start : s.end]), s.label) for s in kept
        ]


def test_the_same_corpus_comes_out_of_a_chain_of_formats(shared_data: Path, tmp_path: Path) -> None:
    made = articles(shared_data, 20)
    paths = [tmp_path / f"{n}.{name}" for n, name in enumerate(["parquet", *EVERYTHING, "jsonl"])]
    export.write("parquet", made, paths[0], SCHEMA)
    for here, there in zip(paths, paths[1:], strict=False):
        done = convert(
            [here], there, read_as=here.suffix[1:], write_as=there.suffix[1:], layer="each"
        )
        assert (done.lost, done.refused) == ({}, 0)
        paths[paths.index(there)].write_bytes(Path(done.written[0].path).read_bytes())
    items = [
        it
        for it in read_annotated(paths[-1], "jsonl", ReadOptions())
        if isinstance(it, ReadDocument)
    ]
    assert [_content(d, r.spans) for d, r in made] == [
        _content(it.document, it.layers[0].spans) for it in items
    ]


def _content(document: Document, spans: object) -> object:
    return document.text, sorted(span.key for span in spans)  # type: ignore[attr-defined]


def _solid(text: str) -> str:
    return "".join(text.split())


def test_seqeval_reads_the_entities_that_conll_holds(shared_data: Path, tmp_path: Path) -> None:
    from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-untyped]

    path = tmp_path / "corpus.conll"
    exported = export.write("conll", articles(shared_data, 50), path, SCHEMA)
    lines = path.read_text("utf-8").split("\n")
    tags = [line.rsplit(" ", 1)[1] if line else "O" for line in lines]
    assert len(get_entities(tags)) == exported.spans > 100


def test_datasets_loads_the_parquet_file_offline(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    import datasets

    made = articles(shared_data, 20)
    path = tmp_path / "corpus.parquet"
    export.write("parquet", made, path, SCHEMA)
    loaded = datasets.load_dataset(
        "parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded["text"][:] == [document.text for document, _ in made]
    assert [len(spans) for spans in loaded["spans"]] == [len(r.spans) for _, r in made]
