"""Texts as tokens, and spans as tags of tokens.

A token is a run of word characters or one other character that is not blank, so that ``l'Iran`` is
three tokens; no language needs a model. Tags are IOB2 (``B-PER``, ``I-PER``, ``O``).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from curate.model import Span, SpanKey

TOKEN = re.compile(r"\w+|[^\w\s]")
OUTSIDE = "O"
Stretch = tuple[int, int, str]
"""A span in tokens: the first, one past the last, and its label."""


@dataclass(frozen=True)
class Text:
    """A text in tokens.

    Args:
        starts: first code point of each token.
        ends: one past its last.
        words: the tokens.
        gaps: what stands before each token: ``n`` a line break or the beginning of the text, ``s``
            a blank, ``t`` nothing.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    words: tuple[str, ...]
    gaps: tuple[str, ...]

    def stretch(self, span: Span) -> Stretch:
        """The tokens that a span shares a code point with; none where it marks blanks alone."""
        first, last = bisect_right(self.ends, span.start), bisect_left(self.starts, span.end)
        return first, max(first, last), span.label

    def key(self, stretch: Stretch) -> SpanKey:
        """Code points of a stretch of tokens."""
        first, last, label = stretch
        return self.starts[first], self.ends[last - 1], label


def tokenise(text: str) -> Text:
    """Cut a text into tokens."""
    found = list(TOKEN.finditer(text))
    gaps, end = [], 0
    for match in found:
        gap = text[end : match.start()]
        gaps.append("n" if "\n" in gap or not end else "s" if gap else "t")
        end = match.end()
    return Text(
        starts=tuple(match.start() for match in found),
        ends=tuple(match.end() for match in found),
        words=tuple(match[0] for match in found),
        gaps=tuple(gaps),
    )


def tags(stretches: Sequence[Stretch], size: int) -> list[str]:
    """The tag of each of ``size`` tokens; of two spans that share a token the first has it."""
    found = [OUTSIDE] * size
    for first, last, label in stretches:
        for at in range(first, last):
            if found[at] == OUTSIDE:
                found[at] = f"{'B' if at == first else 'I'}-{label}"
    return found


def stretches(tagged: Sequence[str]) -> list[Stretch]:
    """The spans that tags spell; an ``I`` that follows no tag of its label begins one."""
    found: list[Stretch] = []
    first, label = 0, ""
    for at, tag in enumerate([*tagged, OUTSIDE]):
        kind, _, name = tag.partition("-")
        if label and (kind != "I" or name != label):
            found.append((first, at, label))
            label = ""
        if name and not label:
            first, label = at, name
    return found
