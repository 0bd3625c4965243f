"""Documents that are written and read again: what was not lost comes back as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.golden_corpus import Pair, without_spaces
from support.random_documents import (
    RANDOM_SCHEMA,
    articles,
    pairs,
    unrestricted_pairs,
    written_and_read,
    written_keys,
)

from curate.formats import export
from curate.formats.convert import convert
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.formats.writing import ExportedFile
from curate.model import Annotation, Document, SpanKey
from curate.util import jsonl


@pytest.mark.parametrize("format", ["doccano", "label-studio", "prodigy"])
@settings(max_examples=60)
@given(made=st.lists(pairs(), max_size=2))
def test_annotation_tools_give_back_what_they_did_not_lose(format: str, made: list[Pair]) -> None:
    exported, found = written_and_read(format, made)
    assert "misaligned" not in exported.lost
    for (document, revision), item in zip(made, found, strict=True):
        assert item.document.text == document.text
        said = revision.annotation.sorted()
        assert {s.key for layer in item.layers for s in layer.spans} == {s.key for s in said.spans}
        if "relations" not in exported.lost:
            drawn = {r.key for layer in item.layers for r in layer.relations}
            assert drawn == {r.key for r in said.relations}
        if "categories" not in exported.lost:
            chosen = {c.key for layer in item.layers for c in layer.categories}
            assert chosen == {c.key for c in said.categories}


NAMES = (
    "text",
    "id",
    "curate_id",
    "meta",
    "body",
    "date",
    "category",
    "label",
    "title",
    "x",
    "lang",
)


@pytest.mark.parametrize("format", ["argilla", "label-studio", "prodigy"])
@settings(max_examples=30)
@given(meta=st.dictionaries(st.sampled_from(NAMES), st.text("a[{ ", max_size=3)))
def test_metadata_of_any_name_comes_back(format: str, meta: dict[str, str]) -> None:
    document = Document(id=jsonl.document_id("Rien"), text="Rien", meta=meta)
    revision = Annotation(document=document.id, layer="gold").revision()
    _, (item,) = written_and_read(format, [(document, revision)])
    assert item.document.meta == meta


@settings(max_examples=20)
@given(
    st.lists(pairs(), min_size=1, max_size=2, unique_by=lambda it: it[0].id),
    st.sampled_from(["biluo", "conllu"]),
)
def test_other_token_formats_give_the_entities_back(made: list[Pair], format: str) -> None:
    exported, found = written_and_read(format, made)
    assert sum(len(layer.spans) for item in found for layer in item.layers) == exported.spans
    for (document, _), item in zip(made, found, strict=True):
        assert "".join(item.document.text.split()) == "".join(document.text.split())


def blocks(path: Path) -> list[str]:
    """The text of a CoNLL file after each opening line, one a document."""
    first, *documents = path.read_bytes().decode().split("-DOCSTART- -X- -X- O\n\n")
    assert first == ""
    return documents


def entities(lines: str, made: Pair) -> list[SpanKey]:
    """Entities of one document as strict IOB2 reads them, placed in the text again.

    An entity opens with B- and goes on with I- of the same label; anything else is refused, as is
    an entity that runs over the end of a sentence.
    """
    found: list[SpanKey] = []
    position, before = 0, "O"
    for line in lines.split("\n"):
        if not line:
            before = "O"
            continue
        token, *middle, tag = line.split(" ")
        assert middle == ["-X-", "-X-"]
        position = made[0].text.index(token, position)
        end = position + len(token)
        if tag.startswith("B-"):
            found.append((position, end, tag[2:]))
        elif tag.startswith("I-"):
            assert before[2:] == tag[2:]
            found[-1] = (found[-1][0], end, tag[2:])
        position, before = end, tag
    return found


def packed_entities(path: Path) -> Iterator[list[SpanKey]]:
    """Entities of each document of a DocBin."""
    import spacy
    from spacy.tokens import DocBin

    for doc in DocBin().from_disk(path).get_docs(spacy.blank("fr").vocab):
        yield [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]


@settings(max_examples=30)  # each builds four tokenizers
@given(st.lists(unrestricted_pairs(), min_size=1, max_size=3))
def test_token_formats_give_back_what_they_did_not_lose(made: list[Pair]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        conll, docbin = Path(folder) / "corpus.conll", Path(folder) / "corpus.spacy"
        exported = export.write("conll", made, conll, RANDOM_SCHEMA)
        packed = export.write("spacy", made, docbin, RANDOM_SCHEMA)
        from_conll = [entities(lines, it) for lines, it in zip(blocks(conll), made, strict=True)]
        from_docbin = list(packed_entities(docbin))
    of_spans = [problem for problem in exported.problems if problem.span]
    assert of_spans == [problem for problem in packed.problems if problem.span]
    assert exported.spans == packed.spans == sum(map(len, from_conll))
    assert from_conll == from_docbin == [written_keys(exported, *it) for it in made]
    assert exported.spans + sum(p.severity == "warning" for p in of_spans) == sum(
        len(revision.spans) for _, revision in made
    )


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


@pytest.mark.parametrize("format", ["brat", "cas-json", "webanno", "xmi"])
@settings(max_examples=60)
@given(made=st.lists(pairs(), min_size=1, max_size=2, unique_by=lambda it: it[0].id))
def test_folders_give_back_what_they_did_not_lose(format: str, made: list[Pair]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        exported = export.write(format, made, path, RANDOM_SCHEMA)
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


@pytest.mark.parametrize(
    "format",
    ["brat", "webanno", *(pytest.param(it, marks=pytest.mark.slow) for it in ("cas-json", "xmi"))],
)
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
    exported = export.write(format, made, path, RANDOM_SCHEMA)
    found = read_folder(path, format)
    assert exported.spans + sum(exported.lost.values()) == 9442
    for document, revision in made:
        item = found[document.id]
        assert item.document.text == document.text
        kept = {span.key for span in revision.spans} - gone(exported, document)
        assert {span.key for layer in item.layers for span in layer.spans} == kept


EVERYTHING = ["doccano", "label-studio", "prodigy"]


@pytest.mark.parametrize("format", [*EVERYTHING, "jsonl", "parquet"])
def test_real_articles_come_back_exactly(format: str, shared_data: Path, tmp_path: Path) -> None:
    made = articles(shared_data, 100)
    assert len(made) == 100
    path = tmp_path / f"corpus.{format}"
    assert export.write(format, made, path, RANDOM_SCHEMA).lost == {}
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
    exported = export.write(format, made, path, RANDOM_SCHEMA)
    lost = [it for it in exported.problems if it.span and it.severity == "warning"]
    name = "conll" if format == "biluo" else format
    items = [it for it in read_annotated(path, name, ReadOptions()) if isinstance(it, ReadDocument)]
    assert len(items) == 100
    for (document, revision), item in zip(made, items, strict=True):
        gone = {problem.span for problem in lost if problem.document == document.id}
        kept = [s for s in sorted(revision.spans, key=lambda s: s.key) if s.key not in gone]
        text = item.document.text
        back = [(text[s.start : s.end], s.label) for it in item.layers for s in it.spans]
        assert [(without_spaces(words), label) for words, label in back] == [
            (without_spaces(document.text[s.start : s.end]), s.label) for s in kept
        ]


def _content(document: Document, spans: object) -> object:
    return document.text, sorted(span.key for span in spans)  # type: ignore[attr-defined]


def test_the_same_corpus_comes_out_of_a_chain_of_formats(shared_data: Path, tmp_path: Path) -> None:
    made = articles(shared_data, 20)
    paths = [tmp_path / f"{n}.{name}" for n, name in enumerate(["parquet", *EVERYTHING, "jsonl"])]
    export.write("parquet", made, paths[0], RANDOM_SCHEMA)
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
