"""Long passages that two documents share word for word, wherever they occur in them.

Fingerprints are chosen by winnowing (Schleimer, Wilkerson and Aiken 2003, "Winnowing: Local
Algorithms for Document Fingerprinting"): of each window of w hashes of word k-grams the smallest is
kept, so two texts that share w + k - 1 words in a row have a fingerprint in common. Here that sum
is the length that is asked for. For the few texts that share a fingerprint, all runs of that length
are then compared. So no passage is missed, and each one that is reported exists (64-bit hashes
stand for the runs; the passage itself is found by comparing words).

Memory is about one byte per word of all texts, and 12 bytes per word of the texts that share a
fingerprint.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from curate.model import Document, Record

WORDS = 50
COMMON = 10

_WORD = re.compile(r"\w+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: 2⁶⁴ divided by the golden ratio
Hashes = NDArray[np.uint64]


class SharedPassage(Record, frozen=True, kw_only=True):
    """The longest passage that a document shares with an earlier one.

    Args:
        document: the document.
        other: the earlier document.
        start: first code point of the passage in ``document``.
        end: one past the last.
        words: number of words.
        documents: number of documents that have some of it. Of a passage that more than ``COMMON``
            documents have (a signature, a standing notice), only one pair is reported.
    """

    document: str
    other: str
    start: int
    end: int
    words: int
    documents: int = 2

    @property
    def common(self) -> bool:
        """Whether so many documents have it that it means little for two of them."""
        return self.documents > COMMON


def shared_passages(
    documents: Iterable[Document],
    text: Callable[[str], str],
    words: int = WORDS,
    splits: Mapping[str, str] | None = None,
) -> Iterator[SharedPassage]:
    """Find passages of at least ``words`` words that two documents share.

    Each document is compared with the first that shares a passage with it. So all documents that
    passages link are linked by the result, but not every pair of them is part of it.

    Args:
        documents: read once, in an order that does not change.
        text: returns the text of one of them by its id.
        words: least length, at least 2; case and punctuation do not count.
        splits: the split of each document. If given, only passages between documents of different
            splits are returned, and documents in no split are skipped.
    """
    ids: list[str] = []
    fingerprints: list[Hashes] = []
    for document in documents:
        if splits is None or document.id in splits:
            ids.append(document.id)
            fingerprints.append(_fingerprints(document.text, words))
    candidates = sorted({owner for owners in _owners(fingerprints) for owner in owners})
    runs = [_runs(_word_hashes(text(ids[number])), words) for number in candidates]
    ids = [ids[number] for number in candidates]
    seen: set[tuple[int, int]] = set()
    for owners in _owners(runs):
        for first, later in _pairs(owners, ids, splits):
            if (first, later) not in seen:
                seen.add((first, later))
                yield _passage(ids[later], ids[first], text, len(owners))


def _owners(sets: list[Hashes]) -> Iterator[list[int]]:
    """For each hash that several sets have, their places, ascending; rare hashes first."""
    if not sets:
        return
    values = np.concatenate(sets)
    owner = np.repeat(np.arange(len(sets), dtype=np.uint32), [len(own) for own in sets])
    order = np.argsort(values, kind="stable")  # stable, so the owners of a hash stay ascending
    values, owner = values[order], owner[order]
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])) if len(values) else order
    sizes = np.diff(np.append(starts, len(values)))
    for place in np.argsort(sizes, kind="stable")[np.count_nonzero(sizes == 1) :]:
        yield owner[starts[place] : starts[place] + sizes[place]].tolist()


def _pairs(
    owners: list[int], ids: list[str], splits: Mapping[str, str] | None
) -> Iterator[tuple[int, int]]:
    """Each document with the first; with splits, with the first of each other split."""
    if splits is None:
        yield from ((owners[0], later) for later in owners[1 : None if _few(owners) else 2])
        return
    first: dict[str, int] = {}
    for owner in owners:
        first.setdefault(splits[ids[owner]], owner)
    for owner in owners:
        for name, other in first.items():
            if name != splits[ids[owner]]:
                yield min(owner, other), max(owner, other)
                if not _few(owners):
                    return


def _few(owners: list[int]) -> bool:
    return len(owners) <= COMMON


def _passage(
    document: str, other: str, text: Callable[[str], str], documents: int
) -> SharedPassage:
    own = text(document)
    bounds = [match.span() for match in _WORD.finditer(own)]
    mine = [own[start:end].lower() for start, end in bounds]
    theirs = [word.lower() for word in _WORD.findall(text(other))]
    match = SequenceMatcher(None, mine, theirs, autojunk=False).find_longest_match()
    return SharedPassage(
        document=document,
        other=other,
        start=bounds[match.a][0],
        end=bounds[match.a + match.size - 1][1],
        words=match.size,
        documents=documents,
    )


def _fingerprints(text: str, words: int) -> Hashes:
    """The fingerprints of a text, each once; none if it is shorter than a passage."""
    size = words // 2
    rolled = _rolled(_word_hashes(text), size)
    window = words - size + 1
    if len(rolled) < window:
        return rolled[:0]
    return np.unique(sliding_window_view(rolled, window).min(axis=1))


def _runs(hashes: Hashes, words: int) -> Hashes:
    """The hashes of all runs of this many words, each once."""
    return np.unique(_rolled(hashes, words))


def _rolled(hashes: Hashes, size: int) -> Hashes:
    """A hash for each run of ``size`` words."""
    rolled = np.zeros(max(0, len(hashes) - size + 1), dtype=np.uint64)
    for place in range(size):
        rolled *= _FACTOR
        rolled += hashes[place : place + len(rolled)]
    rolled ^= rolled >> np.uint64(29)
    rolled *= _FACTOR
    rolled ^= rolled >> np.uint64(32)
    return rolled


def _word_hashes(text: str) -> Hashes:
    hashes = (_word_hash(word.lower()) for word in _WORD.findall(text))
    return np.fromiter(hashes, dtype=np.uint64)


@lru_cache(maxsize=1 << 16)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8"), digest_size=8).digest(), "little")
