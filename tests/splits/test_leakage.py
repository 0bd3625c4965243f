"""Long passages that documents share."""

from __future__ import annotations

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from curate.model import Document
from curate.splits import SharedPassage, shared_passages
from curate.splits.leakage import COMMON
from curate.util import jsonl

WORDS = [f"mot{number}" for number in range(500)]
MARKS = (" ", ", ", ". ", " « ")


def words(chance: random.Random, many: int) -> list[str]:
    return chance.choices(WORDS, k=many)


def document(text: str) -> Document:
    return Document(id=jsonl.document_id(text), text=text)


def passages(
    texts: list[str], size: int = 50, splits: dict[str, str] | None = None
) -> list[SharedPassage]:
    documents = [document(text) for text in texts]
    by_id = {one.id: one.text for one in documents}
    return list(shared_passages(documents, by_id.__getitem__, size, splits))


def linked_groups(texts: list[str], size: int) -> set[frozenset[int]]:
    """Groups of texts linked by a run of words, by the definition."""
    runs = []
    for text in texts:
        own = re.findall(r"\w+", text.lower())
        runs.append({tuple(own[at : at + size]) for at in range(len(own) - size + 1)})
    group = list(range(len(texts)))
    for a in range(len(texts)):
        for b in range(a):
            if runs[a] & runs[b]:
                group = [group[a] if number == group[b] else number for number in group]
    return {frozenset(n for n in range(len(texts)) if group[n] == g) for g in group}


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([10, 11, 25, 50]))
def test_every_passage_of_the_length_is_found_and_no_shorter_one(seed, size):
    """A shared run of ``size`` words links two texts; one word less does not."""
    chance = random.Random(seed)
    texts = [words(chance, 120) for _ in range(8)]
    for length in (size, size - 1, size + 7, size // 2 + 1):
        one, other = chance.sample(texts, 2)
        start, at = chance.randrange(121 - length), chance.randrange(121 - length)
        other[at : at + length] = one[start : start + length]
    written = ["".join(word + chance.choice(MARKS) for word in text) for text in texts]
    number = {jsonl.document_id(text): n for n, text in enumerate(written)}
    group = list(range(len(texts)))
    for passage in passages(written, size):
        assert passage.words >= size
        a, b = group[number[passage.document]], group[number[passage.other]]
        group = [a if one == b else one for one in group]
    linked = {frozenset(n for n in range(len(texts)) if group[n] == g) for g in group}
    assert linked == linked_groups(written, size)


def test_a_passage_has_its_place_and_its_whole_length():
    chance = random.Random(3)
    passage = ", ".join(words(chance, 60))
    one = "x " * 5 + passage + " fin"
    other = " ".join(words(chance, 40)) + " … " + passage.upper().replace(",", ".") + " y"
    (shared,) = passages([one, other])
    assert (shared.document, shared.other) == (jsonl.document_id(other), jsonl.document_id(one))
    assert (shared.words, shared.documents) == (60, 2)
    assert other[shared.start : shared.end] == passage.upper().replace(",", ".")


def test_texts_that_are_too_short_or_empty_share_nothing():
    short = " ".join(WORDS[:49])
    assert passages([short, short + "!", "", "…"]) == []
    assert len(passages([short + " plus", short + " plus."])) == 1
    assert passages([]) == []


def test_with_splits_only_passages_across_them_count():
    passage = " ".join(WORDS[:55])
    texts = [f"{passage} {number}" for number in range(5)]
    ids = [jsonl.document_id(text) for text in texts]
    splits = dict(zip(ids, ["train", "train", "test", "train"], strict=False))
    across = passages(texts, splits=splits)
    assert {frozenset((shared.document, shared.other)) for shared in across} == {
        frozenset((ids[2], ids[n])) for n in (0, 1, 3)
    }
    assert passages(texts, splits=dict.fromkeys(ids, "train")) == []


def test_a_common_passage_is_reported_once_and_a_rare_one_beside_it_as_such():
    notice = " ".join(WORDS[:60])
    chance = random.Random(5)
    bodies = [words(chance, 80) for _ in range(COMMON + 5)]
    bodies[4] = [*bodies[3][:70], *bodies[4][:5]]
    texts = [" ".join(body) + " " + notice for body in bodies]
    shared = passages(texts)
    assert [passage.common for passage in shared] == [False, True]
    rare, common = shared
    assert {rare.document, rare.other} == {jsonl.document_id(texts[n]) for n in (3, 4)}
    assert common.documents == COMMON + 5
