"""Streams of bytes behind a source file: decompressed within a bound, and pipes that are kept."""

from __future__ import annotations

import atexit
import gzip
import io
import os
import shutil
import stat
import tempfile
import zlib
from pathlib import Path
from typing import IO, Any, cast

GZIP = b"\x1f\x8b"
ZSTANDARD = b"\x28\xb5\x2f\xfd"
MEGABYTE = 1 << 20
UNPACK_FLOOR = 200  # megabytes that any compressed file may have
UNPACK_RATIO = 100  # times the compressed size; text rarely shrinks to less than a thirtieth
_COMPRESSED_READ = 4096  # bytes at once; Zstandard makes at most 32,768 of one


class UnpackError(OSError):
    """A compressed file unpacks to more than it should."""


def unpack_bound(size: int, megabytes: int) -> int:
    """How many bytes a compressed file may unpack to.

    Args:
        size: bytes of the compressed file.
        megabytes: the bound that was asked for; if 0, 100 times the size, but at least 200 MB.
    """
    if megabytes:
        return megabytes * MEGABYTE
    return max(UNPACK_FLOOR * MEGABYTE, UNPACK_RATIO * size)


def check_bound(unpacked: int, bound: int) -> None:
    """Check that what a file unpacks to is within its bound, both in bytes.

    Raises:
        UnpackError: it is not.
    """
    if unpacked > bound:
        raise UnpackError(f"it unpacks to more than {bound // MEGABYTE:,} MB")


def decompressed(file: io.BufferedReader, size: int, megabytes: int = 0) -> IO[bytes]:
    """A stream of the decompressed bytes of a file, or the file itself if it is not compressed.

    Args:
        file: the file, which closes with the stream.
        size: its bytes.
        megabytes: see :func:`unpack_bound`.
    """
    head = file.peek(4)[:4]
    if head[:2] == GZIP:
        packed: Any = _Gzip(file)
    elif head == ZSTANDARD:
        packed = _Zstandard(file)
    else:
        return file
    return io.BufferedReader(_Bounded(packed, unpack_bound(size, megabytes)), MEGABYTE // 8)


def check_unpacked(data: bytes, megabytes: int = 0) -> None:
    """Check that data of zlib, which a library unpacks at once, unpacks to no more than its bound.

    Args:
        data: the data; whether it is damaged is left to the library.
        megabytes: see :func:`unpack_bound`.

    Raises:
        UnpackError: it does.
    """
    bound = unpack_bound(len(data), megabytes)
    unpacked, rest, decompressor = 0, data, zlib.decompressobj()
    try:
        while rest and not decompressor.eof:
            unpacked += len(decompressor.decompress(rest, MEGABYTE))
            rest = decompressor.unconsumed_tail
            check_bound(unpacked, bound)
    except zlib.error:
        return


class _Bounded(io.RawIOBase):
    """A stream that ends with an error once it has given more than a number of bytes."""

    def __init__(self, stream: Any, bound: int) -> None:
        self._stream = stream
        self._bound = bound
        self._read = 0

    def readable(self) -> bool:
        """Whether it can be read, which it can."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer.

        Raises:
            UnpackError: it gave more than its bound.
        """
        count = int(self._stream.readinto(buffer))
        self._read += count
        check_bound(self._read, self._bound)
        return count

    def close(self) -> None:
        """Close the stream as well."""
        self._stream.close()
        super().close()


class _Gzip(gzip.GzipFile):
    """A gzip stream that closes the file it reads from."""

    def __init__(self, file: io.BufferedReader) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._file = file

    def close(self) -> None:
        """Close the file as well."""
        super().close()
        self._file.close()


class _Zstandard(io.RawIOBase):
    """A Zstandard stream; unlike the reader of the library, it reports a truncated file."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._decompressor: Any = None
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read, which it can."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Decompress into a buffer.

        Raises:
            OSError: the file is damaged or truncated.
        """
        while not self._rest:
            compressed = self._file.read(_COMPRESSED_READ)
            if not compressed:
                if self._decompressor is not None:
                    raise OSError("the file is truncated")
                return 0
            self._rest = memoryview(self._decompress(compressed))
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def close(self) -> None:
        """Close the file as well."""
        self._file.close()
        super().close()

    def _decompress(self, compressed: bytes) -> bytes:
        import zstandard

        data = b""
        while compressed:  # a file may consist of several frames
            self._decompressor = self._decompressor or zstandard.ZstdDecompressor().decompressobj()
            try:
                data += self._decompressor.decompress(compressed)
            except zstandard.ZstdError as error:
                raise OSError(f"the file is damaged ({error})") from error
            compressed = self._decompressor.unused_data if self._decompressor.eof else b""
            self._decompressor = None if self._decompressor.eof else self._decompressor
        return data


_spools: dict[tuple[int, int], Path] = {}
"""Copies of pipes by device and inode; a pipe can be read once, and sources are read repeatedly."""


def regular_file(path: Path) -> Path:
    """The path itself, or a copy of what it gives if it is a pipe, such as ``<(…)`` of a shell.

    Raises:
        OSError: it cannot be read.
    """
    try:
        status = path.stat()
    except OSError:
        return path  # the caller reports what is wrong with it
    if not (stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode)):
        return path
    key = (status.st_dev, status.st_ino)
    if key not in _spools:
        descriptor, name = tempfile.mkstemp(prefix="curate-pipe-")
        atexit.register(Path(name).unlink, missing_ok=True)
        with path.open("rb") as pipe, os.fdopen(descriptor, "wb") as copy:
            shutil.copyfileobj(cast(IO[bytes], pipe), copy)
        _spools[key] = Path(name)
    return _spools[key]


def shown(path: Path) -> str:
    """The name of a file for people; bytes that are not UTF-8 are written as ``\\xe9``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
