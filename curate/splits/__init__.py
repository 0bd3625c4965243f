"""Splits: which documents train, tune and test a model, and whether any leak into another split."""

from curate.splits.check import frozen_documents, split_problems
from curate.splits.draw import (
    FROZEN,
    NAMES,
    SplitDraw,
    SplitItem,
    SplitName,
    check_settings,
    draw_splits,
    split_item,
)
from curate.splits.files import load_splits, save_splits
from curate.splits.groups import Groups, article_versions, grouping_value
from curate.splits.leakage import SharedPassage, shared_passages

__all__ = [
    "FROZEN",
    "NAMES",
    "Groups",
    "SharedPassage",
    "SplitDraw",
    "SplitItem",
    "SplitName",
    "article_versions",
    "check_settings",
    "draw_splits",
    "frozen_documents",
    "grouping_value",
    "load_splits",
    "save_splits",
    "shared_passages",
    "split_item",
    "split_problems",
]
