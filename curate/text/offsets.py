"""Offsets: the only place that converts between code points and other units.

Inside curate, all ranges are half-open and count Unicode code points. Browsers, and so the pages of
Doccano, count UTF-16 units; other tools count tokens.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

from curate.model import Span

# Nobody means to annotate what cannot be seen, so no span begins or ends with it.
_EDGE_CATEGORIES = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))


def is_blank(char: str) -> bool:
    """Whether a code point is white space or invisible (Unicode general category Z*, Cc, Cf)."""
    return unicodedata.category(char) in _EDGE_CATEGORIES


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


class Utf16:
    """Offsets of one text in code points and in UTF-16 units, both ways.

    Args:
        text: the text; beyond its end, every unit counts as a code point.
    """

    def __init__(self, text: str) -> None:
        # Offsets of the code points of two units. Most texts have none, which is fast to check.
        narrow = len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text)
        self._wide = [] if narrow else [at for at, char in enumerate(text) if char > "\uffff"]
        self._wide_units = [at + before for before, at in enumerate(self._wide)]

    def units(self, offset: int) -> int:
        """UTF-16 offset of a code point offset."""
        return offset + bisect_left(self._wide, offset)

    def point(self, unit: int, end: bool = False) -> int:
        """Code point offset of a UTF-16 offset.

        An offset within a code point moves before it, or after it if it is the end of a span.
        """
        before = bisect_left(self._wide_units, unit)
        inside = before > 0 and self._wide_units[before - 1] + 1 == unit
        return unit - before + (1 if inside and end else 0)


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
