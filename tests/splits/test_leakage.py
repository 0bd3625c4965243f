"""Long passages that documents share."""

from __future__ import annotations

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from curate.model import Document
from curate.splits import SharedPassage, shared_passages, split_problems
from curate.splits.leakage import COMMON
from curate.util import jsonl

WORDS = [f"mot{number}" for number in range(500)]
MARKS = (" ", ", ", ". ", " « ")


def words(chance: random.Random, many: int) -> list[str]:
    return chance.choices(WORDS, k=many)


def document(text: str) -> Document:
    return Document(id=jsonl.document_id(text), text=text)


def found(
    texts: list[str], size: int = 50, parts: dict[str, str] | None = None
) -> list[SharedPassage]:
    made = [document(text) for text in texts]
    known = {each.id: each.text for each in made}
    return list(shared_passages(made, known.__getitem__, size, parts))


def slow(texts: list[str], size: int) -> set[frozenset[int]]:
    """Groups of texts linked by a run of words, by the definition."""
    runs = []
    for text in texts:
        own = re.findall(r"\w+", text.lower())
        runs.append({tuple(own[at : at + size]) for at in range(len(own) - size + 1)})
    group = list(range(len(texts)))
    for a in range(len(texts)):
        for b in range(a):
            if runs[a] & runs[b]:
                group = [group[a] if each == group[b] else each for each in group]
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
    for each in found(written, size):
        assert each.words >= size
        a, b = group[number[each.document]], group[number[each.other]]
        group = [a if one == b else one for one in group]
    linked = {frozenset(n for n in range(len(texts)) if group[n] == g) for g in group}
    assert linked == slow(written, size)


def test_a_passage_is_told_with_its_place_whole():
    chance = random.Random(3)
    passage = ", ".join(words(chance, 60))
    one = "x " * 5 + passage + " fin"
    other = " ".join(words(chance, 40)) + " … " + passage.upper().replace(",", ".") + " y"
    (told,) = found([one, other])
    assert (told.document, told.other) == (jsonl.document_id(other), jsonl.document_id(one))
    assert (told.words, told.documents) == (60, 2)
    assert other[told.start : told.end] == passage.upper().replace(",", ".")


def test_texts_that_are_too_short_or_empty_share_nothing():
    short = " ".join(WORDS[:49])
    assert found([short, short + "!", "", "…"]) == []
    assert len(found([short + " plus", short + " plus."])) == 1
    assert found([]) == []


def test_only_what_is_in_two_parts_is_told_and_each_document_that_is():
    passage = " ".join(WORDS[:55])
    texts = [f"{passage} {number}" for number in range(5)]
    ids = [jsonl.document_id(text) for text in texts]
    parts = dict(zip(ids, ["train", "train", "test", "train"], strict=False))
    told = found(texts, parts=parts)
    assert {frozenset((each.document, each.other)) for each in told} == {
        frozenset((ids[2], ids[n])) for n in (0, 1, 3)
    }
    assert found(texts, parts=dict.fromkeys(ids, "train")) == []


def test_what_many_have_is_told_once_and_a_rarer_passage_of_theirs_is_told_as_such():
    notice = " ".join(WORDS[:60])
    chance = random.Random(5)
    bodies = [words(chance, 80) for _ in range(COMMON + 5)]
    bodies[4] = [*bodies[3][:70], *bodies[4][:5]]
    texts = [" ".join(body) + " " + notice for body in bodies]
    told = found(texts)
    assert sorted(each.common for each in told) == [False, True]
    rare, common = told
    assert {rare.document, rare.other} == {jsonl.document_id(texts[n]) for n in (3, 4)}
    assert common.documents == COMMON + 5


def test_a_passage_between_train_and_test_is_an_error_and_its_hint_moves_into_test():
    parts = {"a": "train", "b": "test", "c": "dev"}
    given_ = [
        SharedPassage(document="b", other="a", start=3, end=90, words=51),
        SharedPassage(document="a", other="c", start=3, end=90, words=51, documents=4),
        SharedPassage(document="a", other="b", start=3, end=90, words=51, documents=COMMON + 1),
        SharedPassage(document="a", other="gone", start=3, end=90, words=51),
    ]
    told = split_problems(parts, ["a", "b", "c"], {}, (), given_)
    assert [each.severity for each in told] == ["error", "warning", "warning"]
    assert {each.code for each in told} == {"split.passage"}
    assert told[0].message == "51 words at 3–90, in test, are also in a, in train"
    assert told[0].hint.startswith("`curate split --move a=test`")
    assert "4 documents have" in told[1].message
