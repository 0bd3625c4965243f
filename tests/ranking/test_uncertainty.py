"""Uncertainty of proposed spans: disagreement of the committee, and the proposal's confidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.model import Annotation, Span
from curate.ranking.uncertainty import entropy, span_uncertainties

LABELS = {"model:a@1": {"PER", "LOC"}, "model:b@1": {"LOC"}}
TEXT = "Anna Weiss visite Paris."


def layer(name, *spans):
    return Annotation(document="d", layer=name, spans=tuple(spans))


def test_models_that_differ_disagree_and_one_that_cannot_know_the_label_has_no_vote():
    person, town = Span(0, 10, "PER"), Span(18, 23, "LOC")
    layers = [layer("model:a@1", person, town), layer("model:b@1")]
    first, second = span_uncertainties(TEXT, layers, None, LABELS)
    assert (first.surface, first.label, first.disagreement) == ("anna weiss", "PER", 0.0)
    assert (second.surface, second.disagreement) == ("paris", 1.0)
    agreed = [layer("model:a@1", town), layer("model:b@1", town)]
    assert span_uncertainties(TEXT, agreed, None, LABELS)[0].uncertainty == 0


def test_a_rule_votes_only_where_it_speaks():
    town, person = Span(18, 23, "LOC"), Span(18, 23, "PER")
    silent = [layer("model:b@1", town), layer("rules:r@1")]
    assert [span.uncertainty for span in span_uncertainties(TEXT, silent, None, LABELS)] == [0.0]
    against = [layer("model:b@1", town), layer("rules:r@1", person)]
    assert {
        span.label: span.disagreement for span in span_uncertainties(TEXT, against, None, LABELS)
    } == {
        "LOC": 1.0,  # of two who say something there, one says so
        "PER": 0.0,  # b cannot say it
    }
    no = [layer("model:b@1", town), layer("rules:r@1", Span(18, 23, ""))]
    assert span_uncertainties(TEXT, no, None, LABELS)[0].disagreement == 1.0


def test_the_proposals_confidence_is_doubt():
    proposal = layer("proposal", Span(0, 10, "PER", score=0.5), Span(18, 23, "LOC", score=0.99))
    first, second = span_uncertainties(TEXT, [], proposal, {})
    assert first.doubt == 1.0 and 0 < second.doubt < 0.1
    unscored = layer("proposal", Span(0, 10, "PER"))
    assert span_uncertainties(TEXT, [], unscored, {})[0].uncertainty == 0


@given(st.floats(0, 1))
def test_entropy_is_even_and_highest_in_the_middle(share):
    assert 0 <= entropy(share) <= 1
    assert entropy(share) == pytest.approx(entropy(1 - share), abs=1e-9)
    assert entropy(0) == entropy(1) == 0 and entropy(0.5) == 1
