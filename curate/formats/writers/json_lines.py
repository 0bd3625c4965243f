"""Format ``jsonl``: one canonical JSON object a line, and nothing lost.

Spans are objects with ``start``, ``end``, ``label`` and, where known, ``by``, ``at``, ``score``.
A relation names its spans as such objects too, so that every field has one type on all lines and
readers that infer columns (pyarrow, datasets) accept the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from curate.formats.writers.common import Exported, Job, Pair, Tally, living
from curate.formats.writers.files import replacing
from curate.model import Category, Document, Record, Relation, Revision, Span, SpanKey
from curate.util import jsonl


class Arrow(Record, frozen=True, kw_only=True):
    """A relation: its two spans (without who made them) and its label."""

    head: Span
    tail: Span
    label: str
    by: str = ""
    at: str = ""


class Row(Record, frozen=True, kw_only=True, omit_defaults=False):
    """A line of the file; every field is always there."""

    id: str
    text: str
    lang: str
    meta: dict[str, str]
    spans: tuple[Span, ...]
    relations: tuple[Arrow, ...]
    categories: tuple[Category, ...]
    revision: int
    confirmed_by: str


def write(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write the file; see ``curate.formats.writers.write``."""
    tally = job.tally()
    with replacing(target) as file:
        for line in jsonl.lines(_rows(pairs, tally)):
            file.write(line)
    return tally.exported(target, "jsonl")


def _rows(pairs: Iterable[Pair], tally: Tally) -> Iterable[Any]:
    for document, revision in living(pairs):
        tally.documents += 1
        tally.spans += len(revision.spans)
        yield _row(document, revision)


def _row(document: Document, revision: Revision) -> Row:
    return Row(
        id=document.id,
        text=document.text,
        lang=document.lang,
        meta=document.meta,
        spans=revision.spans,
        relations=tuple(
            Arrow(head=_end(it.head), tail=_end(it.tail), label=it.label, by=it.by, at=it.at)
            for it in revision.relations
        ),
        categories=revision.categories,
        revision=revision.number,
        confirmed_by=revision.confirmed_by,
    )


def pair(row: Row, schema: str) -> Pair:
    """A row as a document with its gold, as far as it tells it, under ``<name>@<version>``."""
    return Document(id=row.id, text=row.text, lang=row.lang, meta=row.meta), Revision(
        document=row.id,
        number=row.revision,
        author="",
        at="",
        reason="",
        schema=schema,
        spans=row.spans,
        relations=tuple(
            Relation(it.head.key, it.tail.key, it.label, it.by, it.at) for it in row.relations
        ),
        categories=row.categories,
        confirmed_by=row.confirmed_by,
    )


def _end(key: SpanKey) -> Span:
    return Span(*key)
