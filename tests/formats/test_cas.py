"""UIMA CAS in XMI and JSON, with dkpro-cassis as the other side."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import cassis
import pytest
from support.exported_corpus import LOSSY_CORPUS, LOSSY_SCHEMA
from support.golden_corpus import CORPUS, SCHEMA, export_corpus
from support.read_files import read, read_all, surfaces

from curate.formats import export
from curate.formats.registry import detect_format
from curate.formats.sidecar import sidecar_path
from curate.formats.sources import source_files
from curate.model import Document, Revision, Span
from curate.util import jsonl

ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
TEXT = "🚀 Anna Elm vend à Rome."
BOTH = pytest.mark.parametrize("ending", [".xmi", ".json"])


def types() -> cassis.TypeSystem:
    """A project of INCEpTION with layers of its own."""
    with warnings.catch_warnings(action="ignore"):  # it opens its own file in a deprecated way
        types = cassis.load_dkpro_core_typesystem()
    person = types.create_type("webanno.custom.Person", "uima.tcas.Annotation")
    types.create_feature(person, "value", "uima.cas.String")
    types.create_feature(person, "sure", "uima.cas.Boolean")
    types.create_feature(person, "lives_in", "uima.tcas.Annotation")
    link = types.create_type("webanno.custom.SaleLink", "uima.cas.TOP")
    types.create_feature(link, "role", "uima.cas.String")
    types.create_feature(link, "target", "uima.tcas.Annotation")
    sale = types.create_type("webanno.custom.Sale", "uima.tcas.Annotation")
    slots = {"elementType": link, "multipleReferencesAllowed": False}
    types.create_feature(sale, "slots", "uima.cas.FSArray", **slots)
    knows = types.create_type("webanno.custom.Near", "uima.tcas.Annotation")
    for name in ("Governor", "Dependent"):
        types.create_feature(knows, name, "uima.tcas.Annotation")
    types.create_feature(knows, "kind", "uima.cas.String")
    topic = types.create_type("webanno.custom.Topic", "uima.cas.AnnotationBase")
    types.create_feature(topic, "value", "uima.cas.String")
    person_name = "de.tudarmstadt.ukp.clarin.webanno.api.type.CASMetadata"
    metadata = types.create_type(person_name, "uima.cas.AnnotationBase")
    types.create_feature(metadata, "username", "uima.cas.String")
    return types


def annotated(text: str = TEXT) -> tuple[cassis.Cas, dict[str, Any]]:
    """Anna, who lives in Rome, sells something there; and the annotations by name."""
    cas = cassis.Cas(types(), sofa_string=text, document_language="fr")
    get = cas.typesystem.get_type
    rome = get(ENTITY)(begin=18, end=22, value="LOC")
    anna = get("webanno.custom.Person")(begin=2, end=10, value="PER", sure=True, lives_in=rome)
    link = get("webanno.custom.SaleLink")(role="seller", target=anna)
    array = get("uima.cas.FSArray")(elements=[link])
    sale = get("webanno.custom.Sale")(begin=11, end=15, slots=array)
    near = get("webanno.custom.Near")(begin=18, end=22, Governor=anna, Dependent=rome, kind="near")
    noun = get("de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS")(begin=2, end=6)
    by_name = {"rome": rome, "anna": anna, "sale": sale, "near": near, "noun": noun}
    cas.add_all(by_name.values())
    cas.add(get("webanno.custom.Topic")(value="trade"))
    return cas, by_name


def save(cas: cassis.Cas, path: Path) -> Path:
    if path.suffix == ".xmi":
        cas.typesystem.to_xml(path.parent / "TypeSystem.xml")
        cas.to_xmi(path)
    else:
        cas.to_json(path)
    return path


def load(path: Path) -> cassis.Cas:
    if path.suffix == ".json":
        return cassis.load_cas_from_json(path.read_text("utf-8"))
    types = cassis.load_typesystem(path.parents[1] / "TypeSystem.xml")
    return cassis.load_cas_from_xmi(path, types)


@BOTH
def test_custom_layers_slots_references_and_topics(tmp_path: Path, ending: str) -> None:
    path = save(annotated()[0], tmp_path / f"a{ending}")
    assert detect_format(path).name == {".xmi": "xmi", ".json": "cas-json"}[ending]
    (item,), problems = read(path)
    assert (item.document.text, item.document.lang) == (TEXT, "fr")
    assert surfaces(item) == [("Anna Elm", "PER"), ("vend", "Sale"), ("Rome", "LOC")]
    anna, sale, rome = [span.key for span in item.layers[0].spans]
    assert {(r.head, r.label, r.tail) for r in item.layers[0].relations} == {
        (anna, "near", rome),
        (sale, "seller", anna),
        (anna, "lives_in", rome),
    }
    assert [it.label for it in item.layers[0].categories] == ["trade"]
    lost = [(p.code, "POS" in p.message or "Person.sure" in p.message) for p in problems]
    assert lost == [("read.unsupported", True)] * 2


@BOTH
def test_a_layer_and_its_label_can_be_chosen(tmp_path: Path, ending: str) -> None:
    path = save(annotated()[0], tmp_path / f"a{ending}")
    (item,), _ = read(path, columns={"layer": "POS"})
    assert surfaces(item) == [("Anna", "POS")]


@BOTH
def test_each_view_with_a_text_is_a_document(tmp_path: Path, ending: str) -> None:
    cas = annotated()[0]
    view = cas.create_view("English")
    view.sofa_string = "🚀🚀 Anna sells."
    view.add(cas.typesystem.get_type(ENTITY)(begin=3, end=7, value="PER"))
    items, _ = read(save(cas, tmp_path / f"a{ending}"))
    assert [it.document.meta.get("view") for it in items] == [None, "English"]
    assert surfaces(items[1]) == [("Anna", "PER")]


@BOTH
def test_a_relation_to_a_removed_span_is_lost_and_counted(tmp_path: Path, ending: str) -> None:
    cas, by_name = annotated()
    cas.remove(by_name["rome"])  # the relations still hold it, so it is written, in no view
    (item,), problems = read(save(cas, tmp_path / f"a{ending}"))
    assert surfaces(item) == [("Anna Elm", "PER"), ("vend", "Sale")]
    assert [it.label for it in item.layers[0].relations] == ["seller"]
    assert [p.code for p in problems].count("read.dangling") == 2


@BOTH
def test_a_longer_span_stands_before_a_shorter_one_and_a_copy_is_counted(
    tmp_path: Path, ending: str
) -> None:
    cas = cassis.Cas(types(), sofa_string=TEXT)
    entity = cas.typesystem.get_type(ENTITY)
    cas.add_all(entity(begin=2, end=end, value="PER") for end in (6, 10, 6))
    (item,), problems = read(save(cas, tmp_path / f"a{ending}"))
    assert surfaces(item) == [("Anna", "PER"), ("Anna Elm", "PER")]
    assert [p.code for p in problems] == ["read.doubled"]


@BOTH
def test_the_person_that_inception_names_has_a_layer(tmp_path: Path, ending: str) -> None:
    for name, layer in (("ada", "annotator:ada"), ("CURATION_USER", "gold")):
        cas = annotated()[0]
        metadata = "de.tudarmstadt.ukp.clarin.webanno.api.type.CASMetadata"
        cas.add(cas.typesystem.get_type(metadata)(username=name))
        (item,), _ = read(save(cas, tmp_path / f"a{ending}"))
        assert [it.layer for it in item.layers] == [layer]


def test_offsets_are_utf16_unless_they_are_said_to_be_others(tmp_path: Path) -> None:
    path = save(annotated()[0], tmp_path / "a.json")
    shifted = (
        path.read_text("utf-8")
        .replace('"begin": 3', '"begin": 2')
        .replace('"begin":3', '"begin":2')
    )
    path.write_text(shifted.replace('"end":11', '"end":10').replace('"end": 11', '"end": 10'))
    (item,), _ = read(path, offsets="codepoints")
    assert ("Anna Elm", "PER") in surfaces(item)
    path.write_text(shifted.replace('"begin":2', '"begin":1').replace('"begin": 2', '"begin": 1'))
    _, problems = read(path)
    assert "read.out-of-range" in [p.code for p in problems]


def test_xmi_without_its_types_is_refused_with_what_helps(tmp_path: Path) -> None:
    path = save(annotated()[0], tmp_path / "a.xmi")
    (tmp_path / "TypeSystem.xml").rename(tmp_path / "a-typesystem.xml")
    assert len(read(path)[0]) == 1
    (tmp_path / "a-typesystem.xml").unlink()
    items, (problem,) = read(path)
    assert (items, problem.code, "webanno.custom" in problem.message) == (
        [],
        "read.malformed",
        True,
    )
    assert "TypeSystem.xml" in problem.hint


def test_the_archive_that_inception_exports(tmp_path: Path) -> None:
    save(annotated()[0], tmp_path / "a.xmi")
    path = tmp_path / "a.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name in ("a.xmi", "TypeSystem.xml"):
            archive.write(tmp_path / name, name)
    assert detect_format(path).name == "xmi"
    (item,), _ = read(path)
    assert surfaces(item) == [("Anna Elm", "PER"), ("vend", "Sale"), ("Rome", "LOC")]
    assert item.where == f"{path}/a.xmi"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("TypeSystem.xml", (tmp_path / "TypeSystem.xml").read_bytes())
        archive.writestr("b.xmi", b" " * 3_000_000)
    items, problems = read(path, unpack_limit=1)
    assert (items, [p.code for p in problems]) == ([], ["read.unreadable"])


def test_xmi_with_a_document_type_is_refused(tmp_path: Path) -> None:
    path = save(annotated()[0], tmp_path / "a.xmi")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    head = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'
    text = path.read_text("utf-8").replace("<xmi:XMI", f"{head}<xmi:XMI", 1)
    path.write_text(text.replace('value="PER"', 'value="&a;"'))
    items, problems = read(path)
    assert (items, [p.code for p in problems]) == ([], ["read.malformed"])


def test_types_in_a_folder_are_no_source(tmp_path: Path) -> None:
    path = save(annotated()[0], tmp_path / "a.xmi")
    assert list(source_files([tmp_path])) == list(source_files([tmp_path], "xmi")) == [path]


@pytest.mark.parametrize("format", ["xmi", "cas-json"])
def test_cassis_reads_every_span_relation_and_category(tmp_path: Path, format: str) -> None:
    target = export_corpus(format, tmp_path)
    for document, revision in CORPUS:
        (path,) = target.rglob(f"{document.id}.*")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            cas = load(path)
        assert cas.sofa_string == document.text
        spans = cas.select(ENTITY)
        assert sorted((it.begin, it.end, it.value) for it in spans) == sorted(
            span.key for span in revision.spans
        )
        relations = cas.select("webanno.custom.Relation")
        ends = [[(e.begin, e.end, e.value) for e in (r.Governor, r.Dependent)] for r in relations]
        assert sorted(map(str, ends)) == sorted(str([r.head, r.tail]) for r in revision.relations)
        categories = cas.select("webanno.custom.Category")
        assert [it.label for it in categories] == [it.label for it in revision.categories]
        sentences = cas.select("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence")
        assert all(it.get_covered_text() for it in sentences)


def pair(text: str, *spans: Span) -> tuple[Document, Revision]:
    document = Document(id=jsonl.document_id(text), text=text)
    fields = {"author": "a", "at": "", "reason": "", "schema": SCHEMA.id}
    return document, Revision(document=document.id, number=1, spans=spans, **fields)


def test_what_xml_cannot_hold_is_replaced_and_counted(tmp_path: Path) -> None:
    made = pair("one\ftwo\x01\r\nAnna", Span(10, 14, "P\x02"), Span(3, 3, "X"), Span(9, 99, "X"))
    exported = export.write("xmi", [made], tmp_path / "a", SCHEMA)
    assert exported.lost == {"characters": 2, "outside": 2}
    listed = json.loads(sidecar_path(tmp_path / "a").read_text())["lost_characters"]
    assert [(it["at"], it["character"]) for it in listed] == [(3, "U+000C"), (7, "U+0001")]
    assert exported.renamed == {"P\x02": "P\ufffd"}
    (item,) = read_all(tmp_path / "a", "xmi")
    assert item.document.text == "one\ufffdtwo\ufffd\r\nAnna"
    assert surfaces(item) == [("Anna", "P\ufffd")]
    exported = export.write("cas-json", [made], tmp_path / "b", SCHEMA)
    assert exported.lost == {"outside": 2}
    (item,) = read_all(tmp_path / "b", "cas-json")
    assert (item.document.text, surfaces(item)) == (made[0].text, [("Anna", "P\x02")])


def real(shared_data: Path) -> Iterator[Path]:
    folder = shared_data / "cassis"
    yield folder / "xmi" / "cas_with_smileys.xmi"
    yield folder / "xmi" / "cas_with_references.xmi"
    yield from folder.rglob("data*.json")


def test_real_files_give_what_cassis_selects(shared_data: Path) -> None:
    counts = {}
    for path in real(shared_data):
        (item,), _ = read(path)
        if path.suffix == ".json":
            cas = cassis.load_cas_from_json(path.read_text("utf-8"))
            counts[path.parent.name] = len(item.layers[0].spans)
            skipped = ("Token", "Sentence", "DocumentMetaData", "DocumentAnnotation")
            selected = [
                (it.begin, it.end)
                for it in cas.select("uima.tcas.Annotation")
                if not it.type.name.endswith(skipped)
            ]
            assert [(it.start, it.end) for it in item.layers[0].spans] == sorted(selected)
        else:
            counts[path.stem] = len(item.layers[0].spans)
    assert counts == {
        "cas_with_smileys": 5,
        "cas_with_references": 3,
        "casWithTextAndAnnotations": 4,
        "casWithEmojiUnicodeTextAndAnnotations": 9,
        "tsv3-testSimpleSlotFeature": 3,
    }


def test_a_lossy_corpus_loses_nothing_in_a_cas(tmp_path: Path) -> None:
    for format in ("xmi", "cas-json"):
        exported = export.write(format, LOSSY_CORPUS, tmp_path / format, LOSSY_SCHEMA)
        assert exported.lost == {}
