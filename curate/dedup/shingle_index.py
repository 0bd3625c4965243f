"""Texts, each different from the others, and which of them are near copies."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from curate.dedup import minhash
from curate.dedup.shingles import Numbers, jaccard, shingle_sets

_PAIRS_KEPT = 1_000_000
# Where more groups than this share a band (bulletins that differ in their figures, say), each text
# is compared with this many that seem nearest, so that time does not grow with the square.
_CROWD = 64
_NEAREST = 10


class ShingleIndex:
    """Rows of word n-grams on disk, and of bands in memory; a context manager.

    Args:
        threshold: least Jaccard similarity of near copies.
        words: of an n-gram.
    """

    def __init__(self, threshold: float, words: int) -> None:
        self._threshold = threshold
        self._words = words
        self._file = tempfile.TemporaryFile(prefix="curate-dedup-")  # noqa: SIM115
        self._ends = [0]
        self._bands, self._minima = minhash.bands(threshold)
        self._keys: list[Numbers] = []
        self._tails: list[NDArray[np.uint8]] = []
        self._places: list[int] = []  # rows that have words, and so keys
        self._parent: list[int] = []
        self._unlike: set[tuple[int, int]] = set()
        self._all: Numbers = np.zeros(0, dtype=np.uint64)

    def __enter__(self) -> ShingleIndex:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._all = np.zeros(0, dtype=np.uint64)  # lets go of the file
        self._file.close()

    def add(self, texts: Sequence[str]) -> None:
        """Take texts in; their rows count on from those before."""
        made = shingle_sets(texts, self._words)
        for each in made:
            self._file.write(each.tobytes())
            if len(each):
                self._places.append(len(self._ends) - 1)
            self._ends.append(self._ends[-1] + len(each))
        if filled := [each for each in made if len(each)]:
            minima = minhash.signatures(filled, self._bands * self._minima)
            self._keys.append(minhash.keys(minima, self._minima))
            self._tails.append(minima.astype(np.uint8))  # the last byte of each

    def jaccard(self, first: int, second: int) -> float:
        """True Jaccard similarity of two rows."""
        return jaccard(self._set(first), self._set(second))

    def labels(self) -> list[int]:
        """For each row the first row of its group; rows without words are alone."""
        self._map()
        self._parent = list(range(len(self._ends) - 1))
        places = np.array(self._places, dtype=np.int64)
        if self._keys:
            self._keys = [np.concatenate(self._keys)]
            self._tails = [np.concatenate(self._tails)]
            for band in range(self._bands):
                for found in self._mixed(self._keys[0][:, band], places):
                    self._join(found, places)
        labels: list[int] = self._roots().tolist()
        return labels

    def _map(self) -> None:
        self._file.flush()
        if self._ends[-1]:
            mapped = np.memmap(self._file, dtype=np.uint64, mode="r")
            self._all = mapped.view(np.ndarray)  # slices of a memmap are slow to make

    def _set(self, row: int) -> Numbers:
        return self._all[self._ends[row] : self._ends[row + 1]]

    def _mixed(self, key: Numbers, places: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Numbers of places whose rows share a key and do not belong to one group yet."""
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

    def _join(self, found: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        """Put together what is alike among rows that share a band."""
        rows: list[int] = places[found].tolist()
        classes: dict[int, list[int]] = {}
        for row in rows:
            classes.setdefault(self._root(row), []).append(row)
        if len(classes) > _CROWD:
            self._join_nearest(rows, self._tails[0][found])
            return
        todo = list(classes.values())
        while todo:
            one = todo.pop()
            for place, other in enumerate(todo):
                if any(self._alike(row, rival) for row in one for rival in other):
                    self._unite(one[0], other[0])
                    todo[place] = other + one  # and has its turn with the rest
                    break

    def _join_nearest(self, rows: list[int], tails: NDArray[np.uint8]) -> None:
        for row, others in zip(rows, minhash.nearest(tails, _NEAREST), strict=True):
            for other in (rows[place] for place in others.tolist()):
                if self._root(row) != self._root(other) and self._alike(row, other):
                    self._unite(row, other)

    def _alike(self, first: int, second: int) -> bool:
        """Whether two rows are near copies; those that are not are not compared again."""
        pair = (first, second) if first < second else (second, first)
        if pair in self._unlike:
            return False
        one, other = self._set(first), self._set(second)
        small, large = sorted((len(one), len(other)))
        if small >= self._threshold * large and jaccard(one, other) >= self._threshold:
            return True
        if len(self._unlike) >= _PAIRS_KEPT:
            self._unlike.clear()
        self._unlike.add(pair)
        return False

    def _unite(self, first: int, second: int) -> None:
        root, rival = sorted((self._root(first), self._root(second)))
        self._parent[rival] = root

    def _roots(self) -> NDArray[np.int64]:
        """The root of each row."""
        found = np.array(self._parent, dtype=np.int64)
        while np.any(found != (above := found[found])):
            found = above
        return found

    def _root(self, row: int) -> int:
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row
