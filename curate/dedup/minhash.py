"""MinHash signatures in bands: texts that are alike share at least one band, most others none.

Broder 1997, "On the resemblance and containment of documents"; banding as in Leskovec, Rajaraman
and Ullman, "Mining of Massive Datasets", chapter 3. The permutations are x → (a·x mod 2⁶⁴) / 2³²
for odd a (multiply-shift; Dietzfelbinger and others 1997) over numbers that are mixed already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from curate.dedup.shingles import Numbers

PERMUTATIONS = 128
MISSED = 0.02
_SEED = 20160101
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


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


def keys(minima: NDArray[np.uint32], rows: int) -> Numbers:
    """One number a band for each signature, side by side; a band has ``rows`` minima."""
    count = minima.shape[1] // rows
    found = np.zeros((len(minima), count), dtype=np.uint64)
    for row in range(rows):
        found = (found ^ minima[:, row::rows].astype(np.uint64)) * _FACTOR
        found ^= found >> np.uint64(32)
    return found


def nearest(ends: NDArray[np.uint8], count: int) -> Iterator[NDArray[np.int64]]:
    """For each of some signatures the others that seem most alike to it.

    Args:
        ends: the last bytes of their minima; of two that differ, one in 256 has the same.
        count: how many others.
    """
    for place, one in enumerate(ends):
        same = np.count_nonzero(ends == one, axis=1)
        same[place] = -1
        yield np.argpartition(same, -count)[-count:] if count < len(ends) else np.argsort(same)[1:]
