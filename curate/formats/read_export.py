"""An export read back as documents with their gold, as far as its format holds it."""

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
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.registry import FORMATS
from curate.formats.sidecar import ExportSidecar
from curate.formats.source_file import SourceFile
from curate.formats.sources import read_annotated, source_files
from curate.formats.writing import GoldDocument
from curate.model import unjudged
from curate.schema import Schema, schema_of_labels
from curate.util import jsonl


class ExportSurvey(NamedTuple):
    """What an export contains: its labels as a schema, and the split of each document in one."""

    schema: Schema
    splits: dict[str, str]


def survey_export(path: Path, sidecar: ExportSidecar) -> ExportSurvey:
    """Read an export once for its labels and splits."""
    spans: set[str] = set()
    relations: set[str] = set()
    categories: set[str] = set()
    splits: dict[str, str] = {}
    for split, (document, revision) in _documents_by_split(path, sidecar):
        spans.update(span.label for span in revision.spans)
        relations.update(relation.label for relation in revision.relations)
        categories.update(category.label for category in revision.categories)
        if split:
            splits[document.id] = split
    labels = map(sorted, (spans, relations, categories))
    return ExportSurvey(schema_of_labels(sidecar.schema, sidecar.language, *labels), splits)


def gold_documents(path: Path, sidecar: ExportSidecar) -> Iterator[GoldDocument]:
    """The documents of an export in their order.

    What the format does not hold has its default; the number of a revision is then 1.

    Raises:
        InputError: the format cannot be read back, or a line of it cannot.
    """
    return (pair for _, pair in _documents_by_split(path, sidecar))


def _documents_by_split(path: Path, sidecar: ExportSidecar) -> Iterator[tuple[str, GoldDocument]]:
    """The split of each document, empty if it is in none, and the document."""
    format, schema = sidecar.format, sidecar.schema
    if format == "jsonl":
        for row in jsonl.read(path, JsonlRow):
            yield "", gold_document(row, schema)
    elif format in ("parquet", "huggingface"):
        tables = sorted((path / "data" / TABLES[0]).rglob("*.parquet")) if path.is_dir() else [path]
        for table in tables:
            split = table.parent.name if path.is_dir() else ""
            for columns in parquet.read_rows(SourceFile(table)):
                document = gold_document(_jsonl_row(columns), schema)
                yield "" if split == UNASSIGNED else split, document
    elif format not in FORMATS or FORMATS[format].read is None:
        raise InputError(
            f"{format} cannot be read back", "load another format, such as jsonl", str(path)
        )
    else:
        for file in source_files([path], format):
            for item in read_annotated(file, format, ReadOptions(offsets=sidecar.offsets)):
                if isinstance(item, ReadDocument):
                    layer = next(iter(item.layers), None)
                    nothing = unjudged(item.document.id)
                    yield "", (item.document, layer.revision(schema=schema) if layer else nothing)
                elif item.severity == "error":
                    raise InputError(item.message, item.hint, item.where)


def _jsonl_row(columns: dict[str, Any]) -> JsonlRow:
    """A row of a table without the metadata that only other documents have."""
    meta = {name: value for name, value in (columns.get("meta") or {}).items() if value is not None}
    return msgspec.convert({**columns, "meta": meta}, JsonlRow)
