"""The lines of ``annotations/``, read as bytes, and what is wrong with their layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from curate.model import Annotation, Assignment, Document, Entry, Problem, Revision
from curate.release import entry_digest, released_version
from curate.util import jsonl

Row = Document | Revision | Assignment | Annotation
Key = tuple[str, str | int]

HINT = "restore the file from version control"

KINDS: dict[str, type[Row]] = {
    "documents": Document,
    "gold": Revision,
    "history": Revision,
    "tasks": Assignment,
    "layers": Annotation,
}
"""The folders of ``annotations/`` whose files are JSON Lines, and what a line of each is."""


class CorpusLine(NamedTuple):
    """A line that could be read: place, key, value, and its bytes without the line end."""

    where: str
    key: Key
    row: Row
    data: bytes


def key_of(row: Row) -> Key:
    """The key of a line: lines are sorted by it, and each key occurs once in a file."""
    if isinstance(row, Document):
        return row.id, 0
    if isinstance(row, Revision):
        return row.document, row.number
    return row.document, row.layer if isinstance(row, Annotation) else 0


def shards(folder: Path) -> list[str]:
    """Names of all shards of a corpus, sorted."""
    return sorted({path.name for kind in KINDS for path in (folder / kind).glob("*.jsonl")})


def scan(folder: Path, kind: str, shard: str) -> Iterator[CorpusLine | Problem]:
    """The lines of one file and the problems of its layout, in the order of the lines."""
    path = folder / kind / shard
    if not path.exists():
        return
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        yield problem("bytes", "the last line has no line end", where(path, data.count(b"\n") + 1))
    decoder = msgspec.json.Decoder(KINDS[kind])
    before: Key | None = None
    for number, line in enumerate(data.removesuffix(b"\n").split(b"\n"), 1):
        place = where(path, number)
        try:
            row = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            yield problem("line", f"not a valid {KINDS[kind].__name__.lower()} ({error})", place)
            continue
        here = key_of(row)
        yield from _wrong(row, here, before, line, place, shard)
        yield CorpusLine(place, here, row, line)
        before = here


def released_line(document: CorpusLine, revision: CorpusLine, entry: Entry) -> Document | None:
    """The document as a release holds it, from the bytes of the lines; None if they differ.

    Where the language was corrected since, the line as it was before is written again.
    """
    if not (isinstance(document.row, Document) and isinstance(revision.row, Revision)):
        return None
    if entry_digest(document.data, revision.data) == entry.digest:
        return document.row
    if revision.data != jsonl.canonical(revision.row):
        return None
    return released_version(document.row, revision.row, entry)


def where(path: Path, number: int = 0) -> str:
    """A file of the corpus and a line in it, as in ``annotations/gold/1a.jsonl:3``."""
    name = "/".join(path.parts[-3:])
    return f"{name}:{number}" if number else name


def problem(code: str, message: str, place: str = "", document: str = "") -> Problem:
    """A problem with the code ``verify.<code>``."""
    return Problem(
        code=f"verify.{code}", message=message, where=place, document=document, hint=HINT
    )


def label(key: Key) -> str:
    """A key in a message: ``1a2e…@3``."""
    return f"{key[0]}@{key[1]}" if key[1] else key[0]


def _wrong(
    row: Row, here: Key, before: Key | None, line: bytes, place: str, shard: str
) -> Iterator[Problem]:
    if line != jsonl.canonical(row):
        yield problem("bytes", f"{label(here)} is not in canonical form", place)
    if here[0][:2] != shard.removesuffix(".jsonl"):
        yield problem("shard", f"{label(here)} belongs in {here[0][:2]}.jsonl", place)
    if before is not None and here == before:
        yield problem("twice", f"{label(here)} occurs twice", place)
    elif before is not None and here < before:
        yield problem("order", f"{label(here)} comes after {label(before)}", place)
    if isinstance(row, Document) and jsonl.document_id(row.text) != row.id:
        yield problem("text", "its text does not match its id", place, row.id)
