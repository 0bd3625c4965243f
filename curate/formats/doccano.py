"""Format ``doccano``: the JSON and JSON Lines that Doccano exports and imports, old and new.

Reading:

===============  ===========================================================================
field            shapes
===============  ===========================================================================
text             ``text``, or ``data`` in the old exports of one project for all users
spans            ``label``, ``labels`` or ``entities``: ``[start, end, label]``, or objects with
                 ``start_offset``, ``end_offset``, ``label`` and ``id``
categories       ``label``, ``labels``, ``cats`` or ``categories``: a text, or a list of texts
relations        ``relations``: objects with ``from_id``, ``to_id``, ``type``
of many users    ``annotations``: objects with ``label`` (a number, or its name), ``user``, and
                 offsets, or none for a category; ``text`` for a translation has no place
===============  ===========================================================================

Annotations of a user are the layer ``annotator:<user>``, others the layer of the options. A row
without any annotation does not say who looked at it, so only its text is read. Numbers of labels
get names by ``labels`` of the options; they differ from project to project.

Writing: the shape of Doccano's exports with relations, which its import accepts too. Text, spans,
relations and categories all have a place; who made them and when has none.

Offsets are code points. Doccano's pages count UTF-16 units, so a text with characters beyond the
Basic Multilingual Plane is better pushed by ``curate push``, which converts them.
References: https://doccano.github.io/doccano/tutorial/, and for the old shape doccano 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.formats import json_objects
from curate.formats.atomic_files import replace_file
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    Refusal,
    as_text,
    emit,
    refuse,
    utc_timestamp,
)
from curate.formats.rows import row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    GoldDocument,
    metadata_fields,
    span_numbers,
    without_tombstones,
)
from curate.model import Document, Revision, SpanKey
from curate.util import jsonl

if TYPE_CHECKING:
    pass


_LABELS = ("label", "labels", "entities", "cats", "categories")
_KNOWN = ("text", "data", "annotations", "relations", "annotation_approver", "comment_count")


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Each row as a document; a row without text, or with labels of no known shape, is refused."""
    for row in json_objects.read_objects(source):
        if isinstance(row, Refusal):
            yield row
            continue
        field = options.columns.get("text") or (
            "text" if "text" in row.value or "data" not in row.value else "data"
        )
        text = row.value.get(field)
        if not isinstance(text, str) or not text:
            yield refuse("no-text", f"the field {field} is missing", row.where, row.text)
            continue
        marks = AnnotationBuilder(text, row.where, options)
        if why := _annotate(marks, row.value):
            yield refuse("malformed", why, row.where, row.text)
            continue
        rest = {k: v for k, v in row.value.items() if k not in (*_KNOWN, *_LABELS, field)}
        approver = row.value.get("annotation_approver")
        rest |= {"annotation_approver": approver} if approver else {}
        yield from emit(marks, row_metadata({k.lower(): v for k, v in rest.items()}, options))


def _annotate(marks: AnnotationBuilder, row: dict[str, Any]) -> str:
    """Take in what is said about a text; gives what is wrong with it, if something is."""
    keys: dict[str, SpanKey | None] = {}
    for field in _LABELS:
        for item in _list(row.get(field)):
            if not _mark(marks, item, keys):
                return f"{field}: {item!r} is neither a span nor a category"
    for item in _list(row.get("annotations")):
        if not isinstance(item, dict) or not _signed(marks, item):
            return f"annotations: {item!r} is no annotation"
    for arrow in _list(row.get("relations")):
        if not isinstance(arrow, dict) or not {"from_id", "to_id", "type"} <= arrow.keys():
            return f"relations: {arrow!r} is no relation"
        head, tail = (keys.get(as_text(arrow[end])) for end in ("from_id", "to_id"))
        marks.relation(head, tail, arrow["type"])
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _mark(marks: AnnotationBuilder, item: Any, keys: dict[str, SpanKey | None]) -> bool:
    """A span or category that nobody signed; False if it is neither."""
    if isinstance(item, str):
        marks.category(item)
    elif isinstance(item, list) and len(item) == 3:
        marks.span(*item)
    elif isinstance(item, dict) and {"start_offset", "end_offset", "label"} <= item.keys():
        key = marks.span(item["start_offset"], item["end_offset"], item["label"])
        keys[as_text(item.get("id"))] = key
    else:
        return False
    return True


def _signed(marks: AnnotationBuilder, item: dict[str, Any]) -> bool:
    """An annotation of the old exports, with the user's number; False if it is none."""
    user = item.get("user")
    layer = "" if user is None else f"annotator:{user}"
    at = utc_timestamp(item.get("updated_at") or item.get("created_at") or "")
    if "label" in item and "start_offset" in item and "end_offset" in item:
        start, end = item["start_offset"], item["end_offset"]
        marks.span(start, end, item["label"], layer=layer, at=at)
    elif "label" in item:
        marks.category(item["label"], layer=layer, at=at)
    elif "text" in item:
        marks.lose("unsupported", "a text for the text, such as a translation, has no place")
    else:
        return False
    return True


def sniff(source: SourceFile) -> bool:
    """Whether the first object has a text, and labels in one of the shapes."""
    row = json_objects.first_object(source)
    if not isinstance(row.get("text", row.get("data")), str):
        return False
    if isinstance(row.get("annotations"), list):
        return True
    return any(isinstance(row.get(field), list) for field in ("label", "labels", "entities"))


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write ``doccano``, a document a line; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        for document, revision in without_tombstones(pairs):
            tally.documents += 1
            tally.spans += len(revision.spans)
            file.write(jsonl.canonical(_row(document, revision)) + b"\n")
    return tally.exported(target, "doccano")


def _row(document: Document, revision: Revision) -> dict[str, Any]:
    numbers = span_numbers(revision.spans)
    return {
        **metadata_fields(document, ("text", "entities", "relations", "cats", "Comments")),
        "text": document.text,
        "entities": [
            {"id": numbers[s.key], "label": s.label, "start_offset": s.start, "end_offset": s.end}
            for s in revision.spans
        ],
        "relations": [
            {"id": n, "from_id": numbers[r.head], "to_id": numbers[r.tail], "type": r.label}
            for n, r in enumerate(revision.relations)
        ],
        "cats": [category.label for category in revision.categories],
        "Comments": [],
    }
