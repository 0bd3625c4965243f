"""Features of a token for a linear model: the word, its shape, affixes and neighbours.

They are the usual ones of linear taggers for names (Ratinov and Roth 2009, "Design Challenges and
Misconceptions in Named Entity Recognition", section 3). They are hashed into columns (Weinberger et
al. 2009, "Feature Hashing for Large Scale Multitask Learning"), and only columns that at least two
pieces of the corpus have are kept: others are useless across folds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from curate.audit.tokens import TokenisedText

_COLUMNS = 1 << 22  # range of the hash
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1{2,}")
_JOINS = frozenset("-'’&.")
_NONE = "<>"
_PAD = 3


@lru_cache(maxsize=1 << 16)
def word_shape(word: str) -> str:
    """``Xxx`` for ``Paris``, ``99`` for ``2016``: letters by case, digits, runs cut to two."""
    letters = _LETTER.sub(lambda match: "X" if match[0].isupper() else "x", word)
    return _RUN.sub(r"\1\1", _DIGIT.sub("9", letters))


def token_features(text: TokenisedText) -> Iterator[list[str]]:
    """The features of each token."""
    pad = [_NONE] * _PAD
    low = [*pad, *(word.lower() for word in text.words), *pad]
    shapes = [*pad, *(word_shape(word) for word in text.words), *pad]
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


def feature_matrix(texts: Sequence[TokenisedText], pieces: Sequence[range]) -> Any:
    """A sparse binary matrix: a row for each token, a column for each feature of two pieces.

    Args:
        texts: the texts, whose tokens are numbered across all texts.
        pieces: the range of tokens of each piece, in order, without gaps.

    Returns:
        ``scipy.sparse.csr_matrix`` of 32-bit floats.
    """
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(_COLUMNS, input_type="string", dtype=np.float32, alternate_sign=False)
    blocks = [hasher.transform(token_features(text)) for text in texts if text.words]
    table = sparse.vstack(blocks, format="csr")
    pieces_with = np.zeros(_COLUMNS, dtype=np.int32)
    for piece in pieces:
        inside = slice(table.indptr[piece.start], table.indptr[piece.stop])
        pieces_with[np.unique(table.indices[inside])] += 1
    kept = table[:, np.flatnonzero(pieces_with > 1)]
    kept.data[:] = 1  # a feature that a token has twice counts once
    return kept


@lru_cache(maxsize=1 << 16)
def _own(word: str) -> tuple[str, ...]:
    low = word.lower()
    starts = (f"p{size}={low[:size]}" for size in (3, 4))
    ends = (f"f{size}={low[-size:]}" for size in (2, 3, 4))
    return ("bias", f"w={low}", f"s={word_shape(word)}", *starts, *ends)


def _in_run(at: int, run: tuple[int, int], low: Sequence[str]) -> tuple[str, ...]:
    """The run of capitalised words around a token, its position in it, and the words beside it."""
    first, last = run
    return (
        f"run={' '.join(low[first + _PAD : last + _PAD])}",
        f"at={min(at - first, 3)}/{min(last - at, 4)}",
        f"run-={low[first + _PAD - 1]}",
        f"run+={low[last + _PAD]}",
    )


def _runs(text: TokenisedText) -> dict[int, tuple[int, int]]:
    """The run of capitalised words, with joining characters, of each token that is in one."""
    run_of: dict[int, tuple[int, int]] = {}
    capital = [word[0].isupper() for word in text.words]
    at, size = 0, len(text.words)
    while at < size:
        first = last = at
        while at < size and (capital[at] or (at > first and text.words[at] in _JOINS)):
            if at > first and text.gaps[at] == "n":
                break
            at += 1
            last = at if capital[at - 1] else last
        run_of.update(dict.fromkeys(range(first, last), (first, last)))
        at = max(last, first + 1)
    return run_of
