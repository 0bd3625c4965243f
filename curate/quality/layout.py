"""How spans lie in their documents. Pure; numpy arrays in, numpy arrays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

FREE = -(1 << 31)
"""Reach of a span that nothing before it can reach into."""


class SpanLayout(NamedTuple):
    """How spans lie in their documents.

    Args:
        repeat: for each span, whether the same document, edges and label stood before it.
        reach: the furthest end of any span before it in its document; FREE where there is none.
        gap: for each document, the longest stretch that no span covers, as [start, end).
    """

    repeat: NDArray[Any]
    reach: NDArray[Any]
    gap: tuple[NDArray[Any], NDArray[Any]]


def lay_out(
    at: NDArray[Any],
    start: NDArray[Any],
    end: NDArray[Any],
    label: NDArray[Any],
    lengths: NDArray[Any],
) -> SpanLayout:
    """Lay spans out. Before means: by start, then the longer, then by label.

    Empty and reversed spans, and what lies outside the text, cover nothing; a repeated span counts
    once.

    Args:
        at: document of each span, from 0 to the number of documents; ascending.
        start: first code point.
        end: one past the last.
        label: number of its label.
        lengths: of each document, in code points.
    """
    import numpy as np

    order = _order(at, start, end, label)
    doc, first, last, kind = at[order], start[order], end[order], label[order]
    same = np.zeros(len(order), dtype=bool)
    same[1:] = (
        (doc[1:] == doc[:-1])
        & (first[1:] == first[:-1])
        & (last[1:] == last[:-1])
        & (kind[1:] == kind[:-1])
    )
    base = np.concatenate(([0], np.cumsum(lengths + 1)))  # one apart, so that none touches another
    low = base[doc] + np.clip(first, 0, lengths[doc])
    high = base[doc] + np.clip(last, 0, lengths[doc])
    held = (high > low) & ~same
    ahead = np.maximum.accumulate(np.where(held, high, 0)) if len(order) else high
    before = np.concatenate(([0], ahead[:-1]))
    reach = np.where(held & (before > base[doc]), before - base[doc], FREE)
    gap = _gaps(doc[held], low[held], before[held], high[held], base, lengths)
    return SpanLayout(_back(same, order), _back(reach, order), gap)


def _order(
    at: NDArray[Any], start: NDArray[Any], end: NDArray[Any], label: NDArray[Any]
) -> NDArray[Any]:
    """Rows by document, start, the longer first, label; most often they stand so already."""
    import numpy as np

    same = at[1:] == at[:-1]
    if not (same & (start[1:] <= start[:-1])).any():
        return np.arange(len(at))
    return np.lexsort((label, -end, start, at))


def _gaps(
    doc: NDArray[Any],
    low: NDArray[Any],
    before: NDArray[Any],
    high: NDArray[Any],
    base: NDArray[Any],
    lengths: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The longest free stretch of each document: before its spans, between them, behind the last.

    Length and start of a stretch are packed into one number, so that one maximum finds both.
    """
    import numpy as np

    free = np.maximum(before, base[doc])
    packed = (np.maximum(low - free, 0) << 32) + (free - base[doc])
    best = np.zeros(len(lengths), dtype=np.int64)
    furthest = np.zeros(len(lengths), dtype=np.int64)
    if len(doc):
        (heads,) = np.nonzero(np.diff(doc, prepend=-1))
        best[doc[heads]] = np.maximum.reduceat(packed, heads)
        furthest[doc[heads]] = np.maximum.reduceat(high - base[doc], heads)
    best = np.maximum(best, ((lengths - furthest) << 32) + furthest)
    begins = best & 0xFFFFFFFF
    return begins, begins + (best >> 32)


def _back(values: NDArray[Any], order: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    found = np.empty_like(values)
    found[order] = values
    return found
