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
from typing import Any

from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import read_objects
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    Refusal,
    as_text,
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
from curate.layers import annotator_layer
from curate.model import Document, Revision, SpanKey
from curate.util import jsonl

_LABEL_FIELDS = ("label", "labels", "entities", "cats", "categories")
_OTHER_FIELDS = ("text", "data", "annotations", "relations", "annotation_approver", "comment_count")


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each row; rows without text or with unknown labels are refused."""
    for row in read_objects(source):
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
        builder = AnnotationBuilder(text, row.where, options)
        if defect := _annotate(builder, row.value):
            yield refuse("malformed", defect, row.where, row.text)
            continue
        fields = (*_OTHER_FIELDS, *_LABEL_FIELDS, field)
        rest = {name.lower(): value for name, value in row.value.items() if name not in fields}
        if approver := row.value.get("annotation_approver"):
            rest["annotation_approver"] = approver
        yield from builder.finish(row_metadata(rest, options))


def _annotate(builder: AnnotationBuilder, row: dict[str, Any]) -> str:
    """Add the annotations of a row; returns what is wrong with one of them, if something is."""
    keys: dict[str, SpanKey | None] = {}
    for field in _LABEL_FIELDS:
        for item in _as_list(row.get(field)):
            if not _add_label(builder, item, keys):
                return f"{field}: {item!r} is neither a span nor a category"
    for item in _as_list(row.get("annotations")):
        if not isinstance(item, dict) or not _add_annotation(builder, item):
            return f"annotations: {item!r} is not an annotation"
    for relation in _as_list(row.get("relations")):
        if not isinstance(relation, dict) or not {"from_id", "to_id", "type"} <= relation.keys():
            return f"relations: {relation!r} is not a relation"
        head, tail = (keys.get(as_text(relation[end])) for end in ("from_id", "to_id"))
        builder.add_relation(head, tail, relation["type"])
    return ""


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _add_label(builder: AnnotationBuilder, item: Any, keys: dict[str, SpanKey | None]) -> bool:
    """Add a span or category without an author; False if it is neither."""
    if isinstance(item, str):
        builder.add_category(item)
    elif isinstance(item, list) and len(item) == 3:
        builder.add_span(*item)
    elif isinstance(item, dict) and {"start_offset", "end_offset", "label"} <= item.keys():
        key = builder.add_span(item["start_offset"], item["end_offset"], item["label"])
        keys[as_text(item.get("id"))] = key
    else:
        return False
    return True


def _add_annotation(builder: AnnotationBuilder, item: dict[str, Any]) -> bool:
    """Add an annotation of the old exports, which names its user; False if it is none."""
    user = item.get("user")
    layer = "" if user is None else annotator_layer(str(user))
    at = utc_timestamp(item.get("updated_at") or item.get("created_at") or "")
    if "label" in item and "start_offset" in item and "end_offset" in item:
        start, end = item["start_offset"], item["end_offset"]
        builder.add_span(start, end, item["label"], layer=layer, at=at)
    elif "label" in item:
        builder.add_category(item["label"], layer=layer, at=at)
    elif "text" in item:
        builder.report("unsupported", "texts about the text, such as translations, are not read")
    else:
        return False
    return True


def sniff(source: SourceFile) -> Evidence:
    """Whether objects have a text, and labels in one of the shapes above."""
    rows = [
        row for row in sample_objects(source) if isinstance(row.get("text", row.get("data")), str)
    ]
    if any("annotation_approver" in row for row in rows):
        return Evidence.SIGNATURE
    fields = ("label", "labels", "entities")
    lists = [row[name] for row in rows for name in fields if isinstance(row.get(name), list)]
    many = [row["annotations"] for row in rows if isinstance(row.get("annotations"), list)]
    is_label = any(items and all(map(_is_label, items)) for items in lists)
    is_annotation = any(items and all(map(_is_annotation, items)) for items in many)
    only_empty = (lists or many) and not any(lists) and not any(many)
    return Evidence.SHAPE if is_label or is_annotation or only_empty else Evidence.NONE


def _is_label(item: Any) -> bool:
    """Whether an item is a category, or a span as a triple or with Doccano's names of offsets."""
    if isinstance(item, dict):
        return {"start_offset", "end_offset", "label"} <= item.keys()
    return isinstance(item, str) or (isinstance(item, list) and len(item) == 3)


def _is_annotation(item: Any) -> bool:
    """Whether an item is an annotation of the old exports: a span, a category or a text."""
    if not isinstance(item, dict) or {"start", "end"} & item.keys():
        return False
    return "label" in item or "text" in item


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write one document per line; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        for document, revision in without_tombstones(documents):
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
