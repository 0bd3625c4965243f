"""Files and folders that are written completely or not at all, and their digests.

A folder has a list of its files beside it, ``<folder>.sha256``, in the format of ``sha256sum``:
``sha256sum -c <folder>.sha256`` checks the folder. The digest of a folder is that of its list.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from curate.errors import CurateError
from curate.util import digests

BLOCK_SIZE = 1 << 16
"""Bytes of a file that have a digest of their own, so that a change can be located."""
_BLOCK_DIGITS = 16  # hex digits: they locate a change; the digest of the file detects it


@contextmanager
def replace_file(target: Path) -> Iterator[IO[bytes]]:
    """A new file, open for writing, that replaces ``target`` if the block ends without an error.

    Raises:
        CurateError: there can be no file in its folder.
    """
    _make_parent(target)
    temporary = _beside(target, "part")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _replace(target, temporary)
    finally:
        temporary.unlink(missing_ok=True)


class ExportFolder:
    """A folder that is being written; each of its files is listed in the file beside it.

    Args:
        root: where it is written.
        name: its name when it is complete.
        checksums: the open list of its files.
    """

    def __init__(self, root: Path, name: str, checksums: IO[bytes]) -> None:
        self.root = root
        self._name = name
        self._checksums = checksums

    def write(self, name: str, data: bytes) -> None:
        """Write a file."""
        self.path(name).write_bytes(data)
        self._list(name, hashlib.sha256(data).hexdigest())

    def path(self, name: str) -> Path:
        """The path of a file, whose parent folders are created. Call ``list_file`` afterwards."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def list_file(self, name: str) -> str:
        """List a file that was written to its ``path``; returns its SHA-256."""
        digest = export_digest(self.root / name)
        self._list(name, digest)
        return digest

    def unused_name(self, stem: str, ending: str) -> str:
        """A name without ending that no file has yet, since a source may hold a text twice."""
        name, number = stem, 1
        while (self.root / f"{name}{ending}").exists():
            number += 1
            name = f"{stem}-{number}"
        return name

    def _list(self, name: str, digest: str) -> None:
        self._checksums.write(os.fsencode(f"{digest}  {self._name}/{name}\n"))


@contextmanager
def replace_folder(target: Path) -> Iterator[ExportFolder]:
    """A new folder that replaces ``target`` if the block ends without an error.

    Raises:
        CurateError: there is a folder of this name that curate did not write, or there can be no
            folder in that place.
    """
    _check_written_by_curate(target)
    _make_parent(target)
    temporary = _beside(target, "part")
    try:
        temporary.mkdir()
        with replace_file(checksum_list(target)) as checksums:
            yield ExportFolder(temporary, target.name, checksums)
            _replace(target, temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def checksum_list(target: Path) -> Path:
    """The file beside an exported folder that lists its files."""
    return target.with_name(f"{target.name}.sha256")


def read_checksums(target: Path) -> Iterator[tuple[str, Path]]:
    """SHA-256 and path of each file of an exported folder, according to its list."""
    with checksum_list(target).open(encoding="utf-8") as file:
        for line in file:
            digest, _, name = line.rstrip("\n").partition("  ")
            yield digest, target.parent / name


def export_digest(target: Path) -> str:
    """SHA-256 of a file, or of the list of a folder."""
    return digests.of_file(checksum_list(target) if target.is_dir() else target)


def block_digests(path: Path) -> list[str]:
    """The first hex digits of the SHA-256 of each block of a file."""
    with path.open("rb") as file:
        return [
            hashlib.sha256(block).hexdigest()[:_BLOCK_DIGITS]
            for block in iter(lambda: file.read(BLOCK_SIZE), b"")
        ]


def _make_parent(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        writable = os.access(target.parent, os.W_OK | os.X_OK)
        reason = "" if writable else os.strerror(errno.EACCES)
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error, FileExistsError):  # the parent itself; a file further up has ENOTDIR
            reason = os.strerror(errno.ENOTDIR)
    if reason:
        raise CurateError(
            f"{target} cannot be written: its folder {target.parent}: {reason}",
            "choose a folder that you may write to",
        )


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{suffix}")


def _replace(target: Path, new: Path) -> None:
    """Move a new file or folder to its target, which may be a file or a folder written before."""
    old = _beside(target, "old")
    _check_written_by_curate(target)
    if target.is_dir() or (new.is_dir() and target.exists()):
        target.rename(old)
    new.replace(target)
    if old.is_dir():
        shutil.rmtree(old)
        if not target.is_dir():
            checksum_list(target).unlink(missing_ok=True)
    old.unlink(missing_ok=True)


def _check_written_by_curate(target: Path) -> None:
    if target.is_dir() and not checksum_list(target).exists() and any(target.iterdir()):
        raise CurateError(
            f"{target} is a folder that curate did not write",
            "choose another name, or move the folder away",
        )
