"""Source files to documents. Readers are generators behind one small registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from curate import jsonl
from curate.errors import InputError
from curate.ingest.normalise import normalise
from curate.model import Document, Problem

Item = Document | Problem
Reader = Callable[[Path, str], Iterator[Item]]


def read(path: Path, lang: str, name: str | None = None) -> Iterator[Item]:
    """Documents of one source file; what is refused comes out as a Problem and the rest goes on.

    Args:
        path: the file; its ending says what it is.
        lang: language of documents that do not name theirs.
        name: how the file is called in the documents' metadata; the file's name by default.

    Raises:
        InputError: no reader knows this ending.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(READERS))
        raise InputError("no reader for this kind of file", f"give one of {known}", str(path))
    for item in reader(path, lang):
        if isinstance(item, Document):
            item = msgspec.structs.replace(item, meta={**item.meta, "file": name or path.name})
        yield item


def files(sources: list[Path]) -> Iterator[Path]:
    """The files behind paths: a folder stands for the files in it that a reader knows, sorted.

    Raises:
        InputError: a path does not exist.
    """
    for source in sources:
        if source.is_dir():
            yield from sorted(p for p in source.rglob("*") if p.suffix.lower() in READERS)
        elif source.exists():
            yield source
        else:
            raise InputError("no such file", "check the path", str(source))


def _read_txt(path: Path, lang: str) -> Iterator[Item]:
    try:
        raw = _decode(path.read_bytes())
    except (OSError, ValueError) as error:
        yield _refusal(str(path), f"{error}")
        return
    yield make(raw, {}, lang, str(path))


def _read_jsonl(path: Path, lang: str) -> Iterator[Item]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _json_line(line, lang, f"{path}:{number}")


def _json_line(line: bytes, lang: str, where: str) -> Item:
    try:
        row: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _refusal(where, f"not a JSON object ({error})")
    text = row.pop("text", None)
    if not isinstance(text, str):
        return _refusal(where, "the field text is missing or is no string")
    found = row.pop("lang", None) or lang
    meta = {key: _plain(value) for key, value in row.items() if value not in (None, "", [], {})}
    return make(text, meta, str(found), where)


READERS: dict[str, Reader] = {".txt": _read_txt, ".jsonl": _read_jsonl}


def make(raw: str, meta: dict[str, str], lang: str, where: str) -> Item:
    """A document from a raw text, or the problem that stands in its way."""
    if "\x00" in raw:
        return _refusal(where, "not a text: it has NUL characters")
    if any("\ud800" <= char <= "\udfff" for char in raw):
        return _refusal(where, "not a text: it has half a surrogate pair")
    text, changed = normalise(raw)
    if not text:
        return _refusal(where, "empty: no text in it")
    title = meta.get("title") or _title(text)
    found = {**meta, "title": title, "normalised": ",".join(changed)}
    kept = {key: value for key, value in found.items() if value}
    return Document(id=jsonl.document_id(text), text=text, lang=lang, meta=kept)


def _title(text: str) -> str:
    """The first line, where a blank line follows it."""
    lines = text.split("\n", 2)
    return lines[0] if len(lines) == 3 and not lines[1] else ""


def _decode(data: bytes) -> str:
    if not data.strip():
        raise ValueError("empty: no text in it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"not UTF-8: byte {data[error.start]:#04x} in line {line}") from error


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else jsonl.canonical(value).decode("utf-8")


def _refusal(where: str, message: str) -> Problem:
    cure = "mend the source and ingest it again"
    return Problem(code="ingest.refused", message=message, where=where, cure=cure)
