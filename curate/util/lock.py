"""A lock between processes, so that two of them never write the same thing at once."""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import lock_descriptor

from curate.errors import StoreError
from curate.util import clock

WaitCallback = Callable[[str], None]
"""Called once, with a description of the holder, before waiting for a lock."""

TIMEOUT_SECONDS = 600.0
# Windows locks the first byte, and nobody else can read that one; the holder's name is behind it.
_NAME_OFFSET = 1


def silent(holder: str) -> None:
    """Report a wait to nobody."""


def describe_holder(task: str) -> str:
    """This process as holder of a lock: ``sync by anna@desk (process 42) since 2026-…``."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in some containers
        name = "somebody"
    return f"{task} by {name}@{platform.node()} (process {os.getpid()}) since {clock.now()}"


@contextlib.contextmanager
def hold(
    path: Path,
    task: str,
    timeout_seconds: float = TIMEOUT_SECONDS,
    waiting: WaitCallback = silent,
) -> Iterator[int]:
    """Hold the lock of a file; the system releases it when the process ends, however it ends.

    A child process that inherits the descriptor keeps the lock even if its parent is killed.

    Args:
        path: file to lock; it is made if it is missing, stays there, and names the holder.
        task: what is being done, for those who wait.
        timeout_seconds: how long to wait for another holder.
        waiting: called once with the holder, if the lock is not free.

    Yields:
        The descriptor of the file.

    Raises:
        StoreError: another process held it for too long; the message names it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def try_lock() -> bool:
        return lock_descriptor(descriptor, blocking=False)

    try:
        wait(try_lock, lambda: _read_holder(descriptor), task, timeout_seconds, waiting)
        with contextlib.suppress(OSError):  # the lock holds even if a full disk cannot say for whom
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, _NAME_OFFSET, os.SEEK_SET)
            os.write(descriptor, describe_holder(task).encode())
        yield descriptor
    finally:
        os.close(descriptor)


def holder(path: Path) -> str:
    """Who holds the lock of a file now; empty if nobody does."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        if lock_descriptor(file.fileno(), blocking=False):
            return ""
        return _read_holder(file.fileno()) or "another curate"


def wait(
    try_lock: Callable[[], bool],
    holder: Callable[[], str],
    task: str,
    timeout_seconds: float = TIMEOUT_SECONDS,
    waiting: WaitCallback = silent,
) -> None:
    """Try to take a lock until it is free.

    Args:
        try_lock: tries once; returns whether it took the lock.
        holder: describes the holder; empty if it is not known.
        task: what is being done, for the error message.
        timeout_seconds: how long to try.
        waiting: called once with the holder, if the first try fails.

    Raises:
        StoreError: another process held it for too long; the message names it.
    """
    deadline = time.monotonic() + timeout_seconds
    reported = False
    while not try_lock():
        if not reported:
            waiting(holder())
            reported = True
        if time.monotonic() > deadline:
            raise StoreError(
                f"{task} gave up waiting for {holder() or 'another curate'}",
                "wait until the other curate has ended, and run the command again",
            )
        time.sleep(0.1)


def _read_holder(descriptor: int) -> str:
    os.lseek(descriptor, _NAME_OFFSET, os.SEEK_SET)
    return os.read(descriptor, 1000).decode("utf-8", "replace")
