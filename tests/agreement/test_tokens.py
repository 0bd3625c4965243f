"""Tokens, and the values that annotators give them."""

from __future__ import annotations

import pytest
from support.annotated_texts import annotation, document

from curate.agreement.tokens import Ratings, tokenize


def test_tokens_are_words_and_single_signs():
    text = "L'Iran, c’est l\u00e0 \U0001f469\u200d\U0001f680!"
    assert [text[a:b] for a, b in tokenize(text)] == [
        "L", "'", "Iran", ",", "c", "’", "est", "là", "👩\u200d", "🚀", "!",
    ]  # fmt: skip
    assert tokenize("") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी भाषा!", ["हिन्दी", "भाषा", "!"]),  # vowel signs and a virama
        ("E\u0323\u0301ko\u0323\u0301 ni", ["E\u0323\u0301ko\u0323\u0301", "ni"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),  # a non-joiner stands inside a word
        ("a !\u0301b", ["a", "!\u0301", "b"]),
        ("x[\u0301]\u0301^\u0301-\u0301", ["x", "[\u0301", "]\u0301", "^\u0301", "-\u0301"]),
    ],
)
def test_combining_marks_belong_to_the_character_before(text, words):
    assert [text[a:b] for a, b in tokenize(text)] == words


def test_where_a_span_begins_is_a_value_of_its_own_if_asked_for():
    one = document("Ada Lovelace Bob Iverson saw")
    marks = annotation("anna", one.text, ("Ada Lovelace", "PER"), ("Bob Iverson", "PER"))
    joined = annotation("bela", one.text, ("Ada Lovelace Bob Iverson", "PER"))
    said = {"anna": {one.id: marks}, "bela": {one.id: joined}}
    ratings = Ratings([one], said, bio=True)
    values = [[min(ratings.values[code], default="O") for code in row] for row in ratings.codes]
    assert values == [
        ["B-PER", "I-PER", "B-PER", "I-PER", "O"],
        ["B-PER", "I-PER", "I-PER", "I-PER", "O"],
    ]
    same = Ratings([one], said).codes
    assert (same[0] == same[1]).all()


def test_tokens_that_are_given_are_kept():
    one = document("l'Iran et l'Irak")
    marks = annotation("anna", one.text, ("Iran", "LOC"))
    own = {one.id: ((0, 6), (7, 9), (10, 16))}
    ratings = Ratings([one], {"anna": {one.id: marks}}, own)
    assert [sorted(ratings.values[code]) for code in ratings.codes[0]] == [["LOC"], [], []]


def test_a_token_has_the_labels_of_all_spans_that_cover_it():
    text = "Université de Rabat et Oran"
    one = document(text)
    nested = annotation(
        "anna", text, ("Université de Rabat", "ORG"), ("Rabat", "LOC"), ("Oran", "LOC")
    )
    ratings = Ratings([one], {"anna": {one.id: nested}, "bela": {}})
    values = [sorted(ratings.values[code]) if code >= 0 else None for code in ratings.codes[0]]
    assert values == [["ORG"], ["ORG"], ["LOC", "ORG"], [], ["LOC"]]
    assert set(ratings.codes[1]) == {-1}
