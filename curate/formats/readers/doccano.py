"""Format ``doccano``: what Doccano exports and imports as JSON and JSON Lines, old and new.

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
with no annotation at all says nothing about who looked at it, and brings its text alone. Numbers of
labels get names by ``labels`` of the options; they differ from project to project. Offsets are code
points. References: https://doccano.github.io/doccano/tutorial/, and for the old shape doccano 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curate.formats.readers import values
from curate.formats.readers.common import (
    Format,
    Item,
    Marks,
    Options,
    Refusal,
    emit,
    instant,
    plain,
    refuse,
)
from curate.formats.readers.rows import meta
from curate.formats.readers.source import Source
from curate.model import SpanKey

_LABELS = ("label", "labels", "entities", "cats", "categories")
_KNOWN = ("text", "data", "annotations", "relations", "annotation_approver", "comment_count")


def read(source: Source, options: Options) -> Iterator[Item]:
    """Each row as a document; a row without text, or with labels of no known shape, is refused."""
    for row in values.rows(source):
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
        marks = Marks(text, row.where, options)
        if why := _annotate(marks, row.value):
            yield refuse("malformed", why, row.where, row.text)
            continue
        rest = {k: v for k, v in row.value.items() if k not in (*_KNOWN, *_LABELS, field)}
        approver = row.value.get("annotation_approver")
        rest |= {"annotation_approver": approver} if approver else {}
        yield from emit(marks, meta({k.lower(): v for k, v in rest.items()}, options))


def _annotate(marks: Marks, row: dict[str, Any]) -> str:
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
        head, tail = (keys.get(plain(arrow[end])) for end in ("from_id", "to_id"))
        marks.relation(head, tail, arrow["type"])
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _mark(marks: Marks, item: Any, keys: dict[str, SpanKey | None]) -> bool:
    """A span or category that nobody signed; False if it is neither."""
    if isinstance(item, str):
        marks.category(item)
    elif isinstance(item, list) and len(item) == 3:
        marks.span(*item)
    elif isinstance(item, dict) and {"start_offset", "end_offset", "label"} <= item.keys():
        key = marks.span(item["start_offset"], item["end_offset"], item["label"])
        keys[plain(item.get("id"))] = key
    else:
        return False
    return True


def _signed(marks: Marks, item: dict[str, Any]) -> bool:
    """An annotation of the old exports, with the user's number; False if it is none."""
    user = item.get("user")
    layer = "" if user is None else f"annotator:{user}"
    at = instant(item.get("updated_at") or item.get("created_at") or "")
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


def sniff(source: Source) -> bool:
    """Whether the first object has a text, and labels in one of the shapes."""
    row = values.head(source)
    if not isinstance(row.get("text", row.get("data")), str):
        return False
    if isinstance(row.get("annotations"), list):
        return True
    return any(isinstance(row.get(field), list) for field in ("label", "labels", "entities"))


FORMAT = Format(
    "doccano",
    "Doccano's exports and imports, JSON and JSON Lines, old and new",
    read,
    (".jsonl", ".json"),
    sniff=sniff,
)
