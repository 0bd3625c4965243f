"""Changes of a project's settings, label types and members; a dry run only describes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class ProjectChange(NamedTuple):
    """One change.

    Args:
        planned: what is to be done, such as ``make label PER``.
        applied: the same once it is done, ``made label PER``.
        apply: makes the change.
    """

    planned: str
    applied: str
    apply: Callable[[], object]


def apply_changes(changes: Iterable[ProjectChange]) -> list[str]:
    """Make the changes and describe them; each is made before the next is taken from the iterable.

    A generator of changes can therefore rely on those before.
    """
    applied: list[str] = []
    for change in changes:
        change.apply()
        applied.append(change.applied)
    return applied


def describe_changes(changes: Iterable[ProjectChange]) -> list[str]:
    """What :func:`apply_changes` would do."""
    return [change.planned for change in changes]
