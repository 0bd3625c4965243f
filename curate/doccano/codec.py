"""Documents and annotations to the rows of Doccano's import and from those of its export. Pure.

What the rows rest on:

- Doccano's pages count UTF-16 units, and its server keeps the offsets it is given.
- ``example_uuid`` becomes the example's unique key, so a row that is sent twice is refused.
- ``filename`` is searched by Doccano's pages, so that an address can name a document.
- Every other field becomes metadata. The export writes metadata at the top level of its rows, so
  these fields must not have the names of the export's own, and every row must have the same ones.
- Where there are relations, spans have ids: those of an import hold within its row, those of an
  export are the server's. Both serve only to find the spans that a relation joins.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from curate.doccano.project_types import SPANS, ProjectKind
from curate.errors import DocumentRefused, RemoteError
from curate.layers import REMOTE
from curate.model import Annotation, Category, Document, Example, Relation, Span
from curate.text.offsets import Utf16
from curate.util import jsonl

ID_FIELD = "curate_id"
META = ("title", "source", "published", "url")

Row = dict[str, Any]
"""A row of Doccano's files or of its API."""


def example_uuid(marker: str, document: str) -> str:
    """Unique key of a document in a project: always the same, shaped like a version 4 UUID.

    Doccano takes version 4 only, so the first 16 bytes of a SHA-256 get that version's bits
    (RFC 9562, section 5.4) in the place of version 8's.
    """
    name = hashlib.sha256(f"{marker}/{document}".encode()).digest()
    return str(uuid.UUID(bytes=name[:16], version=4))


def encode(
    document: Document, annotation: Annotation, marker: str, kind: ProjectKind = SPANS
) -> Row:
    """The import row of a document, with the annotation that people are to start from.

    Raises:
        DocumentRefused: a project of this kind cannot hold the annotation.
    """
    check_fits(annotation, kind)
    return {
        "text": document.text,
        **_label_columns(document.text, annotation, kind),
        "example_uuid": example_uuid(marker, document.id),
        "filename": document.id,
        **metadata(document),
    }


def metadata(document: Document, extra: tuple[str, ...] = ()) -> Row:
    """The metadata of an example: the id of its document, and what people are shown.

    Args:
        document: the document.
        extra: metadata fields to show beside the usual ones.
    """
    shown = {name: document.meta.get(name, "") for name in (*META, *extra)}
    return {ID_FIELD: document.id, **shown}


def _label_columns(text: str, annotation: Annotation, kind: ProjectKind) -> Row:
    units = Utf16(text).units
    spans = [(units(span.start), units(span.end), span.label) for span in annotation.spans]
    columns: Row = {}
    if kind.spans and kind.numbered:
        columns[kind.spans] = [
            {"id": index, "start_offset": start, "end_offset": end, "label": label}
            for index, (start, end, label) in enumerate(spans)
        ]
    elif kind.spans:
        columns[kind.spans] = [list(span) for span in spans]
    if kind.relations:
        # A relation to a span that Doccano drops would fail the whole file. That it is missing is
        # noticed when what was pushed is read back.
        kept = {annotation.spans[i].key: i for i in _kept_by_doccano(spans, kind.overlap)}
        columns[kind.relations] = [
            {"from_id": kept[item.head], "to_id": kept[item.tail], "type": item.label}
            for item in annotation.relations
            if item.head in kept and item.tail in kept
        ]
    if kind.categories:
        columns[kind.categories] = [category.label for category in annotation.categories]
    return columns


def _kept_by_doccano(spans: list[tuple[int, int, str]], overlap: bool) -> list[int]:
    """Indices of the spans that Doccano keeps.

    Read in 1.8.4, ``data_import/pipeline/labels.py``, ``clean``.
    """
    kept: list[int] = []
    last_end = -1
    for index in sorted(range(len(spans)), key=lambda index: spans[index][0]):
        start, end, _ = spans[index]
        if 0 <= start < end and (overlap or start >= last_end):
            kept.append(index)
            last_end = end
    return kept


def check_fits(annotation: Annotation, kind: ProjectKind) -> None:
    """Check that a project of this kind can hold an annotation without loss.

    Raises:
        DocumentRefused: a part of it would be lost there.
    """
    if not kind.holds(annotation):
        raise DocumentRefused(
            f"document {annotation.document} has annotations of a kind (spans, relations or "
            "categories) that the label schema does not have, so its project in Doccano cannot "
            "hold them",
            "add that kind to the schema, or remove these annotations from the gold",
        )
    if kind.exclusive and len(annotation.categories) > 1:
        raise DocumentRefused(
            f"document {annotation.document} has {len(annotation.categories)} categories, and the "
            "label schema says exclusive: Doccano would keep one of them",
            "remove all but one, or set exclusive: false",
        )


def decode(row: Row, confirmed: bool, kind: ProjectKind = SPANS) -> Example:
    """An example from a row of the export.

    Raises:
        RemoteError: the row does not come from a project of this kind.
    """
    try:
        document = str(row.get(ID_FIELD) or "")
        spans = _spans(row, kind)
        relations = [_relation(item, spans) for item in _column(row, kind.relations)]
        categories = [_category(label) for label in _column(row, kind.categories)]
        parts = (list(spans.values()), relations, categories)
        return Example(
            example=int(row["id"]),
            document=document,
            text_id=jsonl.document_id(row["text"]),
            annotation=Annotation(
                document=document,
                layer=REMOTE,
                spans=tuple(spans.values()),
                relations=tuple(relations),
                categories=tuple(categories),
            ).sorted(),
            confirmed=confirmed,
            doubled=any(len({item.key for item in part}) < len(part) for part in parts),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RemoteError(
            f"example {row.get('id', '?')} of the export cannot be read ({error!r})",
            f"check that the project is of the type {kind.type}, as the label schema needs it",
        ) from error


def _spans(row: Row, kind: ProjectKind) -> Mapping[int, Span]:
    """Spans by their ids in the row, or by their positions where it has no ids."""
    offsets = Utf16(row["text"])
    items = _column(row, kind.spans)
    if kind.numbered:
        return {
            int(item["id"]): to_span(
                offsets, item["start_offset"], item["end_offset"], item["label"]
            )
            for item in items
        }
    return {
        index: to_span(offsets, start, end, label)
        for index, (start, end, label) in enumerate(items)
    }


def _relation(item: Row, spans: Mapping[int, Span]) -> Relation:
    head, tail = spans[int(item["from_id"])], spans[int(item["to_id"])]
    return Relation(head.key, tail.key, str(item["type"]))


def _column(row: Row, name: str) -> list[Any]:
    items = row[name] if name else []
    if not isinstance(items, list):
        raise TypeError(f"{name} is not a list")
    return items


def _category(label: Any) -> Category:
    if not isinstance(label, str):
        raise TypeError(f"{label!r} is not a category")
    return Category(label)


def to_span(offsets: Utf16, start: Any, end: Any, label: Any) -> Span:
    """A span with the offsets of Doccano (UTF-16 units) converted to code points."""
    return Span(offsets.point(int(start)), offsets.point(int(end), end=True), str(label))
