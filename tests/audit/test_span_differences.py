"""Predicted tags as spans, and differences between two versions of spans."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.token_spans import token_spans

from curate.audit.span_differences import differences, viterbi
from curate.audit.tokens import iob_tags, spans_of_tags


@given(token_spans(), token_spans())
def test_differences_are_found_where_there_are_any_and_nowhere_else(gold, other):
    found = list(differences(gold, other))
    assert bool(found) == (gold != other)
    for kind, span, suggestion in found:
        assert (span is None) == (kind == "missing")
        assert (suggestion is None) == (kind == "spurious")
        assert span is None or span in gold
        assert suggestion is None or suggestion in other
        assert span != suggestion


@given(
    st.integers(1, 9).flatmap(
        lambda n: st.lists(
            st.lists(st.floats(0.01, 1), min_size=5, max_size=5), min_size=n, max_size=n
        )
    )
)
def test_the_best_path_spells_spans_and_none_is_more_probable(rows):
    names = ("B-A", "B-B", "I-A", "I-B", "O")
    probabilities = np.array(rows)
    best = viterbi(probabilities, names, [False] * len(rows))
    tags = [names[tag] for tag in best]
    assert iob_tags(spans_of_tags(tags), len(tags)) == tags
    unconstrained = [names[tag] for tag in probabilities.argmax(axis=1)]
    if iob_tags(spans_of_tags(unconstrained), len(unconstrained)) == unconstrained:
        assert np.isclose(
            np.log(probabilities[range(len(rows)), best]).sum(),
            np.log(probabilities.max(axis=1)).sum(),
        )


def test_a_joined_token_continues_what_is_before_it():
    names = ("B-A", "I-A", "O")
    probabilities = np.array([[0.1, 0.0, 0.9], [0.9, 0.0, 0.1], [0.0, 0.1, 0.9], [0.0, 0.0, 1.0]])
    joined = [False, False, True, False]
    best = viterbi(probabilities, names, joined)
    assert [names[tag] for tag in best] in (["O", "B-A", "I-A", "O"], ["O", "O", "O", "O"])
    assert [names[tag] for tag in viterbi(probabilities, names, [False] * 4)][1:3] == ["B-A", "O"]
