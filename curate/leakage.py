"""Long passages that two documents share word for word, wherever in them they stand.

Fingerprints are chosen by winnowing (Schleimer, Wilkerson and Aiken 2003, "Winnowing: Local
Algorithms for Document Fingerprinting"): of each window of w numbers of word k-grams the least is
kept, so that two texts that share w + k - 1 words in a row have a fingerprint in common. Here that
sum is the length that is asked for, and what has a fingerprint in common is compared word by word,
so that what is told is so, and nothing of that length is missed.

Texts go by once; of each word about one byte stays in memory.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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


class Passage(Record, frozen=True, kw_only=True):
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


def shared(
    documents: Iterable[Document],
    text: Callable[[str], str],
    words: int = WORDS,
    parts: Mapping[str, str] | None = None,
) -> Iterator[Passage]:
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
    found: list[Numbers] = []
    for document in documents:
        if parts is None or document.id in parts:
            ids.append(document.id)
            found.append(_fingerprints(document.text, words))
    seen: set[tuple[int, int]] = set()
    for owners in _owners(found):
        for first, later in _pairs(owners, ids, parts):
            if (first, later) not in seen:
                seen.add((first, later))
                yield from _verified(ids[later], ids[first], text, words, len(owners))


def _owners(found: list[Numbers]) -> Iterator[list[int]]:
    """Numbers of the documents that have one fingerprint, ascending, where there are several."""
    if not found:
        return
    values = np.concatenate(found)
    owner = np.repeat(np.arange(len(found), dtype=np.uint32), [len(each) for each in found])
    order = np.argsort(values, kind="stable")  # so owners of one value stay ascending
    values, owner = values[order], owner[order]
    edges = np.flatnonzero(np.diff(values)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(values))
    for place in np.flatnonzero(ends - starts > 1):
        yield owner[starts[place] : ends[place]].tolist()


def _pairs(
    owners: list[int], ids: list[str], parts: Mapping[str, str] | None
) -> Iterator[tuple[int, int]]:
    """Each document with the first, or of several parts with the first of each other part."""
    first: dict[str, int] = {}
    told = 0
    for owner in owners:
        part = parts[ids[owner]] if parts is not None else ""
        others = first.values() if parts is None else [n for p, n in first.items() if p != part]
        for other in others:
            if len(owners) <= COMMON or not told:
                told += 1
                yield other, owner
        first.setdefault(part, owner)


def _verified(
    document: str, other: str, text: Callable[[str], str], words: int, documents: int
) -> Iterator[Passage]:
    own, known = text(document), text(other)
    start, end, length = _longest(own, known, words)
    if length >= words:
        yield Passage(
            document=document,
            other=other,
            start=start,
            end=end,
            words=length,
            documents=documents,
        )


def _longest(own: str, known: str, words: int) -> tuple[int, int, int]:
    """Edges in the first text of its longest passage that is in the second, and its words.

    Passages grow from equal runs of ``words`` words, which in a pair of texts are few.
    """
    places = [match.span() for match in _WORD.finditer(own)]
    mine = [own[a:b].lower() for a, b in places]
    theirs = _WORD.findall(known)
    theirs = [word.lower() for word in theirs]
    at: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(theirs) - words + 1):
        at.setdefault(tuple(theirs[place : place + words]), []).append(place)
    best, first = 0, 0
    place = 0
    while place + words <= len(mine):
        length = max(
            (_run(mine, place, theirs, there) for there in at.get(_key(mine, place, words), ())),
            default=0,
        )
        if length > best:
            best, first = length, place
        place += max(1, length - words + 1)
    if not best:
        return 0, 0, 0
    return places[first][0], places[first + best - 1][1], best


def _key(words: list[str], place: int, size: int) -> tuple[str, ...]:
    return tuple(words[place : place + size])


def _run(mine: list[str], place: int, theirs: list[str], there: int) -> int:
    length = 0
    pairs = zip(range(place, len(mine)), range(there, len(theirs)), strict=False)
    for a, b in pairs:
        if mine[a] != theirs[b]:
            break
        length += 1
    return length


def _fingerprints(text: str, words: int) -> Numbers:
    """The fingerprints of a text, each once; none if it is shorter than a passage."""
    numbers = np.array([_number(word) for word in _WORD.findall(text.lower())], dtype=np.uint64)
    if len(numbers) < words:
        return numbers[:0]
    size = max(1, words // 2)
    window = words - size + 1
    rolled = np.zeros(len(numbers) - size + 1, dtype=np.uint64)
    for place in range(size):
        rolled *= _FACTOR
        rolled += numbers[place : place + len(rolled)]
    rolled ^= rolled >> np.uint64(29)
    rolled *= _FACTOR
    rolled ^= rolled >> np.uint64(32)
    return np.unique(sliding_window_view(rolled, window).min(axis=1))


@lru_cache(maxsize=1 << 16)
def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8"), digest_size=8).digest(), "little")
