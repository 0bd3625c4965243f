"""Canonical JSON: one value, one sequence of bytes; and JSON Lines read with line numbers.

The canonical form follows RFC 8785 in sorted keys, no white space, and UTF-8 without escapes. The
only floating point numbers in files with a digest are scores, which msgspec writes in their
shortest form.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from curate.errors import InputError
from curate.util import digests

T = TypeVar("T")


def canonical(value: Any) -> bytes:
    """Encode a value as canonical JSON bytes."""
    return msgspec.json.encode(value, order="sorted")


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes of a value, as 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def document_id(text: str) -> str:
    """Id of the document with this (normalised) text: 16 hex digits of its SHA-256 in UTF-8."""
    return digests.of_text(text)[:16]


def lines(values: Iterable[Any]) -> Iterator[bytes]:
    """Encode values as the lines of a canonical JSON Lines file."""
    for value in values:
        yield canonical(value) + b"\n"


def read(path: Path, kind: type[T]) -> Iterator[T]:
    """Decode each line of a JSON Lines file; blank lines are skipped.

    Raises:
        InputError: a line is not a ``kind``; the message names file and line.
    """
    decoder = msgspec.json.Decoder(kind)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield decoder.decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise InputError(
                        f"not a valid {kind.__name__.lower()} ({error})",
                        "restore the file from version control",
                        where=f"{path}:{number}",
                    ) from error


def load(path: Path, kind: type[T], hint: str) -> T | None:
    """Decode a file that holds one value; None if there is no such file.

    Raises:
        InputError: it is not a ``kind``; the message names the file.
    """
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"damaged ({error})", hint, str(path)) from error


def write(path: Path, data: bytes) -> bool:
    """Write a file whole or not at all; leave it alone if it holds these bytes already.

    Returns:
        Whether the file changed.
    """
    if path.exists() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True
