"""Word n-grams as hashes."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.near_copies import slow_set

from curate.dedup.shingles import jaccard, shingle_sets

TEXT = st.lists(
    st.sampled_from(["Paris", "PARIS", "l’été", "l'été", "œuvre", "12", "a_b", "…", "𝒜", "👍", ","])
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=4),
    max_size=12,
).map(" ".join)


@given(st.lists(TEXT, max_size=5), st.integers(1, 6))
def test_sets_of_hashes_stand_for_sets_of_n_grams(texts, size):
    hashed = shingle_sets(texts, size)
    slow = [slow_set(text, size) for text in texts]
    assert [len(own) for own in hashed] == [len(own) for own in slow]
    for (first, first_exact), (second, second_exact) in combinations(
        zip(hashed, slow, strict=True), 2
    ):
        both = first_exact | second_exact
        expected = len(first_exact & second_exact) / len(both) if both else 1.0
        assert jaccard(first, second) == pytest.approx(expected)


def test_hashes_are_the_same_in_every_run_and_batch():
    text = "Le Conseil de sécurité se réunit jeudi à New York"
    alone, among = shingle_sets([text], 5)[0], shingle_sets(["x " * 40, text, "y"], 5)[1]
    assert alone.tolist() == among.tolist()
    assert alone[0] == 2859603738648060186
