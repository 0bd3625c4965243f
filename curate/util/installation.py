"""How curate was installed, and how to add one of its extras to that installation."""

from __future__ import annotations

import json
import shlex
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from curate.errors import CurateError

NAME = "curate-corpus"


def missing_extra(message: str, extra: str, otherwise: str = "") -> CurateError:
    """The error for a command that needs a package of an extra.

    Args:
        message: what is not installed, as a sentence without a final full stop.
        extra: the extra that has it.
        otherwise: what else the reader can do, after a comma.
    """
    return CurateError(message, f"run `{install_command(extra)}`{otherwise}")


def install_command(extra: str) -> str:
    """The shell command that adds an extra to the installation that is running.

    An installation from an index is asked for by its name. One from a folder, a file or an address
    is asked for by that, since the index need not have curate.
    """
    try:
        found = metadata.distribution(NAME)
    except metadata.PackageNotFoundError:
        return _pip([f"{_source_folder()}[{extra}]"])
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    address = str(origin.get("url", ""))
    if not address:
        return _pip([f"{NAME}[{extra}]"])
    if "vcs_info" in origin:
        vcs, commit = origin["vcs_info"]["vcs"], origin["vcs_info"].get("commit_id", "")
        return _pip([f"{NAME}[{extra}] @ {vcs}+{address}{f'@{commit}' if commit else ''}"])
    path = _path(address)
    if path is not None and "dir_info" in origin:
        editable = ["-e"] if origin["dir_info"].get("editable") else []
        return _pip([*editable, f"{path}[{extra}]"])
    return _pip([f"{NAME}[{extra}] @ {address}"])


def _pip(arguments: list[str]) -> str:
    """pip of the environment that is running, by its path where another one would be found."""
    python = "python" if _is_first_on_path() else sys.executable
    return shlex.join([python, "-m", "pip", "install", *arguments])


def _is_first_on_path() -> bool:
    import shutil

    found = shutil.which("python")
    return found is not None and Path(found).absolute() == Path(sys.executable).absolute()


def _path(address: str) -> Path | None:
    parts = urlsplit(address)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _source_folder() -> Path:
    """The folder that the code runs from, if it is not installed at all."""
    return Path(__file__).resolve().parents[2]
