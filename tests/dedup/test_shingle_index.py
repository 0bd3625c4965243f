"""The index that finds near copies among many texts."""

from __future__ import annotations

from support.near_copies import article, edited, grouped, slow_groups

from curate.dedup import find_duplicates, shingle_index
from curate.dedup.shingles import jaccard, shingle_sets


def test_the_memory_of_compared_pairs_is_bounded(monkeypatch):
    monkeypatch.setattr(shingle_index, "_PAIRS_KEPT", 3)
    monkeypatch.setattr("curate.dedup.search._BATCH", 2000)
    texts = [edited(article(seed % 3), seed, 9) for seed in range(30)]
    assert grouped(find_duplicates(texts, 0.5)) == slow_groups(texts, 0.5)


def test_in_a_crowd_the_nearest_are_compared():
    """300 bulletins share most of their words; 30 of them have a near copy, and it is found."""
    body = article(9, 160)
    texts = [f"{body} {article(seed, 60)}" for seed in range(100, 400)]
    texts += [edited(text, seed, 2) for seed, text in enumerate(texts[:30])]
    compared = 0

    class Counted(shingle_index.ShingleIndex):
        def _alike(self, first: int, second: int) -> bool:
            nonlocal compared
            compared += 1
            return super()._alike(first, second)

    with Counted(0.7, 5) as index:
        index.add(texts)
        labels = index.labels()
    assert jaccard(*shingle_sets(texts[:2], 5)) > 0.5
    assert labels[:300] == list(range(300))
    assert labels[300:] == list(range(30))
    assert compared < 330 * 329 / 2 / 2  # most of these are remembered pairs
