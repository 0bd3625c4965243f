"""Splits: which documents a model is trained, tuned and tested on, and whether any leaks across."""

from curate.splits.check import frozen_documents, split_problems
from curate.splits.draw import (
    FROZEN,
    NAMES,
    SplitAssignment,
    SplitDraw,
    SplitItem,
    SplitName,
    check_settings,
    draw_splits,
    split_item,
)
from curate.splits.groups import Groups, article_versions, grouping_value
from curate.splits.leakage import SharedPassage, shared_passages

__all__ = [
    "FROZEN",
    "NAMES",
    "SplitDraw",
    "Groups",
    "SplitItem",
    "SplitName",
    "SharedPassage",
    "SplitAssignment",
    "article_versions",
    "split_problems",
    "check_settings",
    "draw_splits",
    "frozen_documents",
    "split_item",
    "shared_passages",
    "grouping_value",
]
