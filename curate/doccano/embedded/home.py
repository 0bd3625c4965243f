"""The files of an embedded server's home: who may read them, and how they are written.

::

    home/                 mode 0700
        account.json  the administrator's name and password, mode 0600
        secret-key        Django's SECRET_KEY, mode 0600
        server.json       port and processes, written anew at every change
        db.sqlite3        Doccano's database; broker.sqlite3 is the task queue
        media/ uploads/   files people uploaded
        conf/             the settings module given to Doccano
        logs/             web.log, worker.log, setup.log
        lock              held while the server is being started or stopped
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from curate.doccano.embedded.settings import SETTINGS
from curate.errors import ServerError

HOME_VARIABLE = "CURATE_SERVER_HOME"
ADMINISTRATOR = "admin"
MEGABYTE = 1_000_000
START_LINE = "==== started by curate ====\n"
_LOG_LIMIT = 5 * MEGABYTE
_TELLING = re.compile(r"\bERROR\b|(Error|Exception)\b")


class ProcessRecord(msgspec.Struct, frozen=True):
    """A process that was started: its id, and when it started in seconds since 1970."""

    pid: int
    started: float


class ServerState(msgspec.Struct, frozen=True):
    """What ``server.json`` remembers; everything in it can be lost without losing data.

    ``database`` is the key of the environment whose migrations the database has, empty until the
    administrator exists. ``ready`` says that an upload has worked since the last start.
    """

    port: int | None = None
    web: ProcessRecord | None = None
    worker: ProcessRecord | None = None
    database: str = ""
    ready: bool = False


class ServerAccount(msgspec.Struct, frozen=True):
    """A name and its password, as kept in ``account.json``."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Account(username={self.username!r})"


class ServerHome:
    """Paths and owner-only files under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()  # one name, however it is reached
        self.database = self.root / "db.sqlite3"
        self.conf = self.root / "conf"
        self.logs = self.root / "logs"
        self._state = self.root / "server.json"
        self._account = self.root / "account.json"

    def prepare(self) -> None:
        """Make the folders, the secret key and the settings; safe to repeat."""
        with disk_errors_explained(self.root):
            # Doccano's programs would make the last two at once, and one of them would fail.
            names = ("conf", "logs", "media", "uploads")
            for folder in (self.root, *(self.root / name for name in names)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
            key = self.root / "secret-key"
            if not key.is_file():
                write_private(key, secrets.token_urlsafe(64))
            write_private(self.conf / "curate_doccano_settings.py", SETTINGS)

    def read_state(self) -> ServerState:
        """The recorded state; the empty one where no server was ever started."""
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=ServerState)
        except FileNotFoundError:
            return ServerState()
        except (msgspec.MsgspecError, OSError) as err:
            raise ServerError(
                f"{self._state} cannot be read ({err})",
                "delete that file and start the server again; no data is in it",
            ) from err

    def write_state(self, state: ServerState) -> ServerState:
        with disk_errors_explained(self.root):
            write_private(self._state, msgspec.json.format(msgspec.json.encode(state)).decode())
        return state

    def account(self) -> ServerAccount | None:
        """The administrator's account, or None before the first start."""
        try:
            return msgspec.json.decode(self._account.read_bytes(), type=ServerAccount)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, OSError) as err:
            raise ServerError(
                f"{self._account} cannot be read ({err})",
                "delete that file and start the server again; it sets a new password",
            ) from err

    def new_account(self) -> ServerAccount:
        account = ServerAccount(ADMINISTRATOR, secrets.token_urlsafe(18))
        with disk_errors_explained(self.root):
            write_private(self._account, msgspec.json.encode(account).decode() + "\n")
        return account

    def log(self, name: str) -> Path:
        """The log of one process; a long one is set aside first, and one old one is kept."""
        path = self.logs / f"{name}.log"
        if path.is_file() and path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step with one that only its owner can read."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def open_log(path: Path) -> BinaryIO:
    """Open a log for a new run's lines, readable by its owner only; ServerError if it cannot."""
    with disk_errors_explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
        path.chmod(0o600)
        file.write(START_LINE.encode())
        file.flush()
    return file


def last_log_line(log: Path) -> str:
    """The last line about an error that the latest run wrote to a log, else its last line."""
    try:
        text = log.read_text("utf-8", errors="replace")
    except OSError:
        text = ""
    lines = [line.strip() for line in text.rpartition(START_LINE)[2].splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)]
    return (telling or lines or ["nothing was logged"])[-1]


def check_space(folder: Path, need: int, what: str) -> None:
    """Raise ServerError if the disk of a folder (made or not) has under ``need`` bytes free."""
    free = free_space(folder)
    if free < need:
        raise ServerError(
            f"{what} needs {need // MEGABYTE} MB and the disk of {folder} has "
            f"{free // MEGABYTE} MB free",
            "free some space and run this again",
        )


def free_space(folder: Path) -> int:
    """Bytes free on the disk of a folder or of its nearest parent that exists."""
    existing = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    return shutil.disk_usage(existing).free


@contextlib.contextmanager
def disk_errors_explained(where: Path) -> Iterator[None]:
    """Turn "no space left" and "permission denied" into a ServerError that names the place."""
    try:
        yield
    except OSError as err:
        if err.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ServerError(
                f"the disk of {where} is full", "free some space and run this again"
            ) from err
        if err.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ServerError(
                f"{err.filename or where} cannot be written ({err.strerror})",
                "make it writable, or keep the workspace in a folder of your own",
            ) from err
        raise


@contextlib.contextmanager
def hold_lock(path: Path, what: str, timeout_seconds: float = 900.0) -> Iterator[int]:
    """Hold an exclusive lock on a file; yields its descriptor.

    A child that inherits the descriptor keeps the lock after its parent was killed.

    Raises:
        ServerError: someone else held it for ``timeout_seconds``.
    """
    import fcntl

    with disk_errors_explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + timeout_seconds
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as err:
                if time.monotonic() > deadline:
                    raise ServerError(
                        f"another process has been {what} for {timeout_seconds:.0f} s",
                        f"wait for it or end it; it holds the lock {path}",
                    ) from err
                time.sleep(0.2)
        yield descriptor
    finally:
        os.close(descriptor)
