"""Detecting errors by all methods together, on a corpus with one planted error."""

from __future__ import annotations

import pytest
from support.audit_corpus import ERRORS, annotated, changed, find, regular, tokenised, wrong_label

from curate.audit.detection import detect_errors

METHODS = ("model", "surfaces", "edges")


@pytest.mark.parametrize("plant", ERRORS)
def test_the_error_comes_first_with_its_correction(plant):
    corpus, error = plant()
    suspects = detect_errors(tokenised(corpus), METHODS)
    first = suspects[0]
    assert (first.document, first.kind, first.span, first.suggestion) == error
    assert first.score > 0.5
    assert all(first.score > other.score for other in suspects[1:])
    assert len(first.evidence) > 1


def test_the_same_corpus_and_seed_give_the_same_list_in_whatever_order():
    corpus, _ = wrong_label()
    first = detect_errors(tokenised(corpus), METHODS, seed=3)
    assert detect_errors(tokenised(reversed(corpus)), METHODS, seed=3) == first
    assert detect_errors(tokenised(corpus), METHODS, seed=4) != first


def test_a_label_of_one_document_and_empty_texts_are_harmless():
    corpus = [*regular(), annotated(""), annotated("Rien ici.")]
    number, span = find(corpus, "Orange")
    wrong = (span.start, span.end, "FRUIT")
    corpus = changed(corpus, number, [span], [wrong])
    assert detect_errors(tokenised(corpus), METHODS)[0].span == wrong
