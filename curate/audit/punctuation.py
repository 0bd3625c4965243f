"""Punctuation at the edges of suggested spans, which a model often takes along.

A suggestion keeps a punctuation mark at its edge only if some gold span has the same mark beside
the same word at that edge (« Corp . »). Marks that belong to a word of the source are not touched.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from curate.audit.documents import TokenisedDocument
from curate.audit.tokens import TokenisedText, TokenSpan

_OF_NUMBERS = frozenset("%‰&@#*")  # not punctuation in the sense of this module


class PunctuationEdges:
    """The punctuation marks at the edges of the gold spans, each with the word beside it.

    Args:
        corpus: the documents with their gold.
    """

    def __init__(self, corpus: Iterable[TokenisedDocument]) -> None:
        self._first: set[tuple[str, str]] = set()
        self._last: set[tuple[str, str]] = set()
        for document in corpus:
            for first, last, _ in document.gold:
                self._first.add(_first_words(document.text, first, last))
                self._last.add(_last_words(document.text, first, last))

    def trim(self, document: TokenisedDocument, span: TokenSpan) -> TokenSpan | None:
        """A span without the marks at its edges that no gold span has; None if nothing is left.

        It is widened to whole words of the source first. A span with the boundaries of a gold span
        keeps its edges.
        """
        first, last, label = span
        if (first, last) in document.gold_boundaries:
            return span
        text = document.text
        first, last = text.word_start(first), text.word_end(last - 1)
        while first < last and _is_foreign(_first_words(text, first, last), self._first):
            first = text.word_end(first)
        while first < last and _is_foreign(_last_words(text, first, last), self._last):
            last = text.word_start(last - 1)
        return (first, last, label) if first < last else None


def _first_words(text: TokenisedText, first: int, last: int) -> tuple[str, str]:
    """The first word of a span, and the second; empty if there is none."""
    middle = min(text.word_end(first), last)
    end = min(text.word_end(middle), last) if middle < last else last
    return "".join(text.words[first:middle]), "".join(text.words[middle:end])


def _last_words(text: TokenisedText, first: int, last: int) -> tuple[str, str]:
    """The last word of a span, and the one before it; empty if there is none."""
    middle = max(text.word_start(last - 1), first)
    start = max(text.word_start(middle - 1), first) if middle > first else first
    return "".join(text.words[middle:last]), "".join(text.words[start:middle])


def _is_foreign(words: tuple[str, str], known: set[tuple[str, str]]) -> bool:
    return all(map(_is_punctuation, words[0])) and words not in known


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in _OF_NUMBERS
