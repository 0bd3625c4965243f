"""What is computed of columns, all rows at once. Pure; numpy arrays in, numpy arrays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOWHERE = 0
"""Stands for no context."""
FREE = -(1 << 31)
"""Reach of a span that nothing before it can reach into."""


class Layout(NamedTuple):
    """How spans lie in their documents.

    Args:
        repeat: for each span, whether the same document, edges and label stood before it.
        reach: the furthest end of any span before it in its document; FREE where there is none.
        gap: for each document, the longest stretch that no span covers, as [start, end).
    """

    repeat: NDArray[Any]
    reach: NDArray[Any]
    gap: tuple[NDArray[Any], NDArray[Any]]


def layout(
    at: NDArray[Any],
    start: NDArray[Any],
    end: NDArray[Any],
    label: NDArray[Any],
    lengths: NDArray[Any],
) -> Layout:
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
    return Layout(_back(same, order), _back(reach, order), gap)


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


def unusual(values: NDArray[Any], groups: NDArray[Any], limit: float, least: int) -> NDArray[Any]:
    """Which values lie far from the middle of their group.

    The modified z-score of the logarithm, 0.6745 · |x − median| / MAD (Iglewicz and Hoaglin, How to
    Detect and Handle Outliers, 1993), above ``limit``. A MAD below a tenth counts as one, so that
    where nearly all are equal not every other value is far; groups below ``least`` are not judged.

    Args:
        values: lengths; those below 1 are passed over.
        groups: number of each value's group, from 0; negative for none.
    """
    import numpy as np

    found = np.zeros(len(values), dtype=bool)
    (rows,) = np.nonzero((values > 0) & (groups >= 0))
    rows = rows[np.argsort(groups[rows], kind="stable")]
    logs = np.log(values[rows])
    edges = np.nonzero(np.diff(groups[rows], prepend=-1))[0].tolist() + [len(rows)]
    for first, last in zip(edges, edges[1:], strict=False):
        if last - first >= least:
            part = logs[first:last]
            far = np.abs(part - np.median(part))
            score = 0.6745 * far / max(float(np.median(far)), 0.1)
            found[rows[first:last]] = score > limit
    return found


def divergence(now: NDArray[Any], before: NDArray[Any]) -> float:
    """Jensen-Shannon divergence of two distributions, in bits: 0 for the same, 1 for none shared.

    Lin, Divergence Measures Based on the Shannon Entropy, IEEE Transactions on Information Theory
    37(1), 1991, equation 3.4 with equal weights.

    Args:
        now: counts of the one.
        before: counts of the other, of the same things; both have a sum above 0.
    """
    import numpy as np

    p, q = now / now.sum(), before / before.sum()
    middle = (p + q) / 2

    def bits(part: NDArray[Any]) -> float:
        some = part > 0
        return float(np.sum(part[some] * np.log2(part[some] / middle[some])))

    return max(0.0, (bits(p) + bits(q)) / 2)


def strangers(
    surface: NDArray[Any],
    context: NDArray[Any],
    label: NDArray[Any],
    share: float,
    least: int,
) -> NDArray[Any]:
    """Which rows have another label than nearly all rows of the same surface and context.

    Args:
        surface: number of what is marked.
        context: number of what stands beside it; NOWHERE for nothing.
        label: number of the label.
        share: the part of its like that the commonest label must have.
        least: how often the commonest label must occur.
    """
    import numpy as np
    import pandas as pd

    if not len(label):
        return np.zeros(0, dtype=bool)
    # Numbers of the groups: by surface and context, and by these and label.
    place = pd.factorize(context)[0].astype(np.int64)
    like = pd.factorize(place * (int(surface.max()) + 1) + surface)[0].astype(np.int64)
    same = pd.factorize(like * (int(label.max()) + 1) + label)[0]
    size = np.bincount(same)[same]
    every = np.bincount(like)
    most = np.zeros(len(every), dtype=np.int64)
    np.maximum.at(most, like, size)
    usual = (most >= least) & (most >= share * every)
    found: NDArray[Any] = usual[like] & (size < most[like]) & (context != NOWHERE)
    return found
