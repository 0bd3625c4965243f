"""Format ``jsonl``: one JSON object per line. As curate writes it, nothing is lost.

Reading: one object per line, or an array of objects; ``rows`` describes the fields.

Writing: canonical JSON. Spans are objects with ``start``, ``end``, ``label`` and, where known,
``by``, ``at`` and ``score``; ``spans`` is null where nobody looked for any. A relation holds its
two spans as such objects, so that every field has one type on all lines, as pyarrow needs it. The
JSON reader of ``datasets`` guesses types from the first 10 MB, in which a list may be empty
everywhere, and writes dates in another form even if it is told that they are text; it is better
given Parquet, or ``curate.load(path).dataset()``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import read_objects
from curate.formats.reading import ReadItem, ReadOptions, read_each
from curate.formats.rows import COLUMNS, read_row
from curate.formats.source_file import SourceFile
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    ExportTally,
    GoldDocument,
    without_tombstones,
)
from curate.model import Category, Document, Record, Relation, Revision, Span
from curate.util import jsonl


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each object."""
    yield from read_each(
        read_objects(source), lambda row: read_row(row.value, row.where, row.text, options)
    )


def sniff(source: SourceFile) -> Evidence:
    """Whether the objects of a file have a text."""
    names = COLUMNS["text"]
    rows = sample_objects(source)
    has_text = any(isinstance(row.get(name), str) for row in rows for name in names)
    return Evidence.CONTAINER if has_text else Evidence.ENDING


class JsonlRelation(Record, frozen=True, kw_only=True):
    """A relation: its two spans, without their provenance, and its label."""

    head: Span
    tail: Span
    label: str
    by: str = ""
    at: str = ""


class JsonlRow(Record, frozen=True, kw_only=True, omit_defaults=False):
    """A line of the file; every field is always present.

    ``spans`` is None if nobody looked for spans, as where there are only categories.
    """

    id: str
    text: str
    lang: str
    meta: dict[str, str]
    spans: tuple[Span, ...] | None
    relations: tuple[JsonlRelation, ...]
    categories: tuple[Category, ...]
    revision: int
    confirmed_by: str


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        for line in jsonl.lines(_rows(documents, tally)):
            file.write(line)
    return tally.exported(target, "jsonl")


def _rows(documents: Iterable[GoldDocument], tally: ExportTally) -> Iterator[JsonlRow]:
    for document, revision in without_tombstones(documents):
        tally.documents += 1
        tally.spans += len(revision.spans)
        yield JsonlRow(
            id=document.id,
            text=document.text,
            lang=document.lang,
            meta=document.meta,
            spans=None if revision.categories_only else revision.spans,
            relations=tuple(
                JsonlRelation(
                    head=Span(*it.head), tail=Span(*it.tail), label=it.label, by=it.by, at=it.at
                )
                for it in revision.relations
            ),
            categories=revision.categories,
            revision=revision.number,
            confirmed_by=revision.confirmed_by,
        )


def gold_document(row: JsonlRow, schema: str) -> GoldDocument:
    """The document of a row with its gold, under the label schema ``<name>@<version>``."""
    return Document(id=row.id, text=row.text, lang=row.lang, meta=row.meta), Revision(
        document=row.id,
        number=row.revision,
        author="",
        at="",
        reason="",
        schema=schema,
        spans=row.spans or (),
        relations=tuple(
            Relation(it.head.key, it.tail.key, it.label, it.by, it.at) for it in row.relations
        ),
        categories=row.categories,
        categories_only=row.spans is None,
        confirmed_by=row.confirmed_by,
    )
