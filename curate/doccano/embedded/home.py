"""The files of an embedded server's home: who may read them, and how they are written.

::

    home/                 mode 0700
        account.json      the administrator's name and password, mode 0600
        secret-key        Django's SECRET_KEY, mode 0600
        server.json       port and processes, rewritten at every change
        db.sqlite3        Doccano's database; broker.sqlite3 is the task queue
        media/ uploads/   files that people uploaded
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from curate.errors import ServerError, StoreError
from curate.util import lock

HOME_VARIABLE = "CURATE_SERVER_HOME"
SETTINGS_FILE = Path(__file__).with_name("django_settings.py")
SETTINGS_MODULE = "curate_doccano_settings"
ADMINISTRATOR = "admin"
MEGABYTE = 1_000_000
START_LINE = "==== started by curate ====\n"
_LOG_LIMIT = 5 * MEGABYTE
_ERROR_LINE = re.compile(r"\bERROR\b|(Error|Exception)\b")


class ProcessRecord(msgspec.Struct, frozen=True):
    """A process that was started: its id, and its start time in seconds since 1970."""

    pid: int
    started: float


class ServerState(msgspec.Struct, frozen=True):
    """What ``server.json`` records; no data is lost if the file is.

    Args:
        port: where the server listens or last listened.
        web: the web server's process.
        worker: the worker's process.
        database: key of the environment whose migrations the database has, empty until the
            administrator exists.
        ready: whether an upload has worked since the last start.
    """

    port: int | None = None
    web: ProcessRecord | None = None
    worker: ProcessRecord | None = None
    database: str = ""
    ready: bool = False


class ServerAccount(msgspec.Struct, frozen=True):
    """A user name and its password, as stored in ``account.json``."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Account(username={self.username!r})"


class ServerHome:
    """The folder of a server: its paths, and its files that only the owner can read."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()  # processes are found by it, so it must not have two names
        self.database = self.root / "db.sqlite3"
        self.conf = self.root / "conf"
        self.logs = self.root / "logs"
        self._state = self.root / "server.json"
        self._account = self.root / "account.json"

    def prepare(self) -> None:
        """Make the folders, the secret key and the settings; safe to repeat."""
        with disk_errors_explained(self.root):
            # Both programs of Doccano would make media/ and uploads/, and the second would fail.
            for name in ("", "conf", "logs", "media", "uploads"):
                folder = self.root / name
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
            key = self.root / "secret-key"
            if not key.is_file():
                write_private(key, secrets.token_urlsafe(64))
            write_private(self.conf / f"{SETTINGS_MODULE}.py", SETTINGS_FILE.read_text("utf-8"))

    def read_state(self) -> ServerState:
        """The recorded state; an empty one if no server was ever started.

        Raises:
            ServerError: the file is damaged.
        """
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=ServerState)
        except FileNotFoundError:
            return ServerState()
        except (msgspec.MsgspecError, OSError) as error:
            raise ServerError(
                f"{self._state} cannot be read ({error})",
                "delete that file and start the server again; no data is in it",
            ) from error

    def write_state(self, state: ServerState) -> ServerState:
        """Record a state, and return it."""
        with disk_errors_explained(self.root):
            write_private(self._state, msgspec.json.format(msgspec.json.encode(state)).decode())
        return state

    def account(self) -> ServerAccount | None:
        """The administrator's account; None before the first start.

        Raises:
            ServerError: the file is damaged.
        """
        try:
            return msgspec.json.decode(self._account.read_bytes(), type=ServerAccount)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, OSError) as error:
            raise ServerError(
                f"{self._account} cannot be read ({error})",
                "delete that file and run `curate server reset-password`",
            ) from error

    @staticmethod
    def draw_account() -> ServerAccount:
        """An account of the administrator with a new random password, not recorded yet."""
        return ServerAccount(ADMINISTRATOR, secrets.token_urlsafe(18))

    def record_account(self, account: ServerAccount) -> ServerAccount:
        """Record the administrator's account, and return it."""
        with disk_errors_explained(self.root):
            write_private(self._account, msgspec.json.encode(account).decode() + "\n")
        return account

    def log(self, name: str) -> Path:
        """Path of the log of a process; a long log is first renamed to ``.log.1``."""
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
    """Open a log that only its owner can read, to append the output of a new run.

    Raises:
        ServerError: it cannot be written.
    """
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
    latest = text.rpartition(START_LINE)[2]
    lines = [line.strip() for line in latest.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR_LINE.search(line)]
    return (errors or lines or ["nothing was logged"])[-1]


def check_space(folder: Path, need: int, task: str) -> None:
    """Check that there is space on the disk of a folder, which need not exist.

    Args:
        folder: where something is to be written.
        need: bytes that must be free.
        task: what needs them, for the error message.

    Raises:
        ServerError: there is less.
    """
    free = free_space(folder)
    if free < need:
        raise ServerError(
            f"{task} needs {need // MEGABYTE} MB and the disk of {folder} has "
            f"{free // MEGABYTE} MB free",
            "free some space and run this again",
        )


def free_space(folder: Path) -> int:
    """Bytes free on the disk of a folder or of its nearest parent that exists."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free


@contextlib.contextmanager
def disk_errors_explained(path: Path) -> Iterator[None]:
    """Turn "no space left" and "permission denied" into a ServerError that names the path."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ServerError(
                f"the disk of {path} is full", "free some space and run this again"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ServerError(
                f"{error.filename or path} cannot be written ({error.strerror})",
                "make it writable, or keep the workspace in a folder of your own",
            ) from error
        raise


@contextlib.contextmanager
def hold_lock(
    path: Path,
    task: str,
    timeout_seconds: float = 900.0,
    notify: Callable[[str], None] = lambda message: None,
) -> Iterator[int]:
    """Hold the lock of a file as :func:`curate.util.lock.hold` does; yields its descriptor.

    Args:
        path: the file.
        task: what is being done, for those who wait.
        timeout_seconds: how long to wait for another holder.
        notify: called with one sentence if there is one.

    Raises:
        ServerError: another process held it for ``timeout_seconds``.
    """

    def waiting(holder: str) -> None:
        notify(f"waiting for {holder or 'another curate'}")

    with contextlib.ExitStack() as stack:
        try:
            with disk_errors_explained(path.parent):
                descriptor = stack.enter_context(lock.hold(path, task, timeout_seconds, waiting))
        except StoreError as error:
            raise ServerError(
                error.message, f"wait until it has ended, or end it; it holds the lock {path}"
            ) from error
        yield descriptor
