"""Texts that stand twice in a corpus: copies by digest, near copies by MinHash and true Jaccard."""

from curate.dedup.search import (
    SHINGLE_WORDS,
    THRESHOLD,
    DuplicateGroup,
    DuplicateGroups,
    DuplicateText,
    KeepPolicy,
    find_duplicates,
)

__all__ = [
    "SHINGLE_WORDS",
    "THRESHOLD",
    "DuplicateText",
    "DuplicateGroups",
    "DuplicateGroup",
    "KeepPolicy",
    "find_duplicates",
]
