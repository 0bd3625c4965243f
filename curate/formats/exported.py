"""Exported files read back as documents with their gold, as far as their format tells it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from curate.errors import InputError
from curate.formats.readers import Found, files, parquet, read_annotated
from curate.formats.readers.source import Source
from curate.formats.writers import json_lines
from curate.formats.writers.checking import Account
from curate.formats.writers.common import Pair
from curate.formats.writers.huggingface import TABLES
from curate.formats.writers.huggingface.tables import REST
from curate.formats.writers.json_lines import Row
from curate.model import Annotation, Revision
from curate.schema import Schema, bare
from curate.util import jsonl

READERS = {"biluo": "conll", "conll-lines": "conll"}
"""Readers of formats that have another name to those who read them."""
UNREAD = ("spacy-json", "web-annotation")
"""Formats that nothing here reads."""


class Survey(NamedTuple):
    """What is in an export: its labels as a schema, and the split of each document in one."""

    schema: Schema
    splits: dict[str, str]


def survey(path: Path, told: Account) -> Survey:
    """Go through an export once."""
    labels: list[set[str]] = [set(), set(), set()]
    splits: dict[str, str] = {}
    for part, (document, revision) in _placed(path, told):
        labels[0].update(mark.label for mark in revision.spans)
        labels[1].update(mark.label for mark in revision.relations)
        labels[2].update(mark.label for mark in revision.categories)
        if part:
            splits[document.id] = part
    return Survey(bare(told.schema, told.language, *map(sorted, labels)), splits)


def pairs(path: Path, told: Account) -> Iterator[Pair]:
    """The documents of an export in its order.

    What the format is without has its default: of a revision, the number is 1.

    Raises:
        InputError: the format cannot be read back, or a line of it cannot.
    """
    return (pair for _, pair in _placed(path, told))


def _placed(path: Path, told: Account) -> Iterator[tuple[str, Pair]]:
    """The documents, each with its split where it has one."""
    format, schema = told.format, told.schema
    if format in UNREAD:
        raise InputError(
            f"{format} cannot be read back", "load another format, such as jsonl", str(path)
        )
    if format == "jsonl":
        for row in jsonl.read(path, Row):
            yield "", json_lines.pair(row, schema)
    elif format in ("parquet", "huggingface"):
        root = path / "data" / TABLES[0]
        for file in sorted(root.rglob("*.parquet")) if path.is_dir() else [path]:
            part = file.parent.name if path.is_dir() else ""
            for found in parquet.table(Source(file)):
                yield "" if part == REST else part, json_lines.pair(_row(found), schema)
    else:
        yield from (("", pair) for pair in _annotated(path, READERS.get(format, format), schema))


def _row(found: dict[str, Any]) -> Row:
    meta = {name: value for name, value in (found.get("meta") or {}).items() if value is not None}
    return msgspec.convert({**found, "meta": meta}, Row)


def _annotated(path: Path, reader: str, schema: str) -> Iterator[Pair]:
    for file in files([path], reader):
        for item in read_annotated(file, reader):
            if isinstance(item, Found):
                yield item.document, _revision(item, schema)
            elif item.severity == "error":
                raise InputError(item.message, item.hint, item.where)


def _revision(item: Found, schema: str) -> Revision:
    said = item.layers[0] if item.layers else Annotation(document=item.document.id, layer="gold")
    return said.revision(schema=schema)
