"""The index of different texts by their word n-grams, which finds the near copies among them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from curate.dedup import minhash
from curate.dedup.shingles import Hashes, jaccard, shingle_sets

_PAIRS_KEPT = 1_000_000
# If more groups than this share a band (bulletins that differ only in their figures, say), each
# text is compared only with the few that seem nearest: time must not grow with the square.
_CROWD = 64
_NEAREST = 10


class ShingleIndex:
    """One row per text: its word n-grams on disk, its bands in memory. A context manager.

    Args:
        threshold: least Jaccard similarity of near copies.
        words: number of words in an n-gram.
    """

    def __init__(self, threshold: float, words: int) -> None:
        self._threshold = threshold
        self._words = words
        self._file = tempfile.TemporaryFile(prefix="curate-dedup-")  # noqa: SIM115
        self._ends = [0]
        self._bands, self._minima = minhash.bands(threshold)
        self._keys: list[Hashes] = []
        self._tails: list[NDArray[np.uint8]] = []
        self._places: list[int] = []  # rows that have words, and so keys
        self._parent: list[int] = []
        self._unlike: set[tuple[int, int]] = set()
        self._all: Hashes = np.zeros(0, dtype=np.uint64)

    def __enter__(self) -> ShingleIndex:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._all = np.zeros(0, dtype=np.uint64)  # releases the file
        self._file.close()

    def add(self, texts: Sequence[str]) -> None:
        """Add texts; their rows continue those before."""
        shingles = shingle_sets(texts, self._words)
        for own in shingles:
            self._file.write(own.tobytes())
            if len(own):
                self._places.append(len(self._ends) - 1)
            self._ends.append(self._ends[-1] + len(own))
        if filled := [own for own in shingles if len(own)]:
            minima = minhash.signatures(filled, self._bands * self._minima)
            self._keys.append(minhash.keys(minima, self._minima))
            self._tails.append(minima.astype(np.uint8))  # the last byte of each

    def jaccard(self, first: int, second: int) -> float:
        """Exact Jaccard similarity of two rows."""
        return jaccard(self._set(first), self._set(second))

    def labels(self) -> list[int]:
        """For each row, the first row of its group; a text without words is a group of its own."""
        self._map()
        self._parent = list(range(len(self._ends) - 1))
        places = np.array(self._places, dtype=np.int64)
        if self._keys:
            self._keys = [np.concatenate(self._keys)]
            self._tails = [np.concatenate(self._tails)]
            for band in range(self._bands):
                for candidates in self._candidates(self._keys[0][:, band], places):
                    self._join(candidates, places)
        labels: list[int] = self._roots().tolist()
        return labels

    def _map(self) -> None:
        self._file.flush()
        if self._ends[-1]:
            mapped = np.memmap(self._file, dtype=np.uint64, mode="r")
            self._all = mapped.view(np.ndarray)  # slices of a memmap are slow to make

    def _set(self, row: int) -> Hashes:
        return self._all[self._ends[row] : self._ends[row + 1]]

    def _candidates(self, key: Hashes, places: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Indexes of places whose rows share a key and are not in one group yet."""
        labels = self._roots()[places]
        order = np.argsort(key, kind="stable")
        same = key[order][1:] == key[order][:-1]
        other = labels[order][1:] != labels[order][:-1]
        run = np.concatenate(([0], np.cumsum(~same)))
        wanted = np.unique(run[1:][same & other])
        starts = np.searchsorted(run, wanted, side="left")
        ends = np.searchsorted(run, wanted, side="right")
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            yield order[start:end]

    def _join(self, candidates: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        """Join the groups of rows that are alike, among rows that share a band."""
        rows: list[int] = places[candidates].tolist()
        groups: dict[int, list[int]] = {}
        for row in rows:
            groups.setdefault(self._root(row), []).append(row)
        if len(groups) > _CROWD:
            self._join_nearest(rows, self._tails[0][candidates])
            return
        remaining = list(groups.values())
        while remaining:
            group = remaining.pop()
            for place, other in enumerate(remaining):
                if any(self._alike(first, second) for first in group for second in other):
                    self._unite(group[0], other[0])
                    remaining[place] = other + group  # is compared with the rest in its turn
                    break

    def _join_nearest(self, rows: list[int], tails: NDArray[np.uint8]) -> None:
        for row, others in zip(rows, minhash.nearest(tails, _NEAREST), strict=True):
            for other in (rows[place] for place in others.tolist()):
                if self._root(row) != self._root(other) and self._alike(row, other):
                    self._unite(row, other)

    def _alike(self, first: int, second: int) -> bool:
        """Whether two rows are near copies; pairs that are not are remembered."""
        pair = (first, second) if first < second else (second, first)
        if pair in self._unlike:
            return False
        own, other = self._set(first), self._set(second)
        small, large = sorted((len(own), len(other)))
        # The similarity is at most small / large, which saves most comparisons.
        if small >= self._threshold * large and jaccard(own, other) >= self._threshold:
            return True
        if len(self._unlike) >= _PAIRS_KEPT:
            self._unlike.clear()
        self._unlike.add(pair)
        return False

    def _unite(self, first: int, second: int) -> None:
        root, child = sorted((self._root(first), self._root(second)))
        self._parent[child] = root

    def _roots(self) -> NDArray[np.int64]:
        """The root of each row."""
        roots = np.array(self._parent, dtype=np.int64)
        while np.any(roots != (above := roots[roots])):
            roots = above
        return roots

    def _root(self, row: int) -> int:
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row
