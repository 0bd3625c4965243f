"""Splits: which documents a model is trained, tuned and tested on, and whether any leaks across."""

from curate.splits.check import check, frozen
from curate.splits.draw import (
    FROZEN,
    NAMES,
    Drawn,
    Item,
    Name,
    Placed,
    check_settings,
    draw,
    item,
)
from curate.splits.groups import Groups, articles, together
from curate.splits.leakage import Passage, shared

__all__ = [
    "FROZEN",
    "NAMES",
    "Drawn",
    "Groups",
    "Item",
    "Name",
    "Passage",
    "Placed",
    "articles",
    "check",
    "check_settings",
    "draw",
    "frozen",
    "item",
    "shared",
    "together",
]
