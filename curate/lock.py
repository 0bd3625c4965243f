"""A lock between processes, so that two of them never change one thing at once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from curate.errors import StoreError

Held = contextlib.AbstractContextManager[int]


@contextlib.contextmanager
def hold(path: Path, what: str, timeout_seconds: float = 600.0) -> Iterator[int]:
    """Hold the lock of a file; the system lets go of it when the process ends, however it ends.

    Args:
        path: file to lock; it is made and left there.
        what: what is being done, for the message of those who wait in vain.
        timeout_seconds: how long to wait for whoever holds it.

    Yields:
        The file's descriptor.

    Raises:
        StoreError: somebody else held it for too long.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(descriptor, path, what, time.monotonic() + timeout_seconds)
        yield descriptor
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: Path, what: str, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                cure = "wait until the other curate has ended and run the command again"
                raise StoreError(f"{what}: {path} is held by another process", cure) from error
            time.sleep(0.1)
