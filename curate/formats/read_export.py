"""Exported files read back as documents with their gold, as far as their format tells it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from curate.errors import InputError
from curate.formats import parquet
from curate.formats.huggingface import TABLES
from curate.formats.huggingface.tables import UNASSIGNED
from curate.formats.jsonl import JsonlRow, gold_document
from curate.formats.reading import ReadDocument
from curate.formats.registry import FORMATS
from curate.formats.sidecar import ExportSidecar
from curate.formats.source_file import SourceFile
from curate.formats.sources import files, read_annotated
from curate.formats.writing import GoldDocument
from curate.model import Annotation, Revision
from curate.schema import Schema, schema_of_labels
from curate.util import jsonl


class ExportSurvey(NamedTuple):
    """What is in an export: its labels as a schema, and the split of each document in one."""

    schema: Schema
    splits: dict[str, str]


def survey_export(path: Path, told: ExportSidecar) -> ExportSurvey:
    """Go through an export once."""
    labels: list[set[str]] = [set(), set(), set()]
    splits: dict[str, str] = {}
    for part, (document, revision) in _placed(path, told):
        labels[0].update(mark.label for mark in revision.spans)
        labels[1].update(mark.label for mark in revision.relations)
        labels[2].update(mark.label for mark in revision.categories)
        if part:
            splits[document.id] = part
    return ExportSurvey(schema_of_labels(told.schema, told.language, *map(sorted, labels)), splits)


def gold_documents(path: Path, told: ExportSidecar) -> Iterator[GoldDocument]:
    """The documents of an export in its order.

    What the format is without has its default: of a revision, the number is 1.

    Raises:
        InputError: the format cannot be read back, or a line of it cannot.
    """
    return (pair for _, pair in _placed(path, told))


def _placed(path: Path, told: ExportSidecar) -> Iterator[tuple[str, GoldDocument]]:
    """The documents, each with its split where it has one."""
    format, schema = told.format, told.schema
    if format == "jsonl":
        for row in jsonl.read(path, JsonlRow):
            yield "", gold_document(row, schema)
    elif format in ("parquet", "huggingface"):
        root = path / "data" / TABLES[0]
        for file in sorted(root.rglob("*.parquet")) if path.is_dir() else [path]:
            part = file.parent.name if path.is_dir() else ""
            for found in parquet.read_rows(SourceFile(file)):
                yield (
                    "" if part == UNASSIGNED else part,
                    gold_document(_row(found), schema),
                )
    elif format not in FORMATS or FORMATS[format].read is None:
        raise InputError(
            f"{format} cannot be read back", "load another format, such as jsonl", str(path)
        )
    else:
        yield from (("", pair) for pair in _annotated(path, format, schema))


def _row(found: dict[str, Any]) -> JsonlRow:
    meta = {name: value for name, value in (found.get("meta") or {}).items() if value is not None}
    return msgspec.convert({**found, "meta": meta}, JsonlRow)


def _annotated(path: Path, reader: str, schema: str) -> Iterator[GoldDocument]:
    for file in files([path], reader):
        for item in read_annotated(file, reader):
            if isinstance(item, ReadDocument):
                yield item.document, _revision(item, schema)
            elif item.severity == "error":
                raise InputError(item.message, item.hint, item.where)


def _revision(item: ReadDocument, schema: str) -> Revision:
    said = item.layers[0] if item.layers else Annotation(document=item.document.id, layer="gold")
    return said.revision(schema=schema)
