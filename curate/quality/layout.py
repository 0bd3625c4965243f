"""How spans lie in their documents. Pure; numpy arrays in, numpy arrays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

FREE = -(1 << 31)
"""Reach where no span precedes."""


class SpanLayout(NamedTuple):
    """How spans lie in their documents.

    Args:
        repeat: for each span, whether one with the same edges and label precedes it.
        reach: for each span, the furthest end of any span that precedes it in its document; FREE if
            there is none.
        gap: for each document, start and end of the longest stretch that no span covers.
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
    """Lay spans out in the order of their starts, longer ones first, then by label.

    Empty and reversed spans, and parts outside the text, cover nothing; a repeated span counts
    once.

    Args:
        at: document of each span, from 0; ascending.
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
    # Offsets in one long text, with a code point between documents, so that none touches another.
    base = np.concatenate(([0], np.cumsum(lengths + 1)))
    low = base[doc] + np.clip(first, 0, lengths[doc])
    high = base[doc] + np.clip(last, 0, lengths[doc])
    covers = (high > low) & ~same
    furthest = np.maximum.accumulate(np.where(covers, high, 0)) if len(order) else high
    before = np.concatenate(([0], furthest[:-1]))
    reach = np.where(covers & (before > base[doc]), before - base[doc], FREE)
    gap = _gaps(doc[covers], low[covers], before[covers], high[covers], base, lengths)
    return SpanLayout(_unsorted(same, order), _unsorted(reach, order), gap)


def _order(
    at: NDArray[Any], start: NDArray[Any], end: NDArray[Any], label: NDArray[Any]
) -> NDArray[Any]:
    """Rows by document, start, length (longest first) and label; mostly they are sorted already."""
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
    """The longest free stretch of each document: before its spans, between them, after the last.

    Length and start of a stretch are packed into one number, so that one maximum yields both.
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


def _unsorted(values: NDArray[Any], order: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    in_place = np.empty_like(values)
    in_place[order] = values
    return in_place
