"""Where doccano-client comes from, and how it is imported beside pydantic 2.

doccano-client 1.2.8 requires pydantic below 2 and, through requests-toolbelt, urllib3 below 2. What
it uses of both is still there: pydantic 2 has pydantic 1 in ``pydantic.v1``, and the encoder of
uploads is the same in requests-toolbelt 1. So the client is not declared as a dependency, which
would impose its pins on whole environments. It is installed without dependencies into a folder of
curate's own, with its hash checked, and its modules, and no others, get ``pydantic.v1`` where they
import ``pydantic``.
"""

from __future__ import annotations

import builtins
import functools
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType
from typing import Any

from curate.errors import RemoteError
from curate.util import lock
from curate.util.installers import find_uv, has_pip, installer_variables
from curate.util.user_data import curate_home

REQUIREMENTS = Path(__file__).with_name("client-requirements.txt")
PACKAGE = "doccano_client"
INSTALL_SECONDS = 300.0


@functools.cache
def client_version() -> str:
    """The pinned version of doccano-client."""
    lines = REQUIREMENTS.read_text("utf-8").splitlines()
    return next(line.split()[0].partition("==")[2] for line in lines if line[:1] != "#")


def private_folder() -> Path:
    """Where curate's own copy is, or is to be installed."""
    return curate_home() / f"doccano-client-{client_version()}"


def client_folder() -> Path | None:
    """The folder that doccano-client is imported from; None if it is still to be installed.

    The environment's own copy is taken if it is of the pinned version, else curate's own.
    """
    for found in distributions(name=PACKAGE):
        if found.version == client_version():
            return Path(str(found.locate_file(PACKAGE))).parent
    folder = private_folder()
    return folder if folder.is_dir() else None


def provide_client() -> None:
    """Make ``doccano_client`` importable; the first time on a machine, it is installed.

    Raises:
        RemoteError: it cannot be installed; the message says why.
    """
    if any(isinstance(finder, _ClientFinder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _ClientFinder(client_folder() or install_client()))


def install_client() -> Path:
    """Install curate's own copy, unless it is there already; returns its folder.

    Raises:
        RemoteError: it cannot be installed; the message says why.
    """
    folder = private_folder()
    part = folder.with_name(folder.name + ".part")
    installer = [*_installer(), "--no-deps", "--only-binary=:all:", "--require-hashes"]
    try:
        with lock.hold(folder.with_name(folder.name + ".lock"), "installing doccano-client"):
            if folder.is_dir():  # by another process meanwhile
                return folder
            shutil.rmtree(part, ignore_errors=True)
            _run([*installer, "--target", str(part), "-r", str(REQUIREMENTS)])
            part.replace(folder)
    except OSError as error:
        raise RemoteError(
            f"doccano-client cannot be installed in {folder} ({error.strerror})",
            "set CURATE_HOME to a folder that can be written",
        ) from error
    return folder


def _installer() -> list[str]:
    """The command of pip, or of uv where an environment has no pip."""
    if has_pip():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        return [*pip, "install", "--quiet", "--retries=2"]
    if uv := find_uv():
        return [uv, "pip", "install", "--quiet", f"--python={sys.executable}"]
    raise RemoteError(
        f"doccano-client {client_version()} cannot be installed without pip or uv",
        f"install pip into the environment of {sys.executable}, or put uv on the PATH",
    )


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=installer_variables(),
            timeout=INSTALL_SECONDS,
        )
        failure = _last_error(done.stdout) if done.returncode else ""
    except subprocess.TimeoutExpired:
        failure = f"no end after {INSTALL_SECONDS:.0f} s"
    if failure:
        pin = f"doccano-client=={client_version()}"
        raise RemoteError(
            f"{pin} cannot be installed ({failure})",
            "check the network and run this again, or put its wheel into a folder and set "
            "PIP_FIND_LINKS (for uv: UV_FIND_LINKS) to that",
        )


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["no output"])[-1]


class _ClientFinder(MetaPathFinder):
    """Finds ``doccano_client`` and its modules in one folder, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        spec = PathFinder.find_spec(fullname, path or [self._folder], target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _ClientLoader(spec.loader.name, spec.loader.path)
        return spec


class _ClientLoader(SourceFileLoader):
    """Runs a module with an ``__import__`` of its own; what others import stays as it is."""

    def exec_module(self, module: ModuleType) -> None:
        own = {**vars(builtins), "__import__": _import}
        vars(module)["__builtins__"] = own
        super().exec_module(module)


def _import(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    first, dot, rest = name.partition(".")
    if first == "pydantic" and not level:
        name = f"pydantic.v1{dot}{rest}"
    return __import__(name, globals, locals, fromlist or (), level)
