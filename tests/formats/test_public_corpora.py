"""Texts in many scripts, written by other tools and read back equal to what those tools read.

The texts are the example sentences that spaCy carries for its languages.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import cassis
import pytest
import spacy
from bioc import BioCAnnotation, BioCCollection, BioCDocument, BioCLocation, BioCPassage, biocxml
from spacy.tokens import Doc, DocBin, Span
from support.read_files import documents, read_all

LANGUAGES = ("ar", "de", "el", "fr", "hi", "ru", "zh")
ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"

pytestmark = pytest.mark.slow

Content = tuple[str, tuple[tuple[int, int, str], ...]]


def annotated_sentences() -> list[Doc]:
    """Sentences in which each third token begins an entity of one or two tokens."""
    docs = []
    for language in LANGUAGES:
        pipeline = spacy.blank(language)
        for sentence in importlib.import_module(f"spacy.lang.{language}.examples").sentences:
            doc = pipeline(" ".join(sentence.split()))
            starts = range(0, len(doc), 3)
            doc.ents = tuple(
                Span(doc, at, min(at + 1 + at % 2, len(doc)), label=("PER", "LOC")[at % 2])
                for at in starts
            )
            docs.append(doc)
    return docs


def through_docbin(docs: list[Doc], folder: Path) -> list[Content]:
    DocBin(docs=docs).to_disk(folder / "corpus.spacy")
    vocabulary = spacy.blank("xx").vocab
    return [
        (doc.text, tuple((it.start_char, it.end_char, it.label_) for it in doc.ents))
        for doc in DocBin().from_disk(folder / "corpus.spacy").get_docs(vocabulary)
    ]


def through_cassis(docs: list[Doc], folder: Path) -> list[Content]:
    types = cassis.TypeSystem()
    entity = types.create_type(ENTITY)
    types.create_feature(entity, "value", "uima.cas.String")
    types.to_xml(folder / "TypeSystem.xml")
    contents = []
    for number, doc in enumerate(docs):
        cas = cassis.Cas(typesystem=types)
        cas.sofa_string = doc.text
        for it in doc.ents:
            cas.add(entity(begin=it.start_char, end=it.end_char, value=it.label_))
        path = folder / f"{number:03}.xmi"
        cas.to_xmi(path)
        with path.open("rb") as file:
            again = cassis.load_cas_from_xmi(file, typesystem=types)
        spans = tuple((it.begin, it.end, it.value) for it in again.select(ENTITY))
        contents.append((again.sofa_string, spans))
    return contents


def through_bioc(docs: list[Doc], folder: Path) -> list[Content]:
    collection = BioCCollection()
    for number, doc in enumerate(docs):
        document, passage = BioCDocument(), BioCPassage()
        document.id, passage.offset, passage.text = str(number), 0, doc.text
        for at, it in enumerate(doc.ents):
            annotation = BioCAnnotation()
            annotation.id, annotation.text, annotation.infons["type"] = f"T{at}", it.text, it.label_
            length = it.end_char - it.start_char
            annotation.add_location(BioCLocation(it.start_char, length))
            passage.add_annotation(annotation)
        document.add_passage(passage)
        collection.add_document(document)
    path = folder / "corpus.bioc.xml"
    with path.open("w", encoding="utf-8") as file:
        biocxml.dump(collection, file)
    with path.open(encoding="utf-8") as file:
        passages = [document.passages[0] for document in biocxml.load(file).documents]
    return [
        (
            passage.text,
            tuple(
                (at.offset, at.end, it.infons["type"])
                for it in passage.annotations
                for at in it.locations
            ),
        )
        for passage in passages
    ]


@pytest.mark.parametrize("through", [through_docbin, through_cassis, through_bioc])
def test_other_tools_and_curate_read_the_same(
    through: Callable[[list[Doc], Path], list[Content]], tmp_path: Path
) -> None:
    theirs = through(annotated_sentences(), tmp_path)
    ours = [
        (
            it.document.text,
            tuple((at.start, at.end, at.label) for layer in it.layers for at in layer.spans),
        )
        for it in documents(read_all(tmp_path))
    ]
    assert len(ours) > 50
    assert ours == theirs
