"""Quotations of a text as spans of it: where exactly each of them stands. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Characters that a model writes for one another; each stands for one code point.
_ALIKE = str.maketrans("’ʼ‘“”„«»–—‐‑\u00a0\u202f\u2009\n\t", '\'\'\'"""""----     ')
_SPACED_SCRIPTS = ((0x0000, 0x0590), (0x10A0, 0x1100), (0x1C80, 0x2000), (0x2C00, 0x2E00))
"""Latin, Greek, Cyrillic, Armenian and Georgian, in which words end at a space or a mark."""


class LabelledQuote(NamedTuple):
    """What a model quotes of a text, and the label that it gives it."""

    quote: str
    label: str


class Alignment(NamedTuple):
    """Where quotations are.

    Args:
        places: start and end of each quotation in code points, in the order of the quotations; None
            for one that is not in the text.
    """

    places: tuple[tuple[int, int] | None, ...]


def align(text: str, quotes: Sequence[LabelledQuote]) -> Alignment:
    """Find quotations in a text.

    Longer quotations come first, so that « Paris » is not found in « Paris Review » if that is
    quoted as well. A quotation that occurs repeatedly gets the first place that is free, the next
    one with the same words the second, and so on. It is never found inside a word, and never in a
    place that has other words: only quotation marks, apostrophes, hyphens and white space may be
    other ones of their kind.
    """
    plain = text.translate(_ALIKE)
    by_quote: defaultdict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(quotes):
        quote = unicodedata.normalize("NFC", each.quote).translate(_ALIKE).strip()
        by_quote[quote].append(number)
    places: list[tuple[int, int] | None] = [None] * len(quotes)
    taken: list[tuple[int, int]] = []
    for quote in sorted(filter(None, by_quote), key=lambda it: (-len(it), it)):
        occurrences = list(_occurrences(plain, quote))
        free = [place for place in occurrences if not any(_overlap(place, it) for it in taken)]
        # Those inside longer ones last: a model may quote the part of a name as well.
        ordered = [*free, *(place for place in occurrences if place not in free)]
        for number, place in zip(by_quote[quote], ordered, strict=False):
            places[number] = place
            taken.append(place)
    return Alignment(tuple(places))


def _occurrences(text: str, quote: str) -> Iterator[tuple[int, int]]:
    start = text.find(quote)
    while start >= 0:
        end = start + len(quote)
        if not _inside_word(text, start) and not _inside_word(text, end):
            yield start, end
            start = text.find(quote, end)
        else:
            start = text.find(quote, start + 1)


def _inside_word(text: str, at: int) -> bool:
    """Whether a place is between two characters of one word."""
    if not 0 < at < len(text):
        return False
    return all(char.isalnum() and _is_spaced(char) for char in text[at - 1 : at + 1])


def _is_spaced(char: str) -> bool:
    return any(first <= ord(char) < last for first, last in _SPACED_SCRIPTS)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
