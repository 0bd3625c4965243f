"""Where quotations stand in a text: exactly, in order, and never where other words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.preannotate.quotations import LabelledQuote, align


def places(text: str, *quotes: str) -> list[str | None]:
    """The places of quotations, as the texts before them and in them."""
    found = align(text, [LabelledQuote(quote, "X") for quote in quotes]).places
    return [None if it is None else f"{it[0]}:{text[it[0] : it[1]]}" for it in found]


@pytest.mark.parametrize(
    ("text", "quotes", "expected"),
    [
        ("Paris, Rome, Paris", ("Paris", "Paris"), ["0:Paris", "13:Paris"]),
        ("Paris, Rome, Paris", ("Rome", "Paris"), ["7:Rome", "0:Paris"]),
        ("Paris", ("Paris", "Paris"), ["0:Paris", None]),
        ("in Paris", ("London", "", " Paris "), [None, None, "3:Paris"]),
        # What is inside a longer quotation comes last.
        ("Paris Review, Paris", ("Paris Review", "Paris"), ["0:Paris Review", "14:Paris"]),
        ("Paris Review", ("Paris", "Paris Review"), ["0:Paris", "0:Paris Review"]),
        # Not inside a word; but there are scripts without spaces, and words that end at a mark.
        ("Parisian life", ("Paris",), [None]),
        ("the Parisian in Paris", ("Paris",), ["16:Paris"]),
        ("Ürümqi", ("mqi",), [None]),
        ("l’Ukraine, d'Oslo", ("Ukraine", "Oslo"), ["2:Ukraine", "13:Oslo"]),
        ("我在北京工作", ("北京",), ["2:北京"]),
        ("서울은 크다", ("서울",), ["0:서울"]),
        ("E=mc², 7th", ("7",), [None]),
        # Typographic variants, which have one code point each.
        ("l’été «\u00a0Noël\u00a0»", ("l'été", "« Noël »"), ["0:l’été", "6:«\u00a0Noël\u00a0»"]),
        ("New\nYork", ("New York",), ["0:New\nYork"]),
        ("é", ("e\u0301",), ["0:é"]),
        ("😀 Oslo 😀", ("Oslo",), ["2:Oslo"]),
        ("PARIS", ("Paris",), [None]),
    ],
)
def test_places(text: str, quotes: tuple[str, ...], expected: list[str | None]) -> None:
    assert places(text, *quotes) == expected


WORDS = st.lists(st.sampled_from(["ab", "a", "b a", "aba", "ba,", "c"]), max_size=8)


@given(WORDS, WORDS)
def test_no_place_has_other_words_and_none_is_given_twice(
    text: list[str], quotes: list[str]
) -> None:
    whole = " ".join(text)
    found = align(whole, [LabelledQuote(quote, "X") for quote in quotes]).places
    given_places = [place for place in found if place is not None]
    assert len(given_places) == len(set(given_places))
    for quote, place in zip(quotes, found, strict=True):
        if place is not None:
            assert whole[place[0] : place[1]] == quote
    # Of the same words, the first mention has the first place.
    for quote in set(quotes):
        own = [place for each, place in zip(quotes, found, strict=True) if each == quote]
        inside = any(quote in other for other in quotes if other != quote)
        assert inside or own == sorted(filter(None, own)) + [None] * own.count(None)
