"""Offsets: the only place that converts between code points and other units.

Inside curate, all ranges are half-open and count Unicode code points. Browsers, and so the pages of
Doccano, count UTF-16 units; other tools count tokens.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from curate.model import Span

# Nobody means to annotate what cannot be seen, so no span begins or ends with it.
_EDGE_CATEGORIES = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))


def is_blank(char: str) -> bool:
    """Whether a code point is white space or invisible (Unicode general category Z*, Cc, Cf)."""
    return unicodedata.category(char) in _EDGE_CATEGORIES


def is_within_word(text: str, at: int) -> bool:
    """Whether an offset is inside a word, such as that after ``Paris`` in ``Parisiens``."""
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def trim(text: str, start: int, end: int, also: str = "") -> tuple[int, int]:
    """Move both edges inwards over blank code points, and over those in ``also``.

    Returns:
        The new edges; ``start == end`` if nothing is left.
    """
    while start < end and (is_blank(text[start]) or text[start] in also):
        start += 1
    while end > start and (is_blank(text[end - 1]) or text[end - 1] in also):
        end -= 1
    return start, end


def to_utf16(text: str, offset: int) -> int:
    """Offset in UTF-16 code units (JavaScript, Java) of a code point offset."""
    return len(text[:offset].encode("utf-16-le")) // 2


class OffsetIndex:
    """Offsets of one text in code points and in another unit, both ways.

    Args:
        widths: how many units a code point counts, by its offset in ascending order, for all that
            do not count as one.
        first: the number of the first unit.
        length: length of the text in code points; beyond it, ``span`` has no place.
    """

    def __init__(self, widths: Mapping[int, int], first: int = 0, length: int = 0) -> None:
        self._first = first
        self._length = length
        self._at = list(widths)
        # How much longer the text is in units than in code points, before each of these.
        self._growth = [0, *accumulate(width - 1 for width in widths.values())]
        pairs = list(zip(self._at, self._growth, strict=False))
        self._starts = [at + growth for at, growth in pairs]
        self._ends = [
            at + 1 + growth for at, growth in zip(self._at, self._growth[1:], strict=True)
        ]

    def units(self, offset: int) -> int:
        """Offset in units of a code point offset."""
        return self._first + offset + self._growth[bisect_left(self._at, offset)]

    def point(self, unit: int, end: bool = False) -> int:
        """Code point offset of an offset in units.

        An offset within a code point moves before it, or after it if it is the end of a span. At a
        code point that does not count, a span begins after it and ends before it.
        """
        unit -= self._first
        place = (bisect_left if end else bisect_right)(self._starts, unit)
        if place and unit < self._ends[place - 1]:
            inside = unit > self._starts[place - 1]
            return self._at[place - 1] + (1 if inside and end else 0)
        return unit - self._growth[place]

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """The code points of a range of units; None if the text has no such range."""
        edges = self.point(start), self.point(end, end=True)
        if not 0 <= edges[0] < edges[1] <= self._length:
            return None
        if self._is_inside(start) or self._is_inside(end):
            return None
        return edges

    def _is_inside(self, unit: int) -> bool:
        """Whether an offset in units lies within a code point."""
        place = bisect_left(self._starts, unit - self._first)
        return place > 0 and unit - self._first < self._ends[place - 1]


class Utf16(OffsetIndex):
    """Offsets of one text in code points and in UTF-16 units, both ways.

    Args:
        text: the text; beyond its end, every unit counts as a code point.
    """

    def __init__(self, text: str) -> None:
        # Most texts have no code points of two units, which is fast to check.
        narrow = len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text)
        wide = () if narrow else (at for at, char in enumerate(text) if char > "\uffff")
        super().__init__(dict.fromkeys(wide, 2), length=len(text))


def align(span: Span, starts: Sequence[int], ends: Sequence[int]) -> tuple[int, int] | None:
    """The range of tokens that covers a span exactly.

    Args:
        span: the span, in code points.
        starts: start offset of every token, ascending.
        ends: end offset of every token, ascending.

    Returns:
        Half-open range of token numbers, or None if an edge falls inside a token or between tokens.
    """
    first = bisect_left(starts, span.start)
    last = bisect_left(ends, span.end)
    if first >= len(starts) or last >= len(ends) or first > last:
        return None
    if starts[first] != span.start or ends[last] != span.end:
        return None
    return first, last + 1


def outermost(spans: Sequence[Span]) -> tuple[list[Span], list[Span], list[Span]]:
    """Choose spans that do not overlap: longer ones first, then earlier ones.

    Returns:
        The spans that are kept, in order of position; those that are nested in a kept one; those
        that cross a kept one.
    """
    kept: list[Span] = []
    nested: list[Span] = []
    crossing: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start, s.label)):
        rival = next((other for other in kept if span.overlaps(other)), None)
        if rival is None:
            kept.append(span)
        elif rival.start <= span.start and span.end <= rival.end:
            nested.append(span)
        else:
            crossing.append(span)
    return sorted(kept, key=lambda s: s.start), nested, crossing
