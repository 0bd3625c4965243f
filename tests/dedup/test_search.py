"""Copies and near copies."""

from __future__ import annotations

import random
import re
import tracemalloc
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.dedup import THRESHOLD, DuplicateGroups, find_duplicates, minhash, shingle_index
from curate.dedup.shingles import jaccard, shingle_sets
from curate.errors import ConfigError

WORDS = [f"mot{number}" for number in range(400)]


def article(seed: int, words: int = 120) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choices(WORDS, k=words))


def edited(text: str, seed: int, edits: int) -> str:
    chance = random.Random(seed)
    words = text.split()
    for _ in range(edits):
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    return " ".join(words)


def slow_set(text: str, size: int = 5) -> set[tuple[str, ...]]:
    """Word n-grams as the definition has them."""
    words = re.findall(r"\w+", text.lower())
    own = min(size, len(words))
    return {tuple(words[at : at + own]) for at in range(len(words) - own + 1)} if own else set()


def slow_groups(texts: list[str], threshold: float) -> set[frozenset[int]]:
    """Groups by comparing each text with each other."""
    made = [slow_set(text) for text in texts]
    group = list(range(len(texts)))
    for a, b in combinations(range(len(texts)), 2):
        both = made[a] | made[b]
        near = bool(both) and len(made[a] & made[b]) / len(both) >= threshold
        if near or texts[a] == texts[b]:
            group = [group[a] if each == group[b] else each for each in group]
    found: dict[int, set[int]] = {}
    for number, each in enumerate(group):
        found.setdefault(each, set()).add(number)
    return {frozenset(each) for each in found.values() if len(each) > 1}


def grouped(found: DuplicateGroups) -> set[frozenset[int]]:
    return {frozenset(copy.number for copy in group.copies) for group in found.groups}


TEXT = st.lists(
    st.sampled_from(["Paris", "PARIS", "l’été", "l'été", "œuvre", "12", "a_b", "…", "𝒜", "👍", ","])
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=4),
    max_size=12,
).map(" ".join)


@given(st.lists(TEXT, max_size=5), st.integers(1, 6))
def test_numbers_stand_for_word_n_grams(texts, size):
    made = shingle_sets(texts, size)
    slow = [slow_set(text, size) for text in texts]
    assert [len(each) for each in made] == [len(each) for each in slow]
    for (fast, exact), (other, known) in combinations(zip(made, slow, strict=True), 2):
        both = exact | known
        expected = len(exact & known) / len(both) if both else 1.0
        assert jaccard(fast, other) == pytest.approx(expected)


def test_numbers_are_the_same_in_every_run_and_batch():
    text = "Le Conseil de sécurité se réunit jeudi à New York"
    alone, among = shingle_sets([text], 5)[0], shingle_sets(["x " * 40, text, "y"], 5)[1]
    assert alone.tolist() == among.tolist()
    assert alone[0] == 2859603738648060186


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0])
def test_bands_miss_few_pairs_at_the_threshold(threshold):
    count, size = minhash.bands(threshold)
    assert count * size <= minhash.PERMUTATIONS
    assert (1 - threshold**size) ** count <= minhash.MISSED


def test_signatures_estimate_the_similarity():
    """The share of equal minima is the similarity, within a few standard deviations (0.044)."""
    text = article(1, 400)
    texts = [text, *(edited(text, seed, 4 * seed) for seed in range(1, 15))]
    made = shingle_sets(texts, 5)
    minima = minhash.signatures(made)
    wrong = [
        float(np.mean(minima[0] == minima[n])) - jaccard(made[0], made[n])
        for n in range(len(texts))
    ]
    assert max(map(abs, wrong)) < 0.16
    assert abs(sum(wrong) / len(wrong)) < 0.05


def copies(seed: int) -> list[str]:
    """Six articles, each in three versions of its own edits, and three texts without words."""
    chance = random.Random(seed)
    texts: list[str] = []
    for number in range(6):
        text = article(seed + number, chance.choice((3, 30, 120)))
        texts += [edited(text, seed + each, chance.randint(0, 3)) for each in range(3)]
    chance.shuffle(texts)
    return [*texts, "", "…", "—"]  # without words they are no near copies of one another


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 0.7, 0.9]))
def test_groups_are_never_more_than_those_of_comparing_all(seed, threshold):
    texts = copies(seed)
    expected = slow_groups(texts, threshold)
    assert all(
        any(each <= whole for whole in expected)
        for each in grouped(find_duplicates(texts, threshold))
    )


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_hardly_any_copy_is_missed(threshold):
    """A pair is missed by chance, so that only many together say something."""
    found = wanted = 0
    for seed in range(40):
        texts = copies(seed)
        found += sum(map(len, grouped(find_duplicates(texts, threshold))))
        wanted += sum(map(len, slow_groups(texts, threshold)))
    assert found >= 0.98 * wanted


def test_a_chain_of_near_copies_is_one_group():
    text = article(3, 200)
    chain = [text]
    for seed in range(4):
        chain.append(edited(chain[-1], seed, 4))
    ends = shingle_sets([chain[0], chain[-1]], 5)
    assert jaccard(*ends) < THRESHOLD
    assert grouped(find_duplicates(chain)) == {frozenset(range(5))}


@pytest.mark.parametrize(
    ("keep", "kept"), [("first", [0]), ("longest", [2]), ("all", [0, 1, 2, 3])]
)
def test_policies(keep, kept):
    text = article(5)
    texts = [text, text, f"{text} et la fin.", edited(text, 1, 1), article(6)]
    found = find_duplicates(texts, keep=keep)
    assert (found.texts, found.exact, found.near) == (5, 1, 2)
    assert found.dropped == 4 - len(kept)
    (group,) = found.groups
    assert [copy.number for copy in group.copies] == [0, 1, 2, 3]
    assert [copy.number for copy in group.copies if copy.kept] == kept
    assert [copy.exact for copy in group.copies] == [False, True, False, False]
    reference = shingle_sets([texts[kept[0]]], 5)[0]
    for copy in group.copies:
        assert copy.alike == pytest.approx(
            jaccard(reference, shingle_sets([texts[copy.number]], 5)[0]), abs=1e-4
        )


def test_of_equally_long_texts_the_first_is_kept():
    text = article(7)
    words = text.split()
    words[10], words[11] = words[11], words[10]
    (group,) = find_duplicates([text, " ".join(words)], keep="longest").groups
    assert [copy.kept for copy in group.copies] == [True, False]


def test_punctuation_and_case_make_a_near_copy_and_not_an_exact_one():
    text = article(8)
    found = find_duplicates([text, text.upper() + "."])
    assert (found.exact, found.near) == (0, 1)
    assert found.groups[0].copies[1].alike == 1


def test_short_texts_are_alike_only_if_all_their_words_are():
    found = find_duplicates(["Paris brûle", "Paris, brûle !", "Paris chante", "", "", "…"])
    assert grouped(found) == {frozenset((0, 1)), frozenset((3, 4))}


@pytest.mark.parametrize(("threshold", "size"), [(0, 5), (1.1, 5), (0.7, 0)])
def test_a_threshold_without_sense_is_refused(threshold, size):
    with pytest.raises(ConfigError, match="no near copies"):
        find_duplicates(["a"], threshold, size=size)


def test_nothing_comes_of_nothing():
    assert find_duplicates([]) == DuplicateGroups(texts=0)
    assert find_duplicates([""]) == DuplicateGroups(texts=1)


def test_what_was_compared_is_not_kept_without_bound(monkeypatch):
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

    with Counted(0.7, 5) as made:
        made.add(texts)
        labels = made.labels()
    assert jaccard(*shingle_sets(texts[:2], 5)) > 0.5
    assert labels[:300] == list(range(300))
    assert labels[300:] == list(range(30))
    assert compared < 330 * 329 / 2 / 2  # asked for, most of them answered before


def test_texts_are_read_once_and_not_kept():
    """A text of 13 kB and 2,000 n-grams leaves less than 1 kB in memory."""

    def most(count: int) -> int:
        tracemalloc.start()
        assert find_duplicates(article(seed, 2000) for seed in range(count)).groups == ()
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    most(20)  # tables are made
    assert most(100) - most(40) < 60 * 1000


def test_copies_of_real_articles(shared_data):
    paths = sorted((shared_data / "winer-fr-2016").glob("*/*.txt"))
    texts = [path.read_text("utf-8") for path in paths]
    copies = [re.sub(r"\bmardi\b|\bjeudi\b", "hier", text) for text in texts]
    found = find_duplicates(texts + copies)
    grown = {tuple(copy.number for copy in group.copies) for group in found.groups}
    assert found.texts == 2 * len(texts)
    assert sum(len(group) for group in grown) > 0.95 * found.texts
    assert find_duplicates(texts).near == 0
