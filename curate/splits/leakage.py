"""Long passages that two documents share word for word, wherever in them they stand.

Fingerprints are chosen by winnowing (Schleimer, Wilkerson and Aiken 2003, "Winnowing: Local
Algorithms for Document Fingerprinting"): of each window of w numbers of word k-grams the least is
kept, so that two texts that share w + k - 1 words in a row have a fingerprint in common. Here that
sum is the length that is asked for. Of the few texts that have a fingerprint in common every run of
that length is then compared, so nothing is missed, and what is told is so (64-bit numbers stand for
the runs; the passage itself is found by comparing words).

Of each word of all texts about one byte stays in memory, and 12 of those texts.
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
Numbers = NDArray[np.uint64]


class SharedPassage(Record, frozen=True, kw_only=True):
    """The longest passage that a document shares with an earlier one.

    Args:
        document: where it stands.
        other: the document that has it too.
        start: first code point of it in ``document``.
        end: one past the last.
        words: how many words it has.
        documents: how many documents have some of it; of passages that more than ``COMMON`` have
            (a signature, a standing notice) one pair is told for all.
    """

    document: str
    other: str
    start: int
    end: int
    words: int
    documents: int = 2

    @property
    def common(self) -> bool:
        """Whether so many documents have it that it says little about two of them."""
        return self.documents > COMMON


def shared_passages(
    documents: Iterable[Document],
    text: Callable[[str], str],
    words: int = WORDS,
    parts: Mapping[str, str] | None = None,
) -> Iterator[SharedPassage]:
    """Find passages of at least ``words`` words that two documents share.

    Each document is held against the first that shares with it, so that documents which are linked
    by passages are linked by what is told, but not every pair of them is named.

    Args:
        documents: read once, in an order that does not change.
        text: gives the text of one of them by its id.
        words: least length, at least 2; case and punctuation do not count.
        parts: the part each document is in; only passages between documents of different parts are
            told then, and documents in none are passed over.
    """
    ids: list[str] = []
    marks: list[Numbers] = []
    for document in documents:
        if parts is None or document.id in parts:
            ids.append(document.id)
            marks.append(_fingerprints(document.text, words))
    alike = sorted({owner for owners in _owners(marks) for owner in owners})
    runs = [_runs(_numbers(text(ids[number])), words) for number in alike]
    ids = [ids[number] for number in alike]
    seen: set[tuple[int, int]] = set()
    for owners in _owners(runs):
        for first, later in _pairs(owners, ids, parts):
            if (first, later) not in seen:
                seen.add((first, later))
                yield _passage(ids[later], ids[first], text, len(owners))


def _owners(found: list[Numbers]) -> Iterator[list[int]]:
    """Places of the sets that have one number, ascending, where there are several; rare first."""
    if not found:
        return
    values = np.concatenate(found)
    owner = np.repeat(np.arange(len(found), dtype=np.uint32), [len(each) for each in found])
    order = np.argsort(values, kind="stable")  # so the owners of a number stay ascending
    values, owner = values[order], owner[order]
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])) if len(values) else order
    sizes = np.diff(np.append(starts, len(values)))
    for place in np.argsort(sizes, kind="stable")[np.count_nonzero(sizes == 1) :]:
        yield owner[starts[place] : starts[place] + sizes[place]].tolist()


def _pairs(
    owners: list[int], ids: list[str], parts: Mapping[str, str] | None
) -> Iterator[tuple[int, int]]:
    """Each document with the first, or of several parts with the first of each other part."""
    if parts is None:
        yield from ((owners[0], later) for later in owners[1 : None if _few(owners) else 2])
        return
    first: dict[str, int] = {}
    for owner in owners:
        first.setdefault(parts[ids[owner]], owner)
    for owner in owners:
        for name, other in first.items():
            if name != parts[ids[owner]]:
                yield min(owner, other), max(owner, other)
                if not _few(owners):
                    return


def _few(owners: list[int]) -> bool:
    return len(owners) <= COMMON


def _passage(
    document: str, other: str, text: Callable[[str], str], documents: int
) -> SharedPassage:
    own = text(document)
    places = [match.span() for match in _WORD.finditer(own)]
    mine = [own[start:end].lower() for start, end in places]
    theirs = [word.lower() for word in _WORD.findall(text(other))]
    found = SequenceMatcher(None, mine, theirs, autojunk=False).find_longest_match()
    return SharedPassage(
        document=document,
        other=other,
        start=places[found.a][0],
        end=places[found.a + found.size - 1][1],
        words=found.size,
        documents=documents,
    )


def _fingerprints(text: str, words: int) -> Numbers:
    """The fingerprints of a text, each once; none if it is shorter than a passage."""
    size = words // 2
    rolled = _rolled(_numbers(text), size)
    window = words - size + 1
    if len(rolled) < window:
        return rolled[:0]
    return np.unique(sliding_window_view(rolled, window).min(axis=1))


def _runs(numbers: Numbers, words: int) -> Numbers:
    """All runs of so many words, as numbers, each once."""
    return np.unique(_rolled(numbers, words))


def _rolled(numbers: Numbers, size: int) -> Numbers:
    """A number for each run of ``size`` words."""
    rolled = np.zeros(max(0, len(numbers) - size + 1), dtype=np.uint64)
    for place in range(size):
        rolled *= _FACTOR
        rolled += numbers[place : place + len(rolled)]
    rolled ^= rolled >> np.uint64(29)
    rolled *= _FACTOR
    rolled ^= rolled >> np.uint64(32)
    return rolled


def _numbers(text: str) -> Numbers:
    words = (_number(word.lower()) for word in _WORD.findall(text))
    return np.fromiter(words, dtype=np.uint64)


@lru_cache(maxsize=1 << 16)
def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8"), digest_size=8).digest(), "little")
