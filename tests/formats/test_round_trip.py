"""Made-up documents, written and read again: what was not lost comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.random_documents import PIECES, Pair, pairs, written_and_read

PIECES += ["\u0301", "مرحبا", "東京", "M.", "aujourd’hui", "O", "-DOC", "e\u0301", "# ", "\ufeff"]


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


@settings(max_examples=30)  # each builds tokenizers
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


@settings(max_examples=30)
@given(st.lists(pairs(), min_size=1, max_size=2))
def test_conll_gives_the_words_and_the_entities_in_them_back(made: list[Pair]) -> None:
    exported, found = written_and_read("conll", made)
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


@settings(max_examples=20)
@given(st.lists(pairs(), min_size=1, max_size=2), st.sampled_from(["biluo", "conllu"]))
def test_other_token_formats_give_the_entities_back(made: list[Pair], format: str) -> None:
    exported, found = written_and_read(format, made)
    assert sum(len(layer.spans) for item in found for layer in item.layers) == exported.spans
    for (document, _), item in zip(made, found, strict=True):
        assert "".join(item.document.text.split()) == "".join(document.text.split())
