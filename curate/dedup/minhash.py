"""MinHash signatures in bands: near copies share at least one band, most other texts none.

Broder 1997, "On the resemblance and containment of documents"; banding as in Leskovec, Rajaraman
and Ullman, "Mining of Massive Datasets", chapter 3. The permutations are x → (a·x mod 2⁶⁴) / 2³²
for odd a (multiply-shift; Dietzfelbinger and others 1997) over hashes that are already mixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from curate.dedup.shingles import Hashes

PERMUTATIONS = 128
MISSED = 0.02  # largest share of pairs at the threshold that share no band
_SEED = 20160101
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def bands(threshold: float, permutations: int = PERMUTATIONS) -> tuple[int, int]:
    """Number of bands, and of rows in each, for a threshold.

    Two texts with Jaccard similarity s share a band with probability 1 - (1 - s^rows)^bands. More
    rows give fewer false candidates; this returns the most with which no more than ``MISSED`` of
    the pairs at the threshold are missed.
    """
    for rows in range(permutations, 0, -1):
        count = permutations // rows
        if (1 - threshold**rows) ** count <= MISSED:
            return count, rows
    return permutations, 1


def signatures(sets: Sequence[Hashes], permutations: int = PERMUTATIONS) -> NDArray[np.uint32]:
    """A row of minima for each set; no set may be empty."""
    factors = np.random.default_rng(_SEED).integers(0, 2**63, permutations, dtype=np.uint64)
    starts = np.cumsum([0, *(len(own) for own in sets[:-1])])
    flat = np.concatenate(sets)
    hashed = np.empty_like(flat)
    minima = np.empty((permutations, len(sets)), dtype=np.uint64)
    for row, factor in zip(minima, factors * np.uint64(2) + np.uint64(1), strict=True):
        np.multiply(flat, factor, out=hashed)
        np.minimum.reduceat(hashed, starts, out=row)
    return (minima.T >> np.uint64(32)).astype(np.uint32)


def keys(minima: NDArray[np.uint32], rows: int) -> Hashes:
    """One hash per band for each signature; a band has ``rows`` minima."""
    count = minima.shape[1] // rows
    bands = np.zeros((len(minima), count), dtype=np.uint64)
    for row in range(rows):
        bands = (bands ^ minima[:, row::rows].astype(np.uint64)) * _FACTOR
        bands ^= bands >> np.uint64(32)
    return bands


def nearest(ends: NDArray[np.uint8], count: int) -> Iterator[NDArray[np.int64]]:
    """For each signature, the others that seem most similar to it.

    Args:
        ends: the last bytes of the minima; two different minima share them once in 256 times.
        count: number of others.
    """
    for place, end in enumerate(ends):
        same = np.count_nonzero(ends == end, axis=1)
        same[place] = -1
        yield np.argpartition(same, -count)[-count:] if count < len(ends) else np.argsort(same)[1:]
