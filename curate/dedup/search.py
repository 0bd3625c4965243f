"""Groups of texts that are copies or near copies of one another.

Copies are found by their digest. Candidates for near copies share a band of their MinHash
signatures; they are near copies if the exact Jaccard similarity of their sets of word n-grams is at
least the threshold. Texts that are alike, directly or through others, form one group (single link).

Each text is read once and not kept in memory, only its digest and bands are; its n-grams are stored
in a temporary file.
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
_BATCH = 250_000  # code points; larger batches are no faster


class DuplicateText(Record, frozen=True, kw_only=True):
    """A text of a group.

    Args:
        number: its place among the given texts, from 0.
        alike: Jaccard similarity of its word n-grams to those of the first text of the group that
            is kept.
        exact: whether it is identical to an earlier text of the group.
        kept: whether the policy keeps it.
    """

    number: int
    alike: float
    exact: bool = False
    kept: bool = False


class DuplicateGroup(Record, frozen=True):
    """Near copies of one another, in the order of the given texts."""

    copies: tuple[DuplicateText, ...]


class DuplicateGroups(Record, frozen=True, kw_only=True):
    """The result of a search.

    Args:
        texts: number of texts.
        groups: groups of two texts or more, in the order of their first texts.
    """

    texts: int
    groups: tuple[DuplicateGroup, ...] = ()

    @property
    def exact(self) -> int:
        """Number of texts that are identical to an earlier one."""
        return sum(copy.exact for group in self.groups for copy in group.copies)

    @property
    def near(self) -> int:
        """Number of texts that are near copies of an earlier one, and not identical to one."""
        return sum(len(group.copies) - 1 for group in self.groups) - self.exact

    @property
    def dropped(self) -> int:
        """Number of texts that the policy does not keep."""
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
        keep: keep the first text of each group, the longest (the first of these), or all.
        size: number of words in an n-gram.

    Raises:
        ConfigError: the threshold or the size makes no sense.
    """
    if not 0 < threshold <= 1 or size < 1:
        raise ConfigError(
            f"cannot search for near copies with threshold {threshold} and {size} words",
            "use a threshold above 0 and up to 1, and at least 1 word",
        )
    row_of_digest: dict[bytes, int] = {}
    row_of = array("q")  # for each text, the row of the first identical one
    lengths = array("q")  # of the text of each row, in code points
    with ShingleIndex(threshold, size) as index:
        for batch in _batches(texts):
            new: list[str] = []
            for text in batch:
                digest = hashlib.sha256(text.encode("utf-8")).digest()[:16]
                row = row_of_digest.setdefault(digest, len(row_of_digest))
                if row == len(lengths):
                    new.append(text)
                    lengths.append(len(text))
                row_of.append(row)
            index.add(new)
        groups = tuple(
            _group(members, row_of, lengths, index, keep) for members in _members(index, row_of)
        )
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


def _members(index: ShingleIndex, row_of: array[int]) -> Iterator[list[int]]:
    """The numbers of the texts of each group of two or more."""
    labels = index.labels()
    members: dict[int, list[int]] = {}
    for number, row in enumerate(row_of):
        members.setdefault(labels[row], []).append(number)
    yield from (numbers for numbers in members.values() if len(numbers) > 1)


def _group(
    members: list[int],
    row_of: array[int],
    lengths: array[int],
    index: ShingleIndex,
    keep: KeepPolicy,
) -> DuplicateGroup:
    best = members[0]
    if keep == "longest":
        best = max(members, key=lambda number: lengths[row_of[number]])  # the first of the longest
    copies: list[DuplicateText] = []
    seen: set[int] = set()
    for number in members:
        row = row_of[number]
        alike = 1.0 if row == row_of[best] else round(index.jaccard(row_of[best], row), 4)
        kept = keep == "all" or number == best
        copies.append(DuplicateText(number=number, alike=alike, exact=row in seen, kept=kept))
        seen.add(row)
    return DuplicateGroup(tuple(copies))
