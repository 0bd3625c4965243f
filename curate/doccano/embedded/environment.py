"""The Python environment of the embedded server: pinned, apart from ours, shared by workspaces.

Doccano's pins (pandas 1.5, SQLAlchemy 1.4) cannot live beside curate's, so it gets a virtual
environment made from ``server-constraints.txt``. It is built in place and a marker file is
written last, so an interrupted build is seen and done again. An empty, migrated database is
kept in it: a new workspace copies that instead of running 130 migrations.
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
    ServerHome,
    check_space,
    disk_errors_explained,
    hold_lock,
    last_log_line,
    open_log,
    write_private,
)
from curate.errors import ServerError

CONSTRAINTS = Path(__file__).with_name("server-constraints.txt")
PYTHON = (3, 11)  # pandas 1.5, which Doccano requires, has no build for a newer one
SPACE_TO_BUILD = 1500 * MEGABYTE
_MARKER = "curate-environment"
_TEMPLATE = "initial.sqlite3"

_MIGRATE = """\
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("create_roles")
"""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class ServerEnvironment:
    """A folder with the server's Python and Doccano in it."""

    folder: Path

    @property
    def key(self) -> str:
        return self.folder.name

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def backend(self) -> Path:
        """The folder of Doccano's Django project."""
        version = "python{}.{}".format(*PYTHON)
        return self.folder / "lib" / version / "site-packages" / "backend"

    @property
    def template(self) -> Path:
        """A migrated database without any account."""
        return self.folder / _TEMPLATE

    @property
    def log(self) -> Path:
        return self.folder.with_name(self.folder.name + ".log")

    def is_complete(self) -> bool:
        """Whether it was built to the end and its base Python is still there."""
        return (self.folder / _MARKER).is_file() and self.python.exists()


def server_environment() -> ServerEnvironment:
    """The environment that belongs to the shipped constraints, built or not."""
    return ServerEnvironment(curate_home() / environment_key(CONSTRAINTS.read_bytes(), PYTHON))


def curate_home() -> Path:
    """``$CURATE_HOME``, else the user's data folder for curate."""
    given = os.environ.get("CURATE_HOME")
    if given:
        return Path(given).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("curate"))


def environment_key(constraints: bytes, python: tuple[int, int]) -> str:
    """``doccano-`` and 12 hex digits that change with any pin and with the Python."""
    digest = hashlib.sha256(constraints + "\n{}.{}".format(*python).encode())
    return f"doccano-{digest.hexdigest()[:12]}"


@functools.cache
def doccano_version() -> str:
    """The pinned version of Doccano."""
    pins = CONSTRAINTS.read_text("utf-8").splitlines()
    return next(pin.partition("==")[2] for pin in pins if pin.startswith("doccano=="))


def install_server(progress: Progress) -> ServerEnvironment:
    """The finished environment, built first where it is missing or half made.

    Raises:
        ServerError: no fitting Python, no space, or pip failed (its log is named).
    """
    found = server_environment()
    if found.is_complete():
        return found
    lock = found.folder.with_name(found.folder.name + ".lock")
    with hold_lock(lock, "installing Doccano") as descriptor:
        if not found.is_complete():
            _build(found, progress, descriptor)
    return found


def _build(target: ServerEnvironment, progress: Progress, lock: int) -> None:
    python = _base_python()
    check_space(target.folder, SPACE_TO_BUILD, "installing Doccano")
    progress(f"installing Doccano {doccano_version()} into {target.folder} (once; some minutes)")
    with disk_errors_explained(target.folder):
        shutil.rmtree(target.folder, ignore_errors=True)
        target.log.unlink(missing_ok=True)
    hint = "install what it names (Debian: python3.11-venv) and run this again"
    run_step([python, "-m", "venv", str(target.folder)], target.log, hint, lock=lock)
    pip = [str(target.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    hint = "check the network and pip's settings, and run this again"
    run_step([*pip, "-r", str(CONSTRAINTS)], target.log, hint, lock=lock)
    progress("preparing an empty Doccano database")
    _make_template(target, lock)
    with disk_errors_explained(target.folder):
        write_private(target.folder / _MARKER, f"doccano {doccano_version()}\n")


def _make_template(target: ServerEnvironment, lock: int) -> None:
    scratch = ServerHome(target.folder / "template")
    scratch.prepare()
    migrate_database(target, scratch, target.log, lock)
    with disk_errors_explained(target.folder):
        scratch.database.replace(target.template)
        shutil.rmtree(scratch.root)


def migrate_database(
    target: ServerEnvironment, home: ServerHome, log: Path, lock: int | None = None
) -> None:
    """Bring a home's database to the tables and roles of this Doccano."""
    run_step(
        [str(target.python), "-c", _MIGRATE],
        log,
        "the log has the whole error",
        server_variables(target, home),
        home.root,
        lock,
    )


def server_variables(target: ServerEnvironment, home: ServerHome) -> dict[str, str]:
    """The environment variables of every process of a server.

    Built from nothing but a few names: Django, Celery and Doccano read dozens of variables, and
    one left over in a shell must not move the database or open the server.
    """
    kept = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        HOME_VARIABLE: str(home.root),
        "CURATE_SERVER_COOKIE": hashlib.sha256(os.fsencode(home.root)).hexdigest()[:8],
        "DJANGO_SETTINGS_MODULE": "curate_doccano_settings",
        "PYTHONPATH": os.pathsep.join((str(home.conf), str(target.backend))),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "STANDALONE": "True",
    }


def _base_python() -> str:
    """A Python of the version the pins need: this one, else ``python3.11`` on the path."""
    if sys.version_info[:2] == PYTHON:
        return sys.executable
    name = "python{}.{}".format(*PYTHON)
    found = shutil.which(name)
    # Asked, not trusted: a version manager leaves a script of that name that only complains.
    if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
        return found
    raise ServerError(
        f"Doccano {doccano_version()} needs {name}, and this is Python "
        f"{sys.version_info.major}.{sys.version_info.minor}",
        f"install {name} so that it is on the PATH, or use a Doccano server of your own",
    )


def run_step(
    command: list[str],
    log: Path,
    hint: str,
    variables: dict[str, str] | None = None,
    folder: Path | None = None,
    lock: int | None = None,
) -> None:
    """Run a program with its output in a log; it keeps the lock even if we are killed.

    Raises:
        ServerError: it failed; the message has its last error line and the log's path.
    """
    with open_log(log) as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_own_variables() if variables is None else variables,
            cwd=folder,
            umask=0o077,
            pass_fds=() if lock is None else (lock,),
        )
    if done.returncode:
        raise _failure(log, hint)


def _own_variables() -> dict[str, str]:
    """Our environment without what would send pip's packages elsewhere."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def _failure(log: Path, hint: str) -> ServerError:
    line = last_log_line(log)
    if "No space left" in line or "disk is full" in line:
        hint = "free some space and run this again"
    return ServerError(f"setting up Doccano failed ({line}), see {log}", hint)
