"""Tokens, and the values that annotators give them."""

from __future__ import annotations

from support.annotated_texts import annotation, document

from curate.agreement.tokens import Ratings, tokenize


def test_tokens_are_words_and_single_signs():
    text = "L'Iran, c’est l\u00e0 \U0001f469\u200d\U0001f680!"
    starts, ends = tokenize(text)
    assert [text[a:b] for a, b in zip(starts, ends, strict=True)] == [
        "L", "'", "Iran", ",", "c", "’", "est", "là", "👩", "\u200d", "🚀", "!",
    ]  # fmt: skip
    assert [len(part) for part in tokenize("")] == [0, 0]


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
