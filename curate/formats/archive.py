"""Files in a ZIP archive, read where they are.

An archive is bounded before anything of it is read: it may unpack to as much as a compressed file
may (see ``curate.formats.streams.unpack_bound``), and a member never gives more than it declares.
"""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath
from typing import IO, cast
from zipfile import ZipFile

from curate.errors import InputError
from curate.formats.source_file import SourceFile
from curate.formats.streams import MEGABYTE, shown, unpack_bound

_ENCRYPTED = 0x1
_OF_THE_SYSTEM = "__MACOSX/"


class Archive:
    """A ZIP archive that is open for reading.

    Args:
        path: the file.
        encoding: encoding of its members; see ``SourceFile``.
        unpack_limit: megabytes that it may unpack to; by default 100 times its size.

    Attributes:
        folder: the one folder that all of its files are in, empty if there is none.
        names: names of its files within that folder, sorted.

    Raises:
        InputError: it is damaged or encrypted, or unpacks to more than its bound.
    """

    def __init__(self, path: Path, encoding: str = "", unpack_limit: int = 0) -> None:
        self.path = path
        self._encoding = encoding
        self._unpack_limit = unpack_limit
        try:
            self._zip = ZipFile(path)
        except Exception as error:  # of a damaged directory, for instance of struct
            raise InputError(
                f"not a ZIP archive that can be read ({error})", "export it again", shown(path)
            ) from error
        files = [it for it in self._zip.infolist() if PurePosixPath(it.filename.lstrip("/")).name]
        files = [it for it in files if not it.is_dir()]
        if any(it.flag_bits & _ENCRYPTED for it in files):
            raise InputError("the archive is encrypted", "unpack it with its password", shown(path))
        bound = unpack_bound(path.stat().st_size, unpack_limit)
        if sum(it.file_size for it in files) > bound:
            raise InputError(
                f"it unpacks to more than {bound // MEGABYTE:,} MB",
                "if that is right, allow more with --unpack-limit MB",
                shown(path),
            )
        # Older programs begin names with a slash, and some systems add a folder of their own.
        members = {it.filename.lstrip("/"): it for it in files}
        members = {name: it for name, it in members.items() if not name.startswith(_OF_THE_SYSTEM)}
        tops = {name.partition("/")[0] for name in members if "/" in name}
        is_inside = len(tops) == 1 and all("/" in name for name in members)
        self.folder = tops.pop() if is_inside else ""
        start = len(self.folder) + is_inside
        self._members = {name[start:]: it for name, it in members.items() if name[start:]}
        self.names = sorted(self._members)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """The content of a member.

        Raises:
            InputError: it is damaged.
        """
        try:
            return self._zip.read(self._members[name])
        except Exception as error:
            where = f"{shown(self.path)}/{name}"
            raise InputError(f"damaged ({error})", "export it again", where) from error

    def member(self, name: str) -> ArchiveMember:
        """A member as a source; it can be read while the archive is open."""
        return ArchiveMember(self, name, self._encoding, self._unpack_limit)

    def open(self, name: str) -> IO[bytes]:
        """Open a member for reading."""
        return self._zip.open(self._members[name])


class ArchiveMember(SourceFile):
    """A file in an archive.

    Args:
        archive: the archive.
        name: its name there.
        encoding: see ``SourceFile``.
        unpack_limit: see ``SourceFile``.
    """

    def __init__(
        self, archive: Archive, name: str, encoding: str = "", unpack_limit: int = 0
    ) -> None:
        super().__init__(archive.path / name, encoding, unpack_limit)
        self._archive = archive
        self._name = name

    def open(self) -> IO[bytes]:
        """Open it for reading bytes."""
        return io.BufferedReader(cast(io.RawIOBase, self._archive.open(self._name)))

    def sibling(self, suffix: str) -> SourceFile | None:
        """The file beside this one that differs only in its ending."""
        name = str(PurePosixPath(self._name).with_name(f"{self.stem}{suffix}"))
        return self._archive.member(name) if name in self._archive else None


def is_archive(path: Path) -> bool:
    """Whether a file is a ZIP archive, by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"
