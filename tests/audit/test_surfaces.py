"""The method surfaces: the same words annotated differently."""

from __future__ import annotations

import pytest
from support.audit_corpus import ERRORS, annotated, in_code_points, tokenised

from curate.audit.surfaces import surface_signals


@pytest.mark.parametrize("plant", ERRORS)
def test_only_the_place_that_differs_is_reported(plant):
    pairs, error = plant()
    corpus = tokenised(pairs)
    assert in_code_points(corpus, surface_signals(corpus)) == [error]


def test_the_score_and_the_reason_count_the_other_places():
    pairs = [annotated(f"Lyon {n}", (0, 4, "LOC")) for n in range(4)]
    corpus = tokenised([*pairs, annotated("Lyon 4", (0, 4, "ORG"))])
    (signal,) = surface_signals(corpus)
    assert "« Lyon »" in signal.reason and "LOC in 4 of 4" in signal.reason
    assert signal.score == 4 / 5


def test_a_place_inside_a_longer_span_is_ignored():
    pairs = [annotated(f"Air France {n}", (0, 10, "ORG")) for n in range(4)]
    corpus = tokenised([*pairs, annotated("La France", (3, 9, "LOC"))])
    assert list(surface_signals(corpus)) == []


def test_a_name_in_capitals_is_the_same_name():
    pairs = [annotated(f"Chine {n}", (0, 5, "LOC")) for n in range(4)]
    corpus = tokenised([*pairs, annotated("VICTOIRE DE LA CHINE", (15, 20, "PER"))])
    (signal,) = surface_signals(corpus)
    assert (signal.kind, signal.suggestion) == ("label", (3, 4, "LOC"))


def test_places_in_a_similar_context_weigh_more():
    tables = [annotated(f"Lens {n} Metz {n + 1}", (0, 4, "ORG")) for n in range(4)]
    prose = [annotated(f"Elle vit dans Lens, dit-elle {n}.", (14, 18, "LOC")) for n in range(5)]
    wrong = annotated("Lens 7 Caen 9", (0, 4, "LOC"))
    corpus = tokenised([*tables, *prose, wrong])
    (signal,) = surface_signals(corpus)
    assert corpus[signal.document].audited.document == wrong[0]
    assert signal.suggestion == (0, 1, "ORG")
