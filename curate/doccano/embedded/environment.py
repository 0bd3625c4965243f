"""The Python environment of the embedded server: pinned, separate, shared by all workspaces.

Doccano's pins (pandas 1.5, SQLAlchemy 1.4) conflict with curate's, so it gets a virtual environment
made from ``server-constraints.txt``. The environment is built in place and a marker file is written
last, so an interrupted build is noticed and repeated. It has an empty, migrated database in it: a
new workspace copies that instead of running 130 migrations.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from curate.doccano.embedded.home import (
    HOME_VARIABLE,
    MEGABYTE,
    SETTINGS_MODULE,
    ServerHome,
    check_space,
    disk_errors_explained,
    hold_lock,
    last_log_line,
    open_log,
    write_private,
)
from curate.errors import ServerError
from curate.util.user_data import curate_home

CONSTRAINTS = Path(__file__).with_name("server-constraints.txt")
PYTHON = (3, 11)  # pandas 1.5, which Doccano requires, has no build for a newer one
SPACE_TO_BUILD = 1500 * MEGABYTE
_MARKER = "curate-environment"
_TEMPLATE = "initial.sqlite3"

# Run by the server's Python.
_MIGRATE = """\
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("create_roles")
"""


@dataclass(frozen=True)
class ServerEnvironment:
    """A folder with a Python and Doccano in it, or where they are to be installed."""

    folder: Path

    @property
    def key(self) -> str:
        """Name of the folder, see :func:`environment_key`."""
        return self.folder.name

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.folder / "bin" / "python"

    @property
    def backend(self) -> Path:
        """The folder of Doccano's Django project."""
        version = "python{}.{}".format(*PYTHON)
        return self.folder / "lib" / version / "site-packages" / "backend"

    @property
    def template(self) -> Path:
        """A migrated database without accounts."""
        return self.folder / _TEMPLATE

    @property
    def log(self) -> Path:
        """Log of the installation."""
        return self.folder.with_name(self.folder.name + ".log")

    def is_complete(self) -> bool:
        """Whether the build was finished and the Python it is based on is still there."""
        return (self.folder / _MARKER).is_file() and self.python.exists()


def server_environment() -> ServerEnvironment:
    """The environment that belongs to the shipped constraints, built or not."""
    return ServerEnvironment(curate_home() / environment_key(CONSTRAINTS.read_bytes(), PYTHON))


def environment_key(constraints: bytes, python: tuple[int, int]) -> str:
    """Name of an environment: ``doccano-`` and 12 hex digits of its pins and Python version."""
    digest = hashlib.sha256(constraints + "\n{}.{}".format(*python).encode())
    return f"doccano-{digest.hexdigest()[:12]}"


@functools.cache
def doccano_version() -> str:
    """The pinned version of Doccano."""
    pins = CONSTRAINTS.read_text("utf-8").splitlines()
    return next(pin.partition("==")[2] for pin in pins if pin.startswith("doccano=="))


def install_server(notify: Callable[[str], None]) -> ServerEnvironment:
    """The finished environment; it is built first if it is missing or incomplete.

    Args:
        notify: called with one sentence before each step that takes time.

    Raises:
        ServerError: there is no suitable Python or no space, or pip failed; the message names the
            log.
    """
    target = server_environment()
    if target.is_complete():
        return target
    lock = target.folder.with_name(target.folder.name + ".lock")
    with hold_lock(lock, "the installation of Doccano") as descriptor:
        if not target.is_complete():
            _build(target, notify, descriptor)
    return target


def _build(target: ServerEnvironment, notify: Callable[[str], None], lock: int) -> None:
    python = _base_python()
    check_space(target.folder, SPACE_TO_BUILD, "installing Doccano")
    notify(f"installing Doccano {doccano_version()} into {target.folder} (once; some minutes)")
    with disk_errors_explained(target.folder):
        shutil.rmtree(target.folder, ignore_errors=True)
        target.log.unlink(missing_ok=True)
    hint = "install the package it names (python3.11-venv on Debian) and run this again"
    _run_logged([python, "-m", "venv", str(target.folder)], target.log, hint, lock=lock)
    pip = [str(target.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    hint = "check the network and pip's settings, and run this again"
    _run_logged([*pip, "-r", str(CONSTRAINTS)], target.log, hint, lock=lock)
    notify("preparing an empty Doccano database")
    scratch = ServerHome(target.folder / "template")
    scratch.prepare()
    migrate_database(target, scratch, target.log, lock)
    with disk_errors_explained(target.folder):
        scratch.database.replace(target.template)
        shutil.rmtree(scratch.root)
        write_private(target.folder / _MARKER, f"doccano {doccano_version()}\n")


def migrate_database(
    target: ServerEnvironment, home: ServerHome, log: Path, lock: int | None = None
) -> None:
    """Bring the database of a home to the tables and roles of this Doccano.

    Raises:
        ServerError: the migration failed.
    """
    _run_logged(
        [str(target.python), "-c", _MIGRATE],
        log,
        "the log has the whole error",
        server_variables(target, home),
        home.root,
        lock,
    )


def server_variables(target: ServerEnvironment, home: ServerHome) -> dict[str, str]:
    """The environment variables of every process of a server.

    Only a few are inherited: Django, Celery and Doccano read dozens of variables, and one that is
    set in a shell for something else must not move the database or open the server to the network.
    """
    inherited = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ")
    return {name: os.environ[name] for name in inherited if name in os.environ} | {
        HOME_VARIABLE: str(home.root),
        "CURATE_SERVER_COOKIE": hashlib.sha256(os.fsencode(home.root)).hexdigest()[:8],
        "DJANGO_SETTINGS_MODULE": SETTINGS_MODULE,
        "PYTHONPATH": os.pathsep.join((str(home.conf), str(target.backend))),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "STANDALONE": "True",
    }


def _base_python() -> str:
    """A Python of the version that the pins need: this one, else ``python3.11`` on the path."""
    if sys.version_info[:2] == PYTHON:
        return sys.executable
    name = "python{}.{}".format(*PYTHON)
    path = shutil.which(name)
    # A version manager can leave a script of that name that only prints an error, so it is run.
    if path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
        return path
    raise ServerError(
        f"Doccano {doccano_version()} needs {name}, and this is Python "
        f"{sys.version_info.major}.{sys.version_info.minor}",
        f"install {name} so that it is on the PATH, or use a Doccano server of your own",
    )


def _run_logged(
    command: list[str],
    log: Path,
    hint: str,
    variables: dict[str, str] | None = None,
    folder: Path | None = None,
    lock: int | None = None,
) -> None:
    """Run a program with its output appended to a log.

    Args:
        command: the program and its arguments.
        log: the log.
        hint: what to do if it fails.
        variables: its environment variables; by default ours.
        folder: its working folder.
        lock: descriptor of a lock that the program is to keep, even if curate is killed.

    Raises:
        ServerError: it failed; the message has its last error line and the path of the log.
    """
    if variables is None:
        # Without those that would send pip's packages elsewhere.
        dropped = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
        variables = {name: value for name, value in os.environ.items() if name not in dropped}
    with open_log(log) as output:
        process = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=folder,
            umask=0o077,
            pass_fds=() if lock is None else (lock,),
        )
    if process.returncode:
        line = last_log_line(log)
        if "No space left" in line or "disk is full" in line:
            hint = "free some space and run this again"
        raise ServerError(f"setting up Doccano failed ({line}), see {log}", hint)
