"""An exported file or folder, held against the account beside it; a change has its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from curate.errors import ReleaseError
from curate.formats.writers.account import sidecar
from curate.formats.writers.files import blocks, digest, listed, listing

_HINT = "export the release again"


class Origin(msgspec.Struct, frozen=True):
    """The release that an export was made of."""

    version: str
    digest: str


class Account(msgspec.Struct, frozen=True):
    """What the account says, as far as it is needed to check and read the export."""

    file: str
    format: str
    sha256: str
    schema: str
    language: str = ""
    release: Origin | None = None
    block: int = 0
    blocks: list[str] = []


def account(target: Path) -> Account:
    """The account beside an export.

    Raises:
        ReleaseError: there is none, or it is none of ours.
    """
    path = sidecar(target)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Account)
    except FileNotFoundError as error:
        raise ReleaseError(f"{target} has no account {path.name} beside it", _HINT) from error
    except msgspec.MsgspecError as error:
        raise ReleaseError(f"{path}: not the account of an export ({error})", _HINT) from error


def check(target: Path, told: Account) -> None:
    """Hold every byte of an export against its account.

    Raises:
        ReleaseError: something is missing, was changed or was added; the message names the place.
    """
    if target.is_dir():
        _check_folder(target, told)
    elif not target.exists():
        raise ReleaseError(f"{target} is not there", _HINT)
    elif digest(target) != told.sha256:
        raise ReleaseError(f"{target}: {_place(target, told)}", _HINT)


def _check_folder(target: Path, told: Account) -> None:
    if not listing(target).exists():
        raise ReleaseError(f"{target} has no list {listing(target).name} beside it", _HINT)
    if digest(target) != told.sha256:
        raise ReleaseError(f"{listing(target)} is not the list that its account tells of", _HINT)
    names: set[Path] = set()
    for wanted, path in listed(target):
        names.add(path)
        if not path.is_file():
            raise ReleaseError(f"{path} is missing", _HINT)
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != wanted:
                raise ReleaseError(f"{path} was changed after it was exported", _HINT)
    for path in sorted(target.rglob("*")):
        if path.is_file() and path not in names:
            raise ReleaseError(f"{path} was added after the export", _HINT)


def _place(target: Path, told: Account) -> str:
    """Where a file differs first, as bytes and, of a text, as lines."""
    here = blocks(target)
    pairs = zip(here, told.blocks, strict=False)
    number = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(here), len(told.blocks)))
    start, end = number * told.block, (number + 1) * told.block
    first = last = 1
    with target.open("rb") as file:
        for _ in range(number):
            first += file.read(told.block).count(b"\n")
        changed = file.read(told.block)
        last = first + changed.removesuffix(b"\n").count(b"\n")
    if not changed:
        return f"cut off after byte {start:,}"
    lines = "" if b"\0" in changed else f" (lines {first:,} to {last:,})"
    return f"changed after it was exported, first in bytes {start:,} to {end - 1:,}{lines}"
