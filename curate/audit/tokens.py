"""Texts as tokens, and spans as tags of tokens.

A token is a run of word characters, or any other single character that is not white space; so
``l'Iran`` is three tokens, and no language needs a model. Tags are IOB2 (``B-PER``, ``I-PER``,
``O``).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from curate.model import Span, SpanKey

TOKEN = re.compile(r"\w+|[^\w\s]")
OUTSIDE = "O"
TokenSpan = tuple[int, int, str]
"""A span in tokens: the first, one past the last, and the label."""


@dataclass(frozen=True)
class TokenisedText:
    """A text in tokens.

    Args:
        starts: first code point of each token.
        ends: one past the last code point of each token.
        words: text of each token.
        gaps: what precedes each token: ``n`` a line break or the beginning of the text, ``s`` other
            white space, ``t`` nothing.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    words: tuple[str, ...]
    gaps: tuple[str, ...]

    def token_span(self, span: Span) -> TokenSpan:
        """The tokens that a span shares a code point with; none if it is white space only."""
        first, last = bisect_right(self.ends, span.start), bisect_left(self.starts, span.end)
        return first, max(first, last), span.label

    def key(self, tokens: TokenSpan) -> SpanKey:
        """A token span in code points."""
        first, last, label = tokens
        return self.starts[first], self.ends[last - 1], label


def tokenise_text(text: str) -> TokenisedText:
    """Cut a text into tokens."""
    tokens = list(TOKEN.finditer(text))
    gaps, end = [], 0
    for token in tokens:
        gap = text[end : token.start()]
        gaps.append("n" if "\n" in gap or not end else "s" if gap else "t")
        end = token.end()
    return TokenisedText(
        starts=tuple(token.start() for token in tokens),
        ends=tuple(token.end() for token in tokens),
        words=tuple(token[0] for token in tokens),
        gaps=tuple(gaps),
    )


def iob_tags(spans: Sequence[TokenSpan], size: int) -> list[str]:
    """The tag of each of ``size`` tokens; if two spans share a token, it belongs to the first."""
    tags = [OUTSIDE] * size
    for first, last, label in spans:
        for token in range(first, last):
            if tags[token] == OUTSIDE:
                tags[token] = f"{'B' if token == first else 'I'}-{label}"
    return tags


def spans_of_tags(tags: Sequence[str]) -> list[TokenSpan]:
    """The spans that tags spell; an ``I`` that follows no tag of its label begins a span."""
    spans: list[TokenSpan] = []
    first, label = 0, ""
    for token, tag in enumerate([*tags, OUTSIDE]):
        position, _, name = tag.partition("-")
        if label and (position != "I" or name != label):
            spans.append((first, token, label))
            label = ""
        if name and not label:
            first, label = token, name
    return spans
