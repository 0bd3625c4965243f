"""What a linear model sees of a token: the word, its shape, its affixes, its neighbours.

The features are the usual ones of linear taggers for names (Ratinov and Roth 2009, "Design
Challenges and Misconceptions in Named Entity Recognition", section 3). They are hashed into columns
(Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning"), and only columns
that two pieces of the corpus share are kept: one that a single piece has says nothing of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from curate.audit.tokens import Text

_COLUMNS = 1 << 22  # of the hash
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1{2,}")
_JOINS = frozenset("-'’&.")
_NONE = "<>"
_PAD = 3


@lru_cache(maxsize=1 << 16)
def shape(word: str) -> str:
    """``Xxx`` for ``Paris``, ``99`` for ``2016``: letters by case, digits, at most two alike."""
    found = _LETTER.sub(lambda match: "X" if match[0].isupper() else "x", word)
    return _RUN.sub(r"\1\1", _DIGIT.sub("9", found))


def of(text: Text) -> Iterator[list[str]]:
    """The features of each token."""
    pad = [_NONE] * _PAD
    low = [*pad, *(word.lower() for word in text.words), *pad]
    shapes = [*pad, *(shape(word) for word in text.words), *pad]
    gaps = [*text.gaps, "n"]
    runs = _runs(text)
    for at, word in enumerate(text.words):
        here = at + _PAD
        before, own, after = low[here - 1 : here + 2]
        yield [
            *_own(word),
            *(f"{d}w={low[here + d]}" for d in (-3, -2, -1, 1, 2, 3)),
            *(f"{d}s={shapes[here + d]}" for d in (-2, -1, 1, 2)),
            f"-f={before[-3:]}",
            f"+f={after[-3:]}",
            f"+p={after[:3]}",
            f"-w={before}|{own}",
            f"w+={own}|{after}",
            f"--={low[here - 2]}|{before}",
            f"++={after}|{low[here + 2]}",
            f"s3={'|'.join(shapes[here - 1 : here + 2])}",
            f"g={gaps[at]}{gaps[at + 1]}",
            *(_in_run(at, runs[at], low) if at in runs else ()),
        ]


def matrix(texts: Sequence[Text], pieces: Sequence[range]) -> Any:
    """A sparse matrix of zeros and ones: a row a token, a column a feature that two pieces have.

    Args:
        texts: the texts, whose tokens are numbered through.
        pieces: the ranges of tokens that make the pieces, in order, without gaps.

    Returns:
        ``scipy.sparse.csr_matrix`` of 32-bit floats.
    """
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(_COLUMNS, input_type="string", dtype=np.float32, alternate_sign=False)
    blocks = [hasher.transform(of(text)) for text in texts if text.words]
    found = sparse.vstack(blocks, format="csr")
    often = np.zeros(_COLUMNS, dtype=np.int32)
    for piece in pieces:
        inside = slice(found.indptr[piece.start], found.indptr[piece.stop])
        often[np.unique(found.indices[inside])] += 1
    kept = found[:, np.flatnonzero(often > 1)]
    kept.data[:] = 1  # a feature that a token has twice counts once
    return kept


@lru_cache(maxsize=1 << 16)
def _own(word: str) -> tuple[str, ...]:
    low = word.lower()
    starts = (f"p{size}={low[:size]}" for size in (3, 4))
    ends = (f"f{size}={low[-size:]}" for size in (2, 3, 4))
    return ("bias", f"w={low}", f"s={shape(word)}", *starts, *ends)


def _in_run(at: int, run: tuple[int, int], low: Sequence[str]) -> tuple[str, ...]:
    """The run of capital words that a token is in, where it is in it, and what stands around."""
    first, last = run
    return (
        f"run={' '.join(low[first + _PAD : last + _PAD])}",
        f"at={min(at - first, 3)}/{min(last - at, 4)}",
        f"run-={low[first + _PAD - 1]}",
        f"run+={low[last + _PAD]}",
    )


def _runs(text: Text) -> dict[int, tuple[int, int]]:
    """The runs of capital words, with what joins them, by each token that is in one."""
    found: dict[int, tuple[int, int]] = {}
    capital = [word[0].isupper() for word in text.words]
    at, size = 0, len(text.words)
    while at < size:
        first = last = at
        while at < size and (capital[at] or (at > first and text.words[at] in _JOINS)):
            if at > first and text.gaps[at] == "n":
                break
            at += 1
            last = at if capital[at - 1] else last
        found.update(dict.fromkeys(range(first, last), (first, last)))
        at = max(last, first + 1)
    return found
