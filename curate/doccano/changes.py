"""Changes of a project, told before they are made and after; a plan is that they are told only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class Step(NamedTuple):
    """One change.

    Args:
        ahead: what will be done, such as ``make label PER``.
        done: the same when it was done, ``made label PER``.
        make: does it.
    """

    ahead: str
    done: str
    make: Callable[[], object]


def take(steps: Iterable[Step]) -> list[str]:
    """Make the changes, each before the next is asked for; returns what was done."""
    return [_taken(step) for step in steps]


def told(steps: Iterable[Step]) -> list[str]:
    """What ``take`` would do."""
    return [step.ahead for step in steps]


def _taken(step: Step) -> str:
    step.make()
    return step.done
