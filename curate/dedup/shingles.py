"""Word n-grams as 64-bit numbers, for many texts at once.

A word is a run of letters, digits and underscores in lower case; punctuation does not count. A text
of fewer words than n is one n-gram, of all its words. Numbers are the same in every run and on
every machine; that two different n-grams of a corpus share one has a chance of about k²/2⁶⁵ for k
n-grams, so that sets of numbers stand for sets of n-grams.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: 2⁶⁴ divided by the golden ratio
_BASE = 0xD6E8FEB86659FD93  # odd
_INVERSE = pow(_BASE, -1, 2**64)
_MIX = np.uint64(0xBF58476D1CE4E5B9)  # of SplitMix64 (Steele, Lea and Flood 2014)
_PLANE = 0x10000
_KNOWN_POWERS: dict[int, Numbers] = {}


def shingle_sets(texts: Sequence[str], size: int) -> list[Numbers]:
    """The set of n-grams of each text: ascending, each once; empty for a text without words.

    Args:
        texts: any texts.
        size: words of an n-gram.
    """
    words, ends = _words(texts)
    rolled = {size: _roll(words, size)}
    found: list[Numbers] = []
    start = 0
    for end in ends:
        own = min(size, end - start)
        if own not in rolled:
            rolled[own] = _roll(words, own)
        found.append(_set(rolled[own][start : end - own + 1]) if own else words[:0])
        start = end
    return found


def jaccard(first: Numbers, second: Numbers) -> float:
    """What two sets share over what both have together; 1 for two empty sets."""
    if len(first) > len(second):
        first, second = second, first
    if not len(second):
        return 1.0
    there = second.take(second.searchsorted(first), mode="clip")
    shared = int(np.count_nonzero(there == first))
    return shared / (len(first) + len(second) - shared)


def _words(texts: Sequence[str]) -> tuple[Numbers, list[int]]:
    """A number for each word of all texts in order, and how many words end with each text.

    The number of a word is Σ cᵢ·bⁱ mod 2⁶⁴ over its code points, mixed.
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


def _powers(base: int, count: int) -> Numbers:
    """1, base, base² … mod 2⁶⁴, at least ``count`` of them."""
    size = 1 << max(16, count.bit_length())
    if base not in _KNOWN_POWERS or len(_KNOWN_POWERS[base]) < count:
        factors = np.full(size, base, dtype=np.uint64)
        factors[0] = 1
        _KNOWN_POWERS[base] = np.cumprod(factors)
    return _KNOWN_POWERS[base][:count]


def _letters(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Code points in lower case; 0 for what is no part of a word."""
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


def _roll(words: Numbers, size: int) -> Numbers:
    """A number for each run of ``size`` words."""
    length = max(0, len(words) - size + 1)
    rolled = np.zeros(length, dtype=np.uint64)
    for at in range(size):
        rolled *= _FACTOR
        rolled += words[at : at + length]
    return _mixed(rolled)


def _mixed(numbers: Numbers) -> Numbers:
    """Numbers in which every bit depends on every bit they had; the array itself is changed."""
    numbers ^= numbers >> np.uint64(29)
    numbers *= _MIX
    numbers ^= numbers >> np.uint64(32)
    return numbers


def _set(numbers: Numbers) -> Numbers:
    ordered = np.sort(numbers)
    fresh = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return ordered[fresh]
