"""Documents and annotations to the rows of Doccano's import and from those of its export. Pure.

What the rows rest on: Doccano's pages count UTF-16 units and its server keeps the numbers it is
given; ``example_uuid`` becomes the example's unique key, so that a row sent twice is refused and
not doubled; ``filename`` is searched by its pages, so that an address can name a document; every
other field becomes metadata, and the export writes metadata fields at the top level of its rows, so
that they must not take the export's own names, and every row must have the same ones. Where there
are relations, spans have numbers: those of an import hold within its row, those of an export are
the server's. Both serve only to find the spans that a relation joins.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from curate.doccano.project_types import SPANS, ProjectKind
from curate.errors import RemoteError
from curate.layers import REMOTE
from curate.model import Annotation, Category, Document, Example, Relation, Span
from curate.text.offsets import Utf16
from curate.util import jsonl

ID_FIELD = "curate_id"
META = ("title", "source", "published", "url")


def example_uuid(marker: str, document: str) -> str:
    """Unique key of a document in a project: always the same, shaped like a version 4 UUID.

    Doccano takes version 4 only, so the first 16 bytes of a SHA-256 get that version's bits
    (RFC 9562, section 5.4) in the place of version 8's.
    """
    name = hashlib.sha256(f"{marker}/{document}".encode()).digest()
    return str(uuid.UUID(bytes=name[:16], version=4))


def document_url(url: str, project: int, document: str, kind: ProjectKind = SPANS) -> str:
    """Where people find a document that was pushed: the page of a project that has it alone.

    A page of Doccano is the n-th example that a search finds, and an example's own number is no
    part of its address (read in the page's script, 1.8.4).
    """
    return f"{url}/projects/{project}/{kind.page}?page=1&q={document}"


def encode(
    document: Document, annotation: Annotation, marker: str, kind: ProjectKind = SPANS
) -> dict[str, Any]:
    """The import row of a document with what people are to start from.

    Raises:
        RemoteError: the annotation has a part that a project of this kind cannot hold.
    """
    refuse_unheld(annotation, kind)
    return {
        "text": document.text,
        **_columns(document.text, annotation, kind),
        "example_uuid": example_uuid(marker, document.id),
        "filename": document.id,
        ID_FIELD: document.id,
        **{name: document.meta.get(name, "") for name in META},
    }


def _columns(text: str, annotation: Annotation, kind: ProjectKind) -> dict[str, Any]:
    units = Utf16(text).units
    offsets = [(units(span.start), units(span.end), span.label) for span in annotation.spans]
    columns: dict[str, Any] = {}
    if kind.spans and kind.numbered:
        names = ("start_offset", "end_offset", "label")
        columns[kind.spans] = [
            {"id": number, **dict(zip(names, each, strict=True))}
            for number, each in enumerate(offsets)
        ]
    elif kind.spans:
        columns[kind.spans] = [list(each) for each in offsets]
    if kind.relations:
        columns[kind.relations] = _arrows(annotation, offsets, kind.overlap)
    if kind.categories:
        columns[kind.categories] = [category.label for category in annotation.categories]
    return columns


def _arrows(
    annotation: Annotation, offsets: list[tuple[int, int, str]], overlap: bool
) -> list[dict[str, Any]]:
    """Relations between the spans that Doccano will keep.

    One to a span that it drops would fail the whole file; that it is missing is found when what
    was pushed is read back.
    """
    numbers = {annotation.spans[at].key: at for at in _kept(offsets, overlap)}
    return [
        {"from_id": numbers[each.head], "to_id": numbers[each.tail], "type": each.label}
        for each in annotation.relations
        if each.head in numbers and each.tail in numbers
    ]


def _kept(offsets: list[tuple[int, int, str]], overlap: bool) -> list[int]:
    """Which spans Doccano keeps: read in 1.8.4, ``data_import/pipeline/labels.py``, ``clean``."""
    kept: list[int] = []
    last = -1
    for at in sorted(range(len(offsets)), key=lambda at: offsets[at][0]):
        start, end, _ = offsets[at]
        if 0 <= start < end and (overlap or start >= last):
            kept.append(at)
            last = end
    return kept


def refuse_unheld(annotation: Annotation, kind: ProjectKind) -> None:
    """Refuse an annotation that a project of this kind cannot hold whole.

    Raises:
        RemoteError: it has a part that would be lost there.
    """
    if not kind.holds(annotation):
        raise RemoteError(
            f"document {annotation.document} has annotations of a kind that the label schema has "
            "not (spans, relations or categories), and its project in Doccano cannot hold them",
            "add that kind to the schema, or take it out of the gold",
        )
    if kind.exclusive and len(annotation.categories) > 1:
        raise RemoteError(
            f"document {annotation.document} has {len(annotation.categories)} categories, and the "
            "label schema says exclusive: Doccano would keep one of them",
            "take out all but one, or set exclusive: false",
        )


def decode(row: dict[str, Any], confirmed: bool, kind: ProjectKind = SPANS) -> Example:
    """An example from a row of the export.

    Raises:
        RemoteError: the row is not one of an export of a project of this kind.
    """
    try:
        document = str(row.get(ID_FIELD) or "")
        where = Utf16(row["text"])
        spans = _spans(row, where, kind)
        relations = _relations(row, spans, kind)
        categories = [Category(_text(label)) for label in _column(row, kind.categories)]
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


def _spans(row: dict[str, Any], where: Utf16, kind: ProjectKind) -> dict[int, Span]:
    """Spans by their numbers in the row, or by their places where it has no numbers."""
    found = _column(row, kind.spans)
    if not kind.numbered:
        return {at: to_span(where, a, b, label) for at, (a, b, label) in enumerate(found)}
    return {
        int(each["id"]): to_span(where, each["start_offset"], each["end_offset"], each["label"])
        for each in found
    }


def _relations(row: dict[str, Any], spans: Mapping[int, Span], kind: ProjectKind) -> list[Relation]:
    return [
        Relation(spans[int(each["from_id"])].key, spans[int(each["to_id"])].key, str(each["type"]))
        for each in _column(row, kind.relations)
    ]


def _column(row: dict[str, Any], name: str) -> list[Any]:
    found = row[name] if name else []
    if not isinstance(found, list):
        raise TypeError(f"{name} is no list")
    return found


def _text(label: Any) -> str:
    if not isinstance(label, str):
        raise TypeError(f"{label!r} is no category")
    return label


def to_span(where: Utf16, start: Any, end: Any, label: Any) -> Span:
    """A span as Doccano keeps it."""
    return Span(where.point(int(start)), where.point(int(end), end=True), str(label))
