"""Statistics that checks hold a corpus against. Pure; numpy arrays in, numpy arrays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 30
"""Size from which a group of lengths is judged."""


def unusual(values: NDArray[Any], limit: float, groups: NDArray[Any] | None = None) -> NDArray[Any]:
    """Which values lie far from the middle of their group.

    The modified z-score of the logarithm, 0.6745 · |x − median| / MAD (Iglewicz and Hoaglin, How to
    Detect and Handle Outliers, 1993), above ``limit``. A MAD below a tenth counts as one, so that
    where nearly all are equal not every other value is far; groups below ``LEAST`` are not judged.

    Args:
        values: lengths; those below 1 are passed over.
        limit: the highest score that is still usual.
        groups: number of each value's group, from 0, and negative for none; by default all values
            are one group.
    """
    import numpy as np

    if groups is None:
        groups = np.zeros(len(values), dtype=np.int8)
    far_off = np.zeros(len(values), dtype=bool)
    (rows,) = np.nonzero((values > 0) & (groups >= 0))
    rows = rows[np.argsort(groups[rows], kind="stable")]
    logs = np.log(values[rows])
    edges = np.nonzero(np.diff(groups[rows], prepend=-1))[0].tolist() + [len(rows)]
    for first, last in zip(edges, edges[1:], strict=False):
        if last - first >= LEAST:
            part = logs[first:last]
            far = np.abs(part - np.median(part))
            score = 0.6745 * far / max(float(np.median(far)), 0.1)
            far_off[rows[first:last]] = score > limit
    return far_off


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
