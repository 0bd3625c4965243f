"""The Python environment of the embedded server: pinned, separate, shared by all workspaces.

Doccano's pins conflict with curate's, so it gets a virtual environment of its own. Everything in it
is listed in ``server-constraints.txt``; ``installation.py`` builds it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from curate.doccano.embedded.home import HOME_VARIABLE, SETTINGS_MODULE, ServerHome
from curate.errors import ServerError
from curate.util.installers import find_uv
from curate.util.user_data import curate_home

Version = tuple[int, int]
"""Major and minor version of a Python."""

CONSTRAINTS = Path(__file__).with_name("server-constraints.txt")
VERSIONS: tuple[Version, ...] = ((3, 13), (3, 12), (3, 11))
"""The Pythons that the pins were tested on; the first is preferred where curate's is none."""
MARKER = "curate-environment"
_TEMPLATE = "initial.sqlite3"


@dataclass(frozen=True)
class BasePython:
    """The Python that the environment is made from.

    Args:
        version: its version.
        path: its path; empty if uv is to get it.
    """

    version: Version
    path: str


@dataclass(frozen=True)
class ServerEnvironment:
    """A folder with a Python and Doccano in it, or where they are to be installed."""

    folder: Path
    version: Version

    @property
    def key(self) -> str:
        """Names the packages, whatever the Python; a database belongs to a key."""
        return self.folder.name.rpartition("-")[0]

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.folder / "bin" / "python"

    @property
    def backend(self) -> Path:
        """The folder of Doccano's Django project."""
        return self.folder / "lib" / _program(self.version) / "site-packages" / "backend"

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
        return (self.folder / MARKER).is_file() and self.python.exists()


def server_environment(version: Version | None = None) -> ServerEnvironment:
    """The environment that belongs to the shipped pins, built or not.

    Args:
        version: of its Python; by default the one of :func:`base_python`.

    Raises:
        ServerError: there is no suitable Python.
    """
    version = version or base_python().version
    name = environment_name(CONSTRAINTS.read_bytes(), version)
    return ServerEnvironment(curate_home() / name, version)


def environment_name(constraints: bytes, python: Version) -> str:
    """Name of an environment: ``doccano-``, 12 hex digits of its pins, and its Python."""
    digest = hashlib.sha256(constraints).hexdigest()[:12]
    return f"doccano-{digest}-{_program(python)}"


@functools.cache
def pinned_packages() -> dict[str, str]:
    """Versions of the server's packages by name."""
    lines = CONSTRAINTS.read_text("utf-8").splitlines()
    pins = [line.partition("==") for line in lines if line[:1] != "#"]
    return {name: version for name, _, version in pins}


def doccano_version() -> str:
    """The pinned version of Doccano."""
    return pinned_packages()["doccano"]


def base_python() -> BasePython:
    """A Python that the pins work on: this one, else one on the PATH, else one that uv gets.

    Raises:
        ServerError: there is none.
    """
    ours = (sys.version_info.major, sys.version_info.minor)
    if ours in VERSIONS:
        return BasePython(ours, sys.executable)
    for version in VERSIONS:
        path = shutil.which(_program(version))
        # A version manager can leave a script of that name that only prints an error: it is run.
        if path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return BasePython(version, path)
    if find_uv():
        return BasePython(VERSIONS[0], "")
    raise ServerError(
        f"Doccano {doccano_version()} needs Python {_names(VERSIONS)}; this is {_names([ours])}",
        f"install {_program(VERSIONS[0])} so that it is on the PATH, or uv, which gets it, or use "
        "a Doccano server of your own",
    )


def _program(version: Version) -> str:
    return "python{}.{}".format(*version)


def _names(versions: list[Version] | tuple[Version, ...]) -> str:
    return ", ".join("{}.{}".format(*version) for version in versions)


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
