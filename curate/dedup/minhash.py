"""MinHash signatures in bands: texts that are alike share at least one band, most others none.

Broder 1997, "On the resemblance and containment of documents"; banding as in Leskovec, Rajaraman
and Ullman, "Mining of Massive Datasets", chapter 3. The permutations are x → (a·x mod 2⁶⁴) / 2³²
for odd a (multiply-shift; Dietzfelbinger and others 1997) over numbers that are mixed already.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curate.dedup.shingles import Numbers

PERMUTATIONS = 128
MISSED = 0.02
_SEED = 20160101


def bands(threshold: float, permutations: int = PERMUTATIONS) -> tuple[int, int]:
    """Number of bands and rows in each for a threshold.

    Two texts of Jaccard similarity s share a band with probability 1 - (1 - s^rows)^bands. The most
    rows, and so the fewest false candidates, at which that misses no more than ``MISSED`` of the
    pairs that are just at the threshold.
    """
    for rows in range(permutations, 0, -1):
        count = permutations // rows
        if (1 - threshold**rows) ** count <= MISSED:
            return count, rows
    return permutations, 1


def signatures(sets: Sequence[Numbers], permutations: int = PERMUTATIONS) -> NDArray[np.uint32]:
    """A row of minima for each set; none of the sets is empty."""
    factors = np.random.default_rng(_SEED).integers(0, 2**63, permutations, dtype=np.uint64)
    starts = np.cumsum([0, *(len(each) for each in sets[:-1])])
    flat = np.concatenate(sets)
    hashed = np.empty_like(flat)
    found = np.empty((permutations, len(sets)), dtype=np.uint64)
    for row, factor in zip(found, factors * np.uint64(2) + np.uint64(1), strict=True):
        np.multiply(flat, factor, out=hashed)
        np.minimum.reduceat(hashed, starts, out=row)
    return (found.T >> np.uint64(32)).astype(np.uint32)


def keys(sets: Sequence[Numbers], threshold: float) -> Numbers:
    """One number a band for each set, side by side."""
    count, rows = bands(threshold)
    minima = signatures(sets, count * rows).astype(np.uint64)
    factor = np.uint64(0x9E3779B97F4A7C15)
    found = np.zeros((len(sets), count), dtype=np.uint64)
    for row in range(rows):
        found = (found ^ minima[:, row::rows]) * factor
        found ^= found >> np.uint64(32)
    return found
