"""Word n-grams as 64-bit hashes, for many texts at once.

A word is a run of letters, digits and underscores in lower case; punctuation does not count. A text
with fewer than n words is one n-gram of all its words. The hashes are the same in every run and on
every machine. Among k n-grams, the probability that two different ones have the same hash is about
k²/2⁶⁵, so sets of hashes can stand for sets of n-grams.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: 2⁶⁴ divided by the golden ratio
_BASE = 0xD6E8FEB86659FD93  # odd
_INVERSE = pow(_BASE, -1, 2**64)
_MIX = np.uint64(0xBF58476D1CE4E5B9)  # of SplitMix64 (Steele, Lea and Flood 2014)
_PLANE = 0x10000
_KNOWN_POWERS: dict[int, Hashes] = {}


def shingle_sets(texts: Sequence[str], size: int) -> list[Hashes]:
    """The set of n-grams of each text, ascending, each once; empty for a text without words.

    Args:
        texts: any texts.
        size: number of words in an n-gram.
    """
    words, ends = _words(texts)
    rolled = {size: _roll(words, size)}
    shingles: list[Hashes] = []
    start = 0
    for end in ends:
        own = min(size, end - start)
        if own not in rolled:
            rolled[own] = _roll(words, own)
        shingles.append(_set(rolled[own][start : end - own + 1]) if own else words[:0])
        start = end
    return shingles


def jaccard(first: Hashes, second: Hashes) -> float:
    """Size of the intersection of two sets over that of their union; 1 for two empty sets."""
    if len(first) > len(second):
        first, second = second, first
    if not len(second):
        return 1.0
    nearest = second.take(second.searchsorted(first), mode="clip")
    shared = int(np.count_nonzero(nearest == first))
    return shared / (len(first) + len(second) - shared)


def _words(texts: Sequence[str]) -> tuple[Hashes, list[int]]:
    """A hash for each word of all texts in order, and the number of words up to each text's end.

    The hash of a word is Σ cᵢ·bⁱ mod 2⁶⁴ over its code points, mixed.
    """
    joined = " ".join(texts).encode("utf-32-le", "surrogatepass")
    letters = _letters(np.frombuffer(joined, dtype="<u4"))
    inside = letters > 0
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    sizes = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    ends = np.searchsorted(np.flatnonzero(begins), np.cumsum(sizes))
    packed = letters[inside].astype(np.uint64)
    starts = np.flatnonzero(begins[inside])
    if not len(starts):
        return packed, ends.tolist()
    packed *= _powers(_BASE, len(packed))
    sums = np.add.reduceat(packed, starts)  # Σ c·b^(i + start) of each word
    return _mixed(sums * _powers(_INVERSE, len(packed))[starts]), ends.tolist()


def _powers(base: int, count: int) -> Hashes:
    """1, base, base² … mod 2⁶⁴, ``count`` of them."""
    size = 1 << max(16, count.bit_length())
    if base not in _KNOWN_POWERS or len(_KNOWN_POWERS[base]) < count:
        factors = np.full(size, base, dtype=np.uint64)
        factors[0] = 1
        _KNOWN_POWERS[base] = np.cumprod(factors)
    return _KNOWN_POWERS[base][:count]


def _letters(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Code points in lower case; 0 for those that are not part of a word."""
    letters = _table().take(codes, mode="clip")
    for code in np.unique(codes[codes >= _PLANE]).tolist():  # few: emoji, rare ideographs
        letters[codes == code] = _letter(code)
    return letters


@cache
def _table() -> NDArray[np.uint32]:
    """``_letter`` for each code point of the basic plane."""
    return np.array([_letter(code) for code in range(_PLANE)], dtype=np.uint32)


def _letter(code: int) -> int:
    char = chr(code)
    return ord(char.lower()[0]) if char.isalnum() or char == "_" else 0


def _roll(words: Hashes, size: int) -> Hashes:
    """A hash for each run of ``size`` words."""
    length = max(0, len(words) - size + 1)
    rolled = np.zeros(length, dtype=np.uint64)
    for at in range(size):
        rolled *= _FACTOR
        rolled += words[at : at + length]
    return _mixed(rolled)


def _mixed(hashes: Hashes) -> Hashes:
    """Hashes in which every bit depends on all bits of the old ones; changed in place."""
    hashes ^= hashes >> np.uint64(29)
    hashes *= _MIX
    hashes ^= hashes >> np.uint64(32)
    return hashes


def _set(hashes: Hashes) -> Hashes:
    """The hashes in ascending order, each once."""
    ordered = np.sort(hashes)
    is_first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]
