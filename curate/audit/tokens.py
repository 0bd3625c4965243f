"""Texts as tokens, and spans as tags of tokens.

A token is a run of word characters, or any other single character that is not white space; so
``l'Iran`` is three tokens, and no language needs a model. Where a text was in tokens before, which
is when there is white space before every comma, none of those is cut by a suggestion: the tokens
within one are joined. Tags are IOB2 (``B-PER``, ``I-PER``, ``O``).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from curate.model import Span, SpanKey

TOKEN = re.compile(r"\w+|[^\w\s]")
_MARK = re.compile(r"(\S?)[,;?!](?=\s|$)")
_MOSTLY = 0.98
_TABLE = 4
OUTSIDE = "O"
LineKind = Literal["headline", "table", "prose"]
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
        joined: whether no span begins between a token and the one before.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    words: tuple[str, ...]
    gaps: tuple[str, ...]
    joined: tuple[bool, ...]

    def token_span(self, span: Span) -> TokenSpan:
        """The tokens that a span shares a code point with; none if it is white space only."""
        first, last = bisect_right(self.ends, span.start), bisect_left(self.starts, span.end)
        return first, max(first, last), span.label

    @cached_property
    def line_kinds(self) -> list[LineKind]:
        """The kind of the line of each token.

        A headline has no small letter; at least a quarter of a table's words are numbers.
        """
        kinds: list[LineKind] = []
        starts = [number for number, gap in enumerate(self.gaps) if gap == "n"]
        for first, last in zip(starts, [*starts[1:], len(self.words)], strict=True):
            words = self.words[first:last]
            numbers = sum(word[0].isdigit() for word in words)
            if _TABLE * numbers >= last - first and numbers > 1:
                kind: LineKind = "table"
            else:
                kind = "prose" if any(word != word.upper() for word in words) else "headline"
            kinds += [kind] * (last - first)
        return kinds

    def word_start(self, token: int) -> int:
        """The first of the tokens that are joined with one."""
        while self.joined[token]:
            token -= 1
        return token

    def word_end(self, token: int) -> int:
        """One past the last of the tokens that are joined with one."""
        token += 1
        while token < len(self.joined) and self.joined[token]:
            token += 1
        return token

    def is_whole(self, first: int, last: int) -> bool:
        """Whether a span may begin before a token, and end before another one."""
        return not self.joined[first] and (last == len(self.joined) or not self.joined[last])

    def key(self, tokens: TokenSpan) -> SpanKey:
        """A token span in code points."""
        first, last, label = tokens
        return self.starts[first], self.ends[last - 1], label


def are_tokens_separated(texts: Iterable[str]) -> bool:
    """Whether texts are tokens with white space between them, punctuation marks included."""
    marks = separated = 0
    for text in texts:
        for mark in _MARK.finditer(text):
            marks += 1
            separated += not mark[1]
    return marks > 0 and separated >= _MOSTLY * marks


def tokenise_text(text: str, separated: bool = False) -> TokenisedText:
    """Cut a text into tokens.

    Args:
        text: the text.
        separated: whether the text was in tokens, which white space separates.
    """
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
        joined=tuple(separated and gap == "t" for gap in gaps),
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
