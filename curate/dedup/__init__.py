"""Near-duplicates: copies by digest, near copies by MinHash and exact Jaccard similarity."""

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
    "DuplicateGroup",
    "DuplicateGroups",
    "DuplicateText",
    "KeepPolicy",
    "find_duplicates",
]
