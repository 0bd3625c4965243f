"""Made-up documents, written and read again: what was not lost comes back as it was."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate import export, jsonl
from curate.ingest.readers import Found, Options, read_annotated
from curate.model import Category, Document, Relation, Revision, Span
from curate.schema import Label, Schema

Pair = tuple[Document, Revision]
LABELS = ("PER", "LOC", "B-LOC")
SCHEMA = Schema(
    name="news",
    version="1.0.0",
    language="fr",
    title="Guide",
    introduction="Bonjour.",
    labels=tuple(
        Label(name=name, title=name, description=name, colour="#336699") for name in LABELS
    ),
)
PIECES = [*"aÉ9.!?-’'«»()#\n\t\r\x85\u00a0\u200b\u2028\u202e", " ", " ", "l’", "Inc.", "👩🏽‍⚕️"]
PIECES += ["\u0301", "مرحبا", "東京", "M.", "aujourd’hui", "O", "-DOC", "e\u0301", "# ", "\ufeff"]
NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=5)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    # A text begins and ends with a letter: a source of blanks alone is refused.
    text = f"x{''.join(draw(st.lists(st.sampled_from(PIECES), max_size=25)))}y"
    offset = st.integers(0, len(text))
    span = st.builds(
        Span, offset, offset, st.sampled_from(LABELS), NAMES, NAMES, st.none() | st.floats(0, 1)
    ).filter(lambda it: it.start < it.end)
    spans = draw(st.lists(span, max_size=6, unique_by=lambda it: it.key))
    ends = st.sampled_from([it.key for it in spans]) if spans else st.nothing()
    arrow = st.builds(Relation, ends, ends, NAMES, NAMES)
    document = Document(
        id=jsonl.document_id(text),
        text=text,
        lang="fr",
        meta=draw(st.dictionaries(NAMES, NAMES, max_size=2)),
    )
    revision = Revision(
        document=document.id,
        number=1,
        author="annotator:ada",
        at="2026-01-01T00:00:00Z",
        reason="made up",
        schema=SCHEMA.id,
        spans=tuple(spans),
        relations=tuple(draw(st.lists(arrow, max_size=2))) if spans else (),
        categories=tuple(draw(st.lists(st.builds(Category, NAMES, NAMES), max_size=2))),
    )
    return document, revision


def written_and_read(format: str, made: list[Pair]) -> tuple[export.Exported, list[Found]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"corpus.{format}"
        exported = export.write(format, made, path, SCHEMA)
        name = "conll" if format in ("biluo", "conll-lines") else format
        items = list(read_annotated(path, name, Options(lang="fr")))
    noted = [item.code for item in items if not isinstance(item, Found)]
    assert set(noted) <= {"read.blank-edge"}
    return exported, [item for item in items if isinstance(item, Found)]


@settings(deadline=None)
@given(st.lists(pairs(), max_size=2))
def test_jsonl_gives_the_document_and_its_annotations_back(made: list[Pair]) -> None:
    exported, found = written_and_read("jsonl", made)
    assert exported.lost == {}
    for (document, revision), item in zip(made, found, strict=True):
        assert item.document == document
        (layer,) = item.layers
        expected = revision.annotation.sorted()
        assert (layer.spans, layer.relations) == (expected.spans, expected.relations)
        assert layer.categories == expected.categories


@settings(deadline=None, max_examples=30)  # each builds tokenizers
@given(st.lists(pairs(), min_size=1, max_size=2))
def test_a_docbin_gives_text_entities_and_categories_back(made: list[Pair]) -> None:
    exported, found = written_and_read("spacy", made)
    lost = {(p.document, p.span) for p in exported.problems if p.span}
    for (document, revision), item in zip(made, found, strict=True):
        assert item.document.text == document.text
        kept = {span.key for span in revision.spans if (document.id, span.key) not in lost}
        assert {span.key for layer in item.layers for span in layer.spans} == kept
        categories = {c.label for c in revision.categories}
        assert {c.label for layer in item.layers for c in layer.categories} == categories


@settings(deadline=None, max_examples=30)
@given(st.lists(pairs(), min_size=1, max_size=2), st.sampled_from(["conll", "conll-lines"]))
def test_conll_gives_the_words_and_the_entities_in_them_back(made: list[Pair], format: str) -> None:
    exported, found = written_and_read(format, made)
    lost = {(p.document, p.span) for p in exported.problems if p.span}
    for (document, revision), item in zip(made, found, strict=True):
        assert "".join(item.document.text.split()) == "".join(document.text.split())
        kept = sorted(s.key for s in revision.spans if (document.id, s.key) not in lost)
        expected = ["".join(document.text[a:b].split()) + f" {label}" for a, b, label in kept]
        text, (layer,) = item.document.text, item.layers
        assert expected == [
            "".join(text[s.start : s.end].split()) + f" {s.label}" for s in layer.spans
        ]


@pytest.mark.parametrize("format", ["doccano", "label-studio", "prodigy"])
@settings(deadline=None, max_examples=60)
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


@settings(deadline=None, max_examples=20)
@given(st.lists(pairs(), min_size=1, max_size=2), st.sampled_from(["biluo", "conllu"]))
def test_other_token_formats_give_the_entities_back(made: list[Pair], format: str) -> None:
    exported, found = written_and_read(format, made)
    assert sum(len(layer.spans) for item in found for layer in item.layers) == exported.spans
    for (document, _), item in zip(made, found, strict=True):
        assert "".join(item.document.text.split()) == "".join(document.text.split())
