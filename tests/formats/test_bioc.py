"""BioC in XML and JSON, with the library of the format as the other side."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from bioc import biocjson, biocxml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.golden_corpus import CORPUS, Pair, export_corpus
from support.random_documents import RANDOM_SCHEMA, pairs, written_and_read
from support.read_files import read, surfaces

from curate.formats.registry import detect_format
from curate.formats.xml_text import replace_without_xml

BOTH = pytest.mark.parametrize("ending", [".xml", ".json"])
FORMAT = {".xml": "bioc", ".json": "bioc-json"}


def mention(number: int, start: int, end: int, text: str | None, **infons: Any) -> dict[str, Any]:
    infons = infons or {"type": "PER"}
    locations = [{"offset": start, "length": end - start}]
    return {"id": str(number), "infons": infons, "text": text, "locations": locations}


def passage(offset: int, text: str, *mentions: dict[str, Any], **infons: Any) -> dict[str, Any]:
    return {
        "offset": offset,
        "infons": infons,
        "text": text,
        "sentences": [],
        "annotations": list(mentions),
        "relations": [],
    }


def save(path: Path, *passages: dict[str, Any], **fields: Any) -> Path:
    """A collection with one document, written by the library."""
    document = {"id": "7", "infons": {}, "annotations": [], "relations": []} | fields
    documents = [{**document, "passages": list(passages)}]
    collection = {"source": "s", "date": "d", "key": "k", "infons": {}, "documents": documents}
    if path.suffix == ".json":
        path.write_text(json.dumps(collection), "utf-8")
    else:
        value = biocjson.loads(json.dumps(collection))
        path.write_text(biocxml.dumps(value), "utf-8")
    assert detect_format(path).name == FORMAT[path.suffix]
    return path


@BOTH
def test_passages_annotations_and_relations(tmp_path: Path, ending: str) -> None:
    first = passage(0, "Anna saw Rome", mention(1, 0, 4, "Anna"), type="title")
    second = passage(14, "Bela, too.", mention(2, 14, 18, "Bela", type="PER", age="9"))
    nodes = [{"refid": "1", "role": "tail"}, {"refid": "2", "role": "head"}]
    three = [*nodes, {"refid": "1", "role": ""}]
    relations = [
        {"id": "r", "infons": {"type": "knows"}, "nodes": nodes},
        {"id": "s", "infons": {"type": "meets"}, "nodes": three},
    ]
    (item,), problems = read(save(tmp_path / f"a{ending}", first, second, relations=relations))
    assert item.document.text == "Anna saw Rome\nBela, too."
    assert item.document.meta == {"id": "7", "title": "Anna saw Rome"}
    assert surfaces(item) == [("Anna", "PER"), ("Bela", "PER")]
    (relation,) = item.layers[0].relations
    assert (relation.head, relation.label, relation.tail) == (
        (14, 18, "PER"),
        "knows",
        (0, 4, "PER"),
    )
    assert [p.code for p in problems] == ["read.unsupported"] * 2


@pytest.mark.parametrize(("name", "size"), [("codepoints", 2), ("bytes", 5), ("utf16", 3)])
@BOTH
def test_the_unit_is_that_in_which_annotations_have_their_text(
    tmp_path: Path, ending: str, name: str, size: int
) -> None:
    text = "🚀 Anna."
    after = size + 6
    passages = (
        passage(0, text, mention(1, size, size + 4, "Anna")),
        passage(after, text, mention(2, after + size, after + size + 4, "Anna")),
    )
    path = save(tmp_path / f"a{ending}", *passages)
    for options in ({}, {"offsets": name}):
        (item,), problems = read(path, **options)
        assert (item.document.text, problems) == (f"{text}\n{text}", [])
        assert surfaces(item) == [("Anna", "PER")] * 2
    other = "bytes" if name != "bytes" else "codepoints"
    _, problems = read(path, offsets=other)
    assert [p.code for p in problems] != []


@BOTH
def test_offsets_from_one_are_refused_once_and_read_as_asked(tmp_path: Path, ending: str) -> None:
    mentions = (mention(1, 1, 5, "Anna"), mention(2, 10, 14, "Rome"))
    path = save(tmp_path / f"a{ending}", passage(0, "Anna saw Rome", *mentions))
    items, problems = read(path)
    assert (items, [p.hint for p in problems]) == ([], ["read it with --offsets from:1"])
    (item,), problems = read(path, offsets="from:1")
    assert (surfaces(item), problems) == ([("Anna", "PER"), ("Rome", "PER")], [])


@BOTH
def test_sentences_pieces_and_what_has_no_label(tmp_path: Path, ending: str) -> None:
    sentences = [
        {
            "offset": 0,
            "infons": {},
            "text": "North and South America.",
            "annotations": [],
            "relations": [],
        },
        {
            "offset": 25,
            "infons": {},
            "text": "Rome.",
            "annotations": [mention(3, 25, 29, "Rome")],
            "relations": [],
        },
    ]
    pieces = mention(1, 0, 5, "North America", type="LOC")
    pieces["locations"].append({"offset": 16, "length": 7})
    unlabelled = (mention(2, 0, 5, "North", type=it) for it in ("", None))
    sentences[0]["annotations"] += [pieces, *unlabelled]
    holder = passage(0, "") | {"text": None, "sentences": sentences}
    path = save(tmp_path / f"a{ending}", holder)
    (item,), problems = read(path, discontinuous="split")
    assert item.document.text == "North and South America. Rome."
    assert surfaces(item) == [("North", "LOC"), ("America", "LOC"), ("Rome", "PER")]
    assert [p.code for p in problems] == ["read.no-label"] * 2


def test_xml_entities_are_resolved_in_the_file_and_never_outside(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Anna")
    body = (
        "<collection><document><id>1</id><passage><offset>0</offset><text>{}</text>"
        "</passage></document></collection>"
    )
    declared = '<!DOCTYPE collection [<!ENTITY a "Anna">]>'
    external = f'<!DOCTYPE collection [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'
    path = tmp_path / "a.xml"
    path.write_text(declared + body.format("&a; &amp; Z"))
    assert read(path)[0][0].document.text == "Anna & Z"
    for head, text in ((external, "&a;"), ("", "&a;"), ("", "<b>")):
        path.write_text(head + body.format(text))
        items, problems = read(path, format="bioc")
        assert (items, [p.code for p in problems]) == ([], ["read.malformed"])


def test_a_damaged_document_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    path = save(tmp_path / "a.json", passage(0, "Anna", mention(1, 0, 4, "Anna")))
    value = json.loads(path.read_text())
    good = value["documents"][0]
    value["documents"] = [{**good, "passages": 3}, good, {**good, "relations": [{"nodes": 1}]}, []]
    path.write_text(json.dumps(value))
    items, problems = read(path)
    assert [surfaces(item) for item in items] == [[("Anna", "PER")]]
    assert {p.code for p in problems} == {"read.unreadable"}


def spans(document: Any) -> list[tuple[int, int, str]]:
    return sorted(
        (it.total_span.offset, it.total_span.end, it.infons["type"])
        for passage in document.passages
        for it in passage.annotations
    )


@pytest.mark.parametrize("format", ["bioc", "bioc-json"])
def test_the_library_reads_every_span_and_relation(tmp_path: Path, format: str) -> None:
    data = export_corpus(format, tmp_path).read_bytes()
    if format == "bioc":
        collection = biocxml.load(io.BytesIO(data))
    else:
        collection = biocjson.loads(data.decode())
    for document, (expected, revision) in zip(collection.documents, CORPUS, strict=True):
        (passage,) = document.passages
        assert (document.id, passage.text) == (expected.id, expected.text)
        assert spans(document) == sorted(span.key for span in revision.spans)
        assert all(
            it.text == expected.text[it.total_span.offset : it.total_span.end]
            for it in passage.annotations
        )
        assert len(document.relations) == len(revision.relations)


@settings(max_examples=60)
@given(st.lists(pairs(), max_size=2), st.sampled_from(["bioc", "bioc-json"]))
def test_what_is_written_comes_back(made: list[Pair], format: str) -> None:
    exported, items = written_and_read(format, made)
    names = {label: exported.renamed.get(label, label) for label in _labels(made)}
    for (document, revision), item in zip(made, items, strict=True):
        assert item.document.text == document.text
        meta = {replace_without_xml(k): replace_without_xml(v) for k, v in document.meta.items()}
        if format == "bioc-json":
            meta = document.meta
        assert item.document.meta == meta
        assert [s.key for s in item.layers[0].spans] == sorted(s.key for s in revision.spans)
        assert {(r.head, r.tail, r.label) for r in item.layers[0].relations} == {
            (r.head, r.tail, names[r.label]) for r in revision.relations
        }
    assert exported.lost.get("categories", 0) == sum(len(r.categories) for _, r in made)


def _labels(made: list[Pair]) -> set[str]:
    return {it.label for _, revision in made for it in revision.relations} | {*RANDOM_SCHEMA.names}
