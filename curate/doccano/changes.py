"""Changes of a project, described before they are made and after; a plan only describes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class ProjectChange(NamedTuple):
    """One change.

    Args:
        planned: what will be done, such as ``make label PER``.
        applied: the same when it was done, ``made label PER``.
        apply: does it.
    """

    planned: str
    applied: str
    apply: Callable[[], object]


def apply_changes(changes: Iterable[ProjectChange]) -> list[str]:
    """Apply the changes, each before the next is asked for; returns what was done."""
    applied: list[str] = []
    for change in changes:
        change.apply()
        applied.append(change.applied)
    return applied


def describe_changes(changes: Iterable[ProjectChange]) -> list[str]:
    """What :func:`apply_changes` would do."""
    return [change.planned for change in changes]
