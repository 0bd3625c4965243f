"""Groups of texts that are copies or near copies of one another.

Copies are found by digest. Near copies are candidates that share a band of their MinHash signatures
and whose sets of word n-grams, compared as they are, have a Jaccard similarity of the threshold or
more. What is alike, directly or through others, is one group (single link).

Texts are read once and not kept. Memory grows by the digest and the bands of a text; its n-grams
lie in a temporary file.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator
from typing import Literal

from curate.dedup.shingle_index import ShingleIndex
from curate.errors import ConfigError
from curate.model import Record

KeepPolicy = Literal["first", "longest", "all"]

THRESHOLD = 0.7
SHINGLE_WORDS = 5
_BATCH = 250_000  # code points; more at once is no faster


class DuplicateText(Record, frozen=True, kw_only=True):
    """A text of a group.

    Args:
        number: its place among the texts that were given, from 0.
        alike: Jaccard similarity of its word n-grams to those of the first text of the group that
            is kept.
        exact: whether an earlier text of the group is the same, character by character.
        kept: whether the policy keeps it.
    """

    number: int
    alike: float
    exact: bool = False
    kept: bool = False


class DuplicateGroup(Record, frozen=True):
    """Texts that are alike, in the order they were given."""

    copies: tuple[DuplicateText, ...]


class DuplicateGroups(Record, frozen=True, kw_only=True):
    """What a search found.

    Args:
        texts: how many texts there were.
        groups: of two texts or more, in the order of their first texts.
    """

    texts: int
    groups: tuple[DuplicateGroup, ...] = ()

    @property
    def exact(self) -> int:
        """How many texts are the same as an earlier one."""
        return sum(copy.exact for group in self.groups for copy in group.copies)

    @property
    def near(self) -> int:
        """How many texts are alike to an earlier one, and not the same."""
        return sum(len(group.copies) - 1 for group in self.groups) - self.exact

    @property
    def dropped(self) -> int:
        """How many texts the policy does not keep."""
        return sum(not copy.kept for group in self.groups for copy in group.copies)


def find_duplicates(
    texts: Iterable[str],
    threshold: float = THRESHOLD,
    keep: KeepPolicy = "first",
    size: int = SHINGLE_WORDS,
) -> DuplicateGroups:
    """Find copies and near copies.

    Args:
        texts: normalised texts, read once.
        threshold: least Jaccard similarity of near copies, above 0 and up to 1.
        keep: of each group the first text, the longest (the first of those), or all.
        size: words of an n-gram.

    Raises:
        ConfigError: the threshold or the size makes no sense.
    """
    if not 0 < threshold <= 1 or size < 1:
        raise ConfigError(
            f"no near copies can be found with threshold {threshold} and {size} words",
            "choose a threshold above 0 and up to 1, and at least 1 word",
        )
    first: dict[bytes, int] = {}
    row_of = array("q")  # of each text: the row of the first that is the same
    lengths = array("q")
    with ShingleIndex(threshold, size) as rows:
        for batch in _batches(texts):
            fresh: list[str] = []
            for text in batch:
                digest = hashlib.sha256(text.encode("utf-8")).digest()[:16]
                row = first.setdefault(digest, len(first))
                if row == len(lengths):
                    fresh.append(text)
                    lengths.append(len(text))
                row_of.append(row)
            rows.add(fresh)
        groups = tuple(_group(each, row_of, lengths, rows, keep) for each in _members(rows, row_of))
    return DuplicateGroups(texts=len(row_of), groups=groups)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _members(rows: ShingleIndex, row_of: array[int]) -> Iterator[list[int]]:
    """Numbers of the texts of each group of two or more."""
    labels = rows.labels()
    members: dict[int, list[int]] = {}
    for number, row in enumerate(row_of):
        members.setdefault(labels[row], []).append(number)
    yield from (each for each in members.values() if len(each) > 1)


def _group(
    members: list[int],
    row_of: array[int],
    lengths: array[int],
    rows: ShingleIndex,
    keep: KeepPolicy,
) -> DuplicateGroup:
    best = members[0]
    if keep == "longest":
        best = max(members, key=lambda number: lengths[row_of[number]])  # the first of the longest
    copies: list[DuplicateText] = []
    seen: set[int] = set()
    for number in members:
        row = row_of[number]
        alike = 1.0 if row == row_of[best] else round(rows.jaccard(row_of[best], row), 4)
        kept = keep == "all" or number == best
        copies.append(DuplicateText(number=number, alike=alike, exact=row in seen, kept=kept))
        seen.add(row)
    return DuplicateGroup(tuple(copies))
