"""A source file or the standard input: bytes, decompressed as they are read, and their lines."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

from curate.errors import InputError
from curate.formats.streams import decompressed, regular_file, shown

STDIN = "-"
COMPRESSED = (".gz", ".zst", ".zstd")
HEAD_SIZE = 64 * 1024  # bytes that are looked at to detect a format
_UNDECODABLE = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of such bytes

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class SourceFile:
    """A file, or the standard input.

    Args:
        path: the file; ``-`` is the standard input, which can be read once.
        encoding: encoding of its bytes; if empty, the byte order mark decides, and without one it
            is UTF-8.
        unpack_limit: megabytes that a compressed file may unpack to; by default 100 times its size.

    Raises:
        InputError: there is no such encoding.
    """

    def __init__(self, path: Path, encoding: str = "", unpack_limit: int = 0) -> None:
        if encoding:
            _check_encoding(encoding)
        self.path = path
        self.unpack_limit = unpack_limit
        self._encoding = encoding
        self._input: io.BufferedReader | None = None
        self.samples: dict[str, Any] = {}  # of ``curate.formats.content``, each taken once

    def __str__(self) -> str:
        return "standard input" if self.is_stdin else shown(self.path)

    @property
    def is_stdin(self) -> bool:
        """Whether it is the standard input."""
        return str(self.path) == STDIN

    @cached_property
    def ending(self) -> str:
        """The ending of its name in lower case, ignoring that of a compression."""
        return ending(self.path)

    @property
    def stem(self) -> str:
        """The name without its ending and without that of a compression."""
        name = self.path.name
        for suffix in COMPRESSED:
            name = name.removesuffix(suffix)
        return Path(name).stem

    def forget(self) -> None:
        """Drop what is kept of its content, so that many sources can be held in memory."""
        self.samples.clear()
        for name in ("head", "head_text"):
            self.__dict__.pop(name, None)

    def location(self, line: int) -> str:
        """File and line, in the form in which problems name them."""
        return f"{self}:{line}"

    def sibling(self, suffix: str) -> SourceFile | None:
        """The file beside this one that differs only in its ending, compressed or not."""
        for compression in ("", *COMPRESSED):
            path = self.path.with_name(f"{self.stem}{suffix}{compression}")
            if path.is_file():
                return SourceFile(path, self._encoding, self.unpack_limit)
        return None

    def open(self) -> IO[bytes]:
        """Open it for reading bytes; compression is detected by its first bytes.

        Raises:
            InputError: the standard input was read before.
            OSError: the file cannot be opened.
            UnpackError: while reading, if it unpacks to more than its bound.
        """
        file = self._raw()
        size = 0 if self.is_stdin else os.fstat(file.fileno()).st_size
        return decompressed(file, size, self.unpack_limit)

    def data(self) -> bytes:
        """All of its bytes, decompressed."""
        with self.open() as file:
            return file.read()

    @cached_property
    def head(self) -> bytes:
        """Its first bytes, to detect the format; empty for the standard input."""
        if self.is_stdin:
            return b""
        with self.open() as file:
            return file.read(HEAD_SIZE)

    @cached_property
    def head_text(self) -> str:
        """Its first bytes as text, for the detection; undecodable bytes are replaced."""
        name = self._encoding or bom_encoding(self.head[:4]) or "utf-8"
        return self.head.decode(name, "replace")

    @cached_property
    def _ends_with_cr(self) -> bool:
        """Whether its lines end with CR alone, as on the first Macintoshes."""
        return "\r" in self.head_text and "\n" not in self.head_text

    def text(self) -> str:
        """All of it as text. A byte order mark stays in it, since the normalisation records it.

        Raises:
            ValueError: the bytes are in another encoding; the message names byte and line.
        """
        return decode(self.data(), self._encoding)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Its lines with their numbers, counted from 1, without their ends.

        They end with LF or CRLF; in a file that has none of these, with CR.

        A byte that does not belong to the encoding becomes half a surrogate pair, so that one bad
        line does not affect the others; ``is_undecodable`` finds it.
        """
        with self.open() as file:
            buffered = cast(io.BufferedReader, file)
            encoding = self._encoding or bom_encoding(buffered.peek(4)) or "utf-8"
            end = "\r" if self._ends_with_cr else "\n"
            stream = io.TextIOWrapper(buffered, encoding, "surrogateescape", newline=end)
            for number, line in enumerate(stream, 1):
                yield number, line.removesuffix("\n").removesuffix("\r")

    def chunks(self) -> Generator[str, None, None]:
        """Its text in pieces of about a megabyte, with undecodable bytes as in ``lines``.

        CR becomes LF where it ends lines.
        """
        with self.open() as file:
            buffered = cast(io.BufferedReader, file)
            encoding = self._encoding or bom_encoding(buffered.peek(4)) or "utf-8"
            stream = io.TextIOWrapper(buffered, encoding, "surrogateescape", newline="")
            while chunk := stream.read(1 << 20):
                yield chunk.replace("\r", "\n") if self._ends_with_cr else chunk

    def _raw(self) -> io.BufferedReader:
        if not self.is_stdin:
            return regular_file(self.path).open("rb")
        if self._input is not None:
            raise InputError("the standard input can be read only once", "write it to a file first")
        self._input = cast(io.BufferedReader, sys.stdin.buffer)
        return self._input


def ending(path: Path) -> str:
    """The ending of a file's name in lower case, ignoring that of a compression."""
    name = path.name.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    return Path(name).suffix


def bom_encoding(head: bytes) -> str:
    """The encoding that a byte order mark stands for, empty if there is none."""
    # A mark with nothing after it, such as FF FE alone, is not text in that encoding either.
    marks = (name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark) and len(head) > 2)
    return next(marks, "")


def decode(data: bytes, encoding: str = "") -> str:
    """Bytes as text, with a byte order mark of UTF-8 left in it.

    Raises:
        ValueError: they are in another encoding; the message names byte and line.
    """
    marked = bom_encoding(data[:4]) if not encoding else ""
    name = encoding or ("utf-8" if marked == "utf-8-sig" else marked) or "utf-8"
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise ValueError(f"not {name.upper()}: byte {byte:#04x} in line {line}") from error


def _check_encoding(name: str) -> None:
    try:
        is_text = codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise InputError(
            f"there is no encoding {name!r}", "use one that Python knows, such as latin-1"
        )


def is_undecodable(line: str) -> bool:
    """Whether a line of ``SourceFile.lines`` has bytes of another encoding."""
    return _UNDECODABLE.search(line) is not None
