"""Documents and annotations to the rows of Doccano's import and from those of its export. Pure.

What the rows rest on: Doccano's pages count UTF-16 units and its server keeps the numbers it is
given; ``example_uuid`` becomes the example's unique key, so that a row sent twice is refused and
not doubled; every other field becomes metadata, and the export writes metadata fields at the top
level of its rows, so that they must not take the export's own names, and every row must have the
same ones.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from curate import jsonl
from curate.errors import RemoteError
from curate.model import Annotation, Document, Example, Span
from curate.offsets import Utf16

ID_FIELD = "curate_id"
META = ("title", "source", "published", "url")


def example_uuid(marker: str, document: str) -> str:
    """Unique key of a document in a project: always the same, shaped like a version 4 UUID.

    Doccano takes version 4 only, so the first 16 bytes of a SHA-256 get that version's bits
    (RFC 9562, section 5.4) in the place of version 8's.
    """
    name = hashlib.sha256(f"{marker}/{document}".encode()).digest()
    return str(uuid.UUID(bytes=name[:16], version=4))


def encode(document: Document, annotation: Annotation, marker: str) -> dict[str, Any]:
    """The import row of a document with the spans people are to start from."""
    units = Utf16(document.text).units
    return {
        "text": document.text,
        "label": [[units(s.start), units(s.end), s.label] for s in annotation.spans],
        "example_uuid": example_uuid(marker, document.id),
        ID_FIELD: document.id,
        **{name: document.meta.get(name, "") for name in META},
    }


def decode(row: dict[str, Any], confirmed: bool) -> Example:
    """An example from a row of the export.

    Raises:
        RemoteError: the row is not one of an export of a span labelling project.
    """
    try:
        document = str(row.get(ID_FIELD) or "")
        where = Utf16(row["text"])
        spans = tuple(to_span(where, int(a), int(b), str(label)) for a, b, label in row["label"])
        return Example(
            example=int(row["id"]),
            document=document,
            text_id=jsonl.document_id(row["text"]),
            annotation=Annotation(document=document, layer="remote", spans=spans).sorted(),
            confirmed=confirmed,
            doubled=len({span.key for span in spans}) < len(spans),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RemoteError(
            f"example {row.get('id', '?')} of the export cannot be read ({error!r})",
            "check that the project is of the type SequenceLabeling without relations",
        ) from error


def to_span(where: Utf16, start: int, end: int, label: str) -> Span:
    """A span as Doccano keeps it."""
    return Span(where.point(start), where.point(end, end=True), label)
