"""How long work reports how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the task, the number of items done, and the number of all (0: unknown)."""


def silent(task: str, done: int, total: int) -> None:
    """Report to nobody."""
