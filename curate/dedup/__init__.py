"""Texts that stand twice in a corpus: copies by digest, near copies by MinHash and true Jaccard."""

from curate.dedup.search import SHINGLE_WORDS, THRESHOLD, Copy, Found, Group, Keep, find

__all__ = ["SHINGLE_WORDS", "THRESHOLD", "Copy", "Found", "Group", "Keep", "find"]
