"""Searching for copies and near copies."""

from __future__ import annotations

import random
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.near_copies import article, edited, grouped, slow_groups

from curate.dedup import THRESHOLD, DuplicateGroups, find_duplicates
from curate.dedup.shingles import jaccard, shingle_sets
from curate.errors import ConfigError


def copies(seed: int) -> list[str]:
    """Six articles, each in three versions of its own edits, and three texts without words."""
    chance = random.Random(seed)
    texts: list[str] = []
    for number in range(6):
        text = article(seed + number, chance.choice((3, 30, 120)))
        texts += [edited(text, seed + version, chance.randint(0, 3)) for version in range(3)]
    chance.shuffle(texts)
    return [*texts, "", "…", "—"]  # without words they are no near copies of one another


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 0.7, 0.9]))
def test_groups_are_never_more_than_those_of_comparing_all(seed, threshold):
    texts = copies(seed)
    expected = slow_groups(texts, threshold)
    groups = grouped(find_duplicates(texts, threshold))
    assert all(any(group <= whole for whole in expected) for group in groups)


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_hardly_any_copy_is_missed(threshold):
    """A pair is missed by chance, so that only many together say something."""
    found = expected = 0
    for seed in range(40):
        texts = copies(seed)
        found += sum(map(len, grouped(find_duplicates(texts, threshold))))
        expected += sum(map(len, slow_groups(texts, threshold)))
    assert found >= 0.98 * expected


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
    result = find_duplicates(texts, keep=keep)
    assert (result.texts, result.exact, result.near) == (5, 1, 2)
    assert result.dropped == 4 - len(kept)
    (group,) = result.groups
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
    result = find_duplicates([text, text.upper() + "."])
    assert (result.exact, result.near) == (0, 1)
    assert result.groups[0].copies[1].alike == 1


def test_short_texts_are_alike_only_if_all_their_words_are():
    result = find_duplicates(["Paris brûle", "Paris, brûle !", "Paris chante", "", "", "…"])
    assert grouped(result) == {frozenset((0, 1)), frozenset((3, 4))}


@pytest.mark.parametrize(("threshold", "size"), [(0, 5), (1.1, 5), (0.7, 0)])
def test_a_meaningless_threshold_or_size_is_refused(threshold, size):
    with pytest.raises(ConfigError):
        find_duplicates(["a"], threshold, size=size)


def test_a_search_without_texts_has_no_groups():
    assert find_duplicates([]) == DuplicateGroups(texts=0)
    assert find_duplicates([""]) == DuplicateGroups(texts=1)


def test_texts_are_read_once_and_not_kept():
    """A text of 13 kB and 2,000 n-grams leaves less than 1 kB in memory."""

    def peak(count: int) -> int:
        tracemalloc.start()
        assert find_duplicates(article(seed, 2000) for seed in range(count)).groups == ()
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return memory

    peak(20)  # makes the tables that are kept
    assert peak(100) - peak(40) < 60 * 1000


def test_copies_of_real_articles(shared_data):
    paths = sorted((shared_data / "winer-fr-2016").glob("*/*.txt"))
    texts = [path.read_text("utf-8") for path in paths]
    copies = [re.sub(r"\bmardi\b|\bjeudi\b", "hier", text) for text in texts]
    result = find_duplicates(texts + copies)
    groups = {tuple(copy.number for copy in group.copies) for group in result.groups}
    assert result.texts == 2 * len(texts)
    assert sum(len(group) for group in groups) > 0.95 * result.texts
    assert find_duplicates(texts).near == 0
