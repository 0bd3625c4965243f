"""Files and folders that are written whole or not at all, and what they are known by.

A folder has a list of its files beside it, ``<folder>.sha256``, as ``sha256sum`` writes one:
``sha256sum -c <folder>.sha256`` checks it, and the folder is known by the digest of that list.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from curate.errors import CurateError

BLOCK_SIZE = 1 << 16
"""Bytes of a file that have a digest of their own, so that a change can be placed."""
_SHORT = 16  # hex digits of a block's digest: they place a change, the file's own digest finds it


@contextmanager
def replace_file(target: Path) -> Iterator[IO[bytes]]:
    """A file to write step by step, which takes the place of ``target`` when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target, "part")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _put(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


class ExportFolder:
    """A folder that is being written; every file of it is in the list beside it.

    Args:
        root: where it is written.
        name: what it will be called.
        listing: the list.
    """

    def __init__(self, root: Path, name: str, listing: IO[bytes]) -> None:
        self.root = root
        self._name = name
        self._listing = listing

    def write(self, name: str, data: bytes) -> None:
        """Write a file of it."""
        path = self.path(name)
        path.write_bytes(data)
        self._list(name, hashlib.sha256(data).hexdigest())

    def path(self, name: str) -> Path:
        """Where a file of it goes; its folder is made."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def seal(self, name: str) -> str:
        """Take a file that was written at its path into the list; gives its SHA-256."""
        with (self.root / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._list(name, digest)
        return digest

    def free(self, stem: str, ending: str) -> str:
        """A name that no file has yet: the same text may stand in a source twice."""
        name, number = stem, 1
        while (self.root / f"{name}{ending}").exists():
            number += 1
            name = f"{stem}-{number}"
        return name

    def _list(self, name: str, digest: str) -> None:
        self._listing.write(f"{digest}  {self._name}/{name}\n".encode())


@contextmanager
def replace_folder(target: Path) -> Iterator[ExportFolder]:
    """A folder to write file by file, which takes the place of ``target`` when all went well.

    Raises:
        CurateError: there is a folder of this name that was not written here.
    """
    _check_ours(target)
    part = _beside(target, "part")
    try:
        part.mkdir(parents=True)
        with replace_file(checksum_list(target)) as file:
            yield ExportFolder(part, target.name, file)
            _put(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def checksum_list(target: Path) -> Path:
    """The list of the files in an exported folder."""
    return target.with_name(f"{target.name}.sha256")


def read_checksums(target: Path) -> Iterator[tuple[str, Path]]:
    """SHA-256 and path of each file of an exported folder, as its list says."""
    with checksum_list(target).open(encoding="utf-8") as file:
        for line in file:
            digest, _, name = line.rstrip("\n").partition("  ")
            yield digest, target.parent / name


def export_digest(target: Path) -> str:
    """SHA-256 that a file, or a folder by its list, is known by."""
    with (checksum_list(target) if target.is_dir() else target).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def block_digests(path: Path) -> list[str]:
    """Beginnings of the digests of a file's blocks, in order."""
    with path.open("rb") as file:
        return [
            hashlib.sha256(block).hexdigest()[:_SHORT]
            for block in iter(lambda: file.read(BLOCK_SIZE), b"")
        ]


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{what}")


def _put(made: Path, target: Path) -> None:
    """Move what was made to where it goes, over a file or folder that was written here before."""
    old = _beside(target, "old")
    _check_ours(target)
    if target.is_dir() or (made.is_dir() and target.exists()):
        target.rename(old)
    made.replace(target)
    if old.is_dir():
        shutil.rmtree(old)
        if not target.is_dir():
            checksum_list(target).unlink(missing_ok=True)
    old.unlink(missing_ok=True)


def _check_ours(target: Path) -> None:
    if target.is_dir() and not checksum_list(target).exists() and any(target.iterdir()):
        raise CurateError(
            f"{target} is a folder that curate did not write", "name another one, or move it away"
        )
