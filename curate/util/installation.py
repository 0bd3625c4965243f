"""How curate was installed, and how to add one of its extras to that installation."""

from __future__ import annotations

import json
import shlex
import sys
from importlib import import_module, metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from curate.errors import CurateError

NAME = "curate-corpus"
_DISTRIBUTIONS = {
    "cassis": "dkpro-cassis",
    "huggingface_hub": "huggingface-hub",
    "pyannote.core": "pyannote-core",
    "pygamma_agreement": "pygamma-agreement",
    "sklearn": "scikit-learn",
}
"""Packages that are imported under another name than they are installed."""


def require(extra: str, what: str, *modules: str, otherwise: str = "") -> None:
    """Import what an extra installs, before the work that needs it begins.

    Args:
        extra: the extra.
        what: what needs it, as the subject of a sentence.
        modules: what is imported, in the order of a message.
        otherwise: what else the reader can do, after a comma.

    Raises:
        CurateError: one of them is not installed; the hint adds the extra.
    """
    for module in modules:
        try:
            import_module(module)
        except ImportError as error:
            name = _DISTRIBUTIONS.get(module, module)
            raise CurateError(
                f"{what} needs {name}, which is not installed", extra_hint(extra, otherwise)
            ) from error


def extra_hint(extra: str, otherwise: str = "") -> str:
    """The hint of an error about a package of an extra that is not installed."""
    return f"run `{install_command(extra)}`{otherwise}"


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
