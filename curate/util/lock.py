"""A lock between processes, so that two of them never change one thing at once."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from curate.errors import StoreError
from curate.util import clock

Held = contextlib.AbstractContextManager[object]
WaitCallback = Callable[[str], None]

PATIENCE_SECONDS = 600.0


def silent(_who: str) -> None:
    """What those who wait are told, where nobody listens."""


def describe_holder(what: str) -> str:
    """Who is doing something here and now: ``sync by anna@desk (process 42) since 2026-…``."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        name = f"user {os.getuid()}"
    return f"{what} by {name}@{platform.node()} (process {os.getpid()}) since {clock.now()}"


def refusal(what: str, holder: str) -> StoreError:
    """What those are told who waited in vain."""
    hint = "wait until the other curate has ended and run the command again"
    return StoreError(f"{what} waited in vain for {holder or 'another curate'}", hint)


@contextlib.contextmanager
def hold(
    path: Path, what: str, timeout_seconds: float = PATIENCE_SECONDS, waiting: WaitCallback = silent
) -> Iterator[int]:
    """Hold the lock of a file; the system lets go of it when the process ends, however it ends.

    Args:
        path: file to lock; it is made and left there, and says who holds it.
        what: what is being done, for those who wait.
        timeout_seconds: how long to wait for whoever holds it.
        waiting: is told once who holds it, where it is not free.

    Yields:
        The file's descriptor.

    Raises:
        StoreError: somebody else held it for too long; the message says who.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        wait(take, lambda: _who(descriptor), what, timeout_seconds, waiting)
        with contextlib.suppress(OSError):  # a full disk is no reason not to hold it
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, describe_holder(what).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def holder(path: Path) -> str:
    """Who holds the lock of a file now; empty if nobody does."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _who(file.fileno()) or "another curate"
    return ""


def wait(
    take: Callable[[], bool],
    holder: Callable[[], str],
    what: str,
    timeout_seconds: float = PATIENCE_SECONDS,
    waiting: WaitCallback = silent,
) -> None:
    """Try to take a lock until it is free.

    Args:
        take: tries once.
        holder: who holds it, in words; empty if that is not known.

    Raises:
        StoreError: somebody else held it for too long.
    """
    deadline = time.monotonic() + timeout_seconds
    told = False
    while not take():
        if not told:
            waiting(holder())
            told = True
        if time.monotonic() > deadline:
            raise refusal(what, holder())
        time.sleep(0.1)


def _who(descriptor: int) -> str:
    return os.pread(descriptor, 1000, 0).decode("utf-8", "replace")
