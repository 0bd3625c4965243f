"""Features of tokens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.audit.features import feature_columns
from curate.audit.tokens import tokenise_text


def columns_of(*texts):
    """The features of texts, each a piece of its own."""
    tokenised = [tokenise_text(text) for text in texts]
    ends = np.cumsum([len(text.words) for text in tokenised]).tolist()
    return feature_columns(tokenised, [range(a, b) for a, b in zip([0, *ends], ends, strict=False)])


def test_features_that_only_one_piece_has_are_left_out():
    table = columns_of("un chat", "un chien")
    assert len(table) == 4
    first, second = (set(rows[rows >= 0].tolist()) for rows in (table[:2], table[2:]))
    assert first == second
    assert set(range(table.max() + 1)) == first


@pytest.mark.parametrize(
    ("same", "other"),
    [
        ("Lyon 3 Nice 1", "Lyon beat Nice easily"),  # a table and prose
        ("TALKS IN LYON END", "Talks in Lyon end"),  # a headline and prose
    ],
)
def test_lines_of_a_kind_share_more_features(same, other):
    table = columns_of("Metz 2 Caen 0" if same[-1] == "1" else "VOTE IN CAEN ENDS", same, other)
    first, second, third = (set(rows[rows >= 0].tolist()) for rows in np.split(table, 3))
    assert len(first & second) > len(first & third)


def test_the_other_mention_of_a_word_in_the_document_is_a_feature():
    alone = columns_of("Mr Morel slept. Paul ate.", "Mr Morel slept. Paul ate.")[1]
    twice = columns_of("Mr Morel slept. Mr Morel ate.", "Mr Morel slept. Mr Morel ate.")[1]
    assert (twice >= 0).sum() > (alone >= 0).sum()


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_has_features(texts):
    texts = [f"{text} a" for text in texts]
    table = columns_of(*texts)
    assert len(table) == sum(len(tokenise_text(text).words) for text in texts)
    assert (len(texts) == 1) == (table.max() < 0)
