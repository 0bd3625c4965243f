"""A source: bytes with a name, decompressed as they are read, and their lines with numbers."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

from curate.errors import InputError

STDIN = "-"
COMPRESSED = (".gz", ".zst", ".zstd")
HEAD_SIZE = 64 * 1024
_FOREIGN = re.compile("[\udc80-\udcff]")  # bytes of another encoding, by surrogateescape

_MARKS = (
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
        encoding: of its bytes, empty for what a byte order mark says, or else UTF-8.
    """

    def __init__(self, path: Path, encoding: str = "") -> None:
        self.path = path
        self._encoding = encoding
        self._input: io.BufferedReader | None = None

    def __str__(self) -> str:
        return "standard input" if self.is_input else str(self.path)

    @property
    def is_input(self) -> bool:
        """Whether it is the standard input."""
        return str(self.path) == STDIN

    @property
    def ending(self) -> str:
        """The ending of its name in lower case, without that of a compression."""
        return ending(self.path)

    @property
    def stem(self) -> str:
        """The name without ending, and without that of a compression."""
        name = self.path.name
        for suffix in COMPRESSED:
            name = name.removesuffix(suffix)
        return Path(name).stem

    def at(self, line: int) -> str:
        """File and line, as problems name them."""
        return f"{self}:{line}"

    def sibling(self, suffix: str) -> SourceFile | None:
        """The file beside this one that differs in its ending only, packed or not."""
        for packed in ("", *COMPRESSED):
            path = self.path.with_name(f"{self.stem}{suffix}{packed}")
            if path.is_file():
                return SourceFile(path, self._encoding)
        return None

    def open(self) -> IO[bytes]:
        """Its bytes from the beginning, decompressed. What is packed is told by its first bytes.

        Raises:
            InputError: the standard input was read before.
            OSError: the file cannot be opened.
        """
        file = self._raw()
        head = file.peek(4)[:4]
        if head[:2] == b"\x1f\x8b":
            return cast(IO[bytes], _Gzip(file))
        if head == b"\x28\xb5\x2f\xfd":
            return io.BufferedReader(_Zstandard(file))
        return file

    def data(self) -> bytes:
        """All of its bytes, decompressed."""
        with self.open() as file:
            return file.read()

    @cached_property
    def head(self) -> bytes:
        """Its first bytes, to tell what it is; of the standard input nothing is known before."""
        if self.is_input:
            return b""
        with self.open() as file:
            return file.read(HEAD_SIZE)

    def text(self) -> str:
        """All of it as text, a byte order mark left in for the normalisation to note.

        Raises:
            ValueError: the bytes are in another encoding; the message names byte and line.
        """
        return decode(self.data(), self._encoding)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Its lines with their numbers from 1, ended by LF or CRLF alone, without their ends.

        A byte that does not belong to the encoding becomes half a surrogate pair, so that one bad
        line costs no other; ``no_text`` and ``broken`` tell it.
        """
        with self.open() as file:
            buffered = cast(io.BufferedReader, file)
            encoding = self._encoding or bom_encoding(buffered.peek(4)) or "utf-8"
            stream = io.TextIOWrapper(buffered, encoding, "surrogateescape", newline="\n")
            for number, line in enumerate(stream, 1):
                yield number, line.removesuffix("\n").removesuffix("\r")

    def chunks(self) -> Generator[str, None, None]:
        """Its text in pieces of about a megabyte."""
        with self.open() as file:
            buffered = cast(io.BufferedReader, file)
            encoding = self._encoding or bom_encoding(buffered.peek(4)) or "utf-8"
            stream = io.TextIOWrapper(buffered, encoding, "surrogateescape", newline="")
            while chunk := stream.read(1 << 20):
                yield chunk

    def _raw(self) -> io.BufferedReader:
        if not self.is_input:
            return self.path.open("rb")
        if self._input is not None:
            raise InputError("standard input can be read once", "write it to a file first")
        self._input = cast(io.BufferedReader, sys.stdin.buffer)
        return self._input


class _Gzip(gzip.GzipFile):
    """What is packed with gzip; it closes the file it reads from."""

    def __init__(self, file: io.BufferedReader) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._file = file

    def close(self) -> None:
        """Close the file as well."""
        super().close()
        self._file.close()


class _Zstandard(io.RawIOBase):
    """What is packed with Zstandard; unlike the library's own reader it tells a cut off file."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._unpacker: Any = None
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Unpack into a buffer.

        Raises:
            OSError: the file is damaged or cut off.
        """
        while not self._rest:
            packed = self._file.read(1 << 16)
            if not packed:
                if self._unpacker is not None:
                    raise OSError("the file is cut off")
                return 0
            self._rest = self._unpacked(packed)
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def close(self) -> None:
        """Close the file as well."""
        self._file.close()
        super().close()

    def _unpacked(self, packed: bytes) -> bytes:
        import zstandard

        found = b""
        while packed:  # frames may follow one another
            self._unpacker = self._unpacker or zstandard.ZstdDecompressor().decompressobj()
            try:
                found += self._unpacker.decompress(packed)
            except zstandard.ZstdError as error:
                raise OSError(f"the file is damaged ({error})") from error
            packed = self._unpacker.unused_data if self._unpacker.eof else b""
            self._unpacker = None if self._unpacker.eof else self._unpacker
        return found


def ending(path: Path) -> str:
    """The ending of a file's name in lower case, without that of a compression."""
    name = path.name.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    return Path(name).suffix


def bom_encoding(head: bytes) -> str:
    """The encoding that a byte order mark at the beginning names, empty if there is none."""
    # A mark with nothing after it, such as FF FE alone, is no text in that encoding either.
    return next((name for sign, name in _MARKS if head.startswith(sign) and len(head) > 2), "")


def decode(data: bytes, encoding: str = "") -> str:
    """Bytes as text.

    Raises:
        ValueError: they are in another encoding; the message names byte and line.
    """
    found = bom_encoding(data[:4]) if not encoding else ""
    name = encoding or ("utf-8" if found == "utf-8-sig" else found) or "utf-8"
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        told = name.upper()
        byte = data[error.start]
        raise ValueError(f"not {told}: byte {byte:#04x} in line {line}") from error
    except LookupError as error:
        raise InputError(f"there is no encoding {encoding!r}", "name one Python knows") from error


def is_undecodable(line: str) -> bool:
    """Whether a line of ``Source.lines`` had bytes of another encoding."""
    return _FOREIGN.search(line) is not None
