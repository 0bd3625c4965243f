"""MinHash signatures and their bands."""

from __future__ import annotations

import numpy as np
import pytest
from support.near_copies import article, edited

from curate.dedup import minhash
from curate.dedup.shingles import jaccard, shingle_sets


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0])
def test_bands_miss_few_pairs_at_the_threshold(threshold):
    count, size = minhash.bands(threshold)
    assert count * size <= minhash.PERMUTATIONS
    assert (1 - threshold**size) ** count <= minhash.MISSED


def test_signatures_estimate_the_similarity():
    """The share of equal minima is the similarity, within a few standard deviations (0.044)."""
    text = article(1, 400)
    texts = [text, *(edited(text, seed, 4 * seed) for seed in range(1, 15))]
    sets = shingle_sets(texts, 5)
    minima = minhash.signatures(sets)
    errors = [
        float(np.mean(minima[0] == minima[n])) - jaccard(sets[0], sets[n])
        for n in range(len(texts))
    ]
    assert max(map(abs, errors)) < 0.16
    assert abs(sum(errors) / len(errors)) < 0.05
