"""Fields of a row that are annotations by their name and their shape.

Nobody agrees on the names, so a field counts by both: one of the names below, and a list or an
object as its value. What has a shape that is known is read; what has not is reported as
``not-understood`` and is never metadata.

==============  ====================================================================================
spans           objects with a start, an end and a label under their usual names, with both in one
                field, or with an offset and a length; ``[start, end, label]`` or ``[label, start,
                end]``; ``{"PER": [[0, 4]]}``; an object that holds one of the fields below
categories      texts; objects with a label alone; ``{"sport": 0.9}`` or ``{"sport": true}``, of
                which those from 0.5 on count
relations       objects with two ends and a label; an end is a span, the id of a span, or its number
                in the list of spans
==============  ====================================================================================

Offsets are code points, half-open.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from curate.formats.reading import AnnotationBuilder, as_text
from curate.model import SpanKey

SPAN_FIELDS = ("spans", "entities", "ents", "ner", "annotations", "annotation", "mentions")
LABEL_FIELDS = ("label", "labels")  # spans or categories
CATEGORY_FIELDS = ("cats", "categories")
RELATION_FIELDS = ("relations", "rels")
ANNOTATION_FIELDS = (
    *(*SPAN_FIELDS, *LABEL_FIELDS, *CATEGORY_FIELDS, *RELATION_FIELDS),
    *("ner_tags", "named_entities", "entity_mentions", "spans_labels", "events", "triggers"),
)
"""Names of fields that are annotation if their value is a list or an object."""
_KEYWORDS = ("categories", "events")  # of an article, if they stand in its metadata
_STARTS = ("start", "start_offset", "startOffset", "start_char", "begin", "begin_offset", "from")
_ENDS = ("end", "end_offset", "endOffset", "end_char", "stop", "to")
_BOTH = ("span", "offsets", "offset", "range", "position")
_LABELS = (
    *("label", "type", "tag", "entity", "entity_type", "entity_label", "entity_group", "label_"),
    *("category", "class", "labels"),
)
_SURFACES = ("text", "surface")
_HEADS = ("head", "from_id", "from", "source", "arg1", "subject", "child_of")
_TAILS = ("tail", "to_id", "to", "target", "arg2", "object", "child")
_THRESHOLD = 0.5  # from which a category with a score counts, as in spaCy


class _Span(NamedTuple):
    """A span as it is written."""

    start: Any
    end: Any
    label: Any
    fields: dict[str, Any]


def is_annotation_field(name: str, value: Any) -> bool:
    """Whether a field is annotation: by its name and shape, or since all in it are spans.

    Empty ones are not.
    """
    if not isinstance(value, list | dict) or not value:
        return False
    is_spans = isinstance(value, list) and all(isinstance(it, dict) and _span(it) for it in value)
    return name.lower() in ANNOTATION_FIELDS or is_spans


def take_annotations(row: dict[str, Any], builder: AnnotationBuilder) -> None:
    """Move the annotation fields of a row to the builder, understood or not.

    Empty ones are removed as well. An empty list of spans says that somebody looked and marked
    nothing, so it makes a layer.
    """
    names = [name for name in row if name.lower() in ANNOTATION_FIELDS]
    names = [name for name in names if isinstance(row[name], list | dict)]
    names.sort(key=lambda name: name.lower() in RELATION_FIELDS)  # relations need their spans
    keys = _Keys()
    if not any(map(_may_be_spans, names, (row[name] for name in names))):
        builder.mark_categories_only()
    for name in names:
        value = row.pop(name)
        if value or name == "spans":
            builder.add_layer()
        if value and _take(name.lower(), value, builder, keys):
            builder.fields.append(name)
    lose_annotations(row, builder)  # spans under other names


def _may_be_spans(name: str, value: Any) -> bool:
    """Whether a field has a place for spans, or for relations between them."""
    if name.lower() in RELATION_FIELDS:
        return bool(value)
    if name.lower() not in LABEL_FIELDS:
        return name.lower() not in CATEGORY_FIELDS
    if isinstance(value, dict):
        return not all(map(_is_score, value.values()))
    return not value or any(_category(item) is None for item in value)


def lose_annotations(row: dict[str, Any], builder: AnnotationBuilder) -> None:
    """Report the annotation fields that a reader does not know, and remove them from a row.

    Those of objects inside it are reported as well, such as ``meta.spans``.
    """
    lost: dict[str, Any] = {}
    for name in [name for name, value in row.items() if is_annotation_field(name, value)]:
        lost[name] = row.pop(name)
    for name, value in row.items():
        row[name] = _without_annotations(value, name, lost)
    for name, value in lost.items():
        _lose(name, value, builder)


def _without_annotations(value: Any, path: str, lost: dict[str, Any]) -> Any:
    """A value without the annotation fields of the objects in it, which are added to ``lost``."""
    if isinstance(value, list):
        return [_without_annotations(item, path, lost) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        inner = f"{path}.{name}"
        if name.lower() not in _KEYWORDS and is_annotation_field(name, item):
            items = item if isinstance(item, list) else [item]
            lost[inner] = [*lost.get(inner, ()), *items]
        elif (rest := _without_annotations(item, inner, lost)) or not item:
            kept[name] = rest
    return kept


class _Keys:
    """The spans of a row by what relations call them: their ids, or their numbers."""

    def __init__(self) -> None:
        self.by_id: dict[str, SpanKey | None] = {}
        self.in_order: list[SpanKey | None] = []

    def end(self, value: Any, builder: AnnotationBuilder) -> SpanKey | None:
        """The span at an end of a relation; None if there is none."""
        if isinstance(value, dict):
            span = _span(value)
            if span is None:
                return None
            return builder.key(span.start, span.end, span.label)
        if as_text(value) in self.by_id:
            return self.by_id[as_text(value)]
        if not self.by_id and type(value) is int and 0 <= value < len(self.in_order):
            return self.in_order[value]
        return None


def _take(name: str, value: Any, builder: AnnotationBuilder, keys: _Keys) -> bool:
    """Add the annotations in a field; whether any of it was understood."""
    if name in RELATION_FIELDS:
        return _take_relations(name, value, builder, keys)
    if isinstance(value, dict):
        return _take_object(name, value, builder, keys)
    understood = 0
    unknown = []
    for item in value:
        if (span := _span(item)) is not None and name not in CATEGORY_FIELDS:
            _add(span, builder, keys)
        elif name in (*LABEL_FIELDS, *CATEGORY_FIELDS) and (label := _category(item)) is not None:
            builder.add_category(label, **_provenance(item))
        else:
            unknown.append(item)
            continue
        understood += 1
    if unknown:
        _lose(name, unknown, builder)
    return understood > 0


def _take_object(name: str, value: dict[str, Any], builder: AnnotationBuilder, keys: _Keys) -> bool:
    if name in (*CATEGORY_FIELDS, *LABEL_FIELDS) and all(map(_is_score, value.values())):
        for label, score in value.items():
            if score >= _THRESHOLD:
                builder.add_category(label)
        return True
    inner = {key: item for key, item in value.items() if is_annotation_field(key, item)}
    if name not in CATEGORY_FIELDS and inner and len(inner) == len(value):
        taken = [_take(key.lower(), item, builder, keys) for key, item in inner.items()]
        return any(taken)
    if name not in CATEGORY_FIELDS and all(map(_are_offsets, value.values())):
        for label, pairs in value.items():
            for start, end in pairs:
                _add(_Span(start, end, label, {}), builder, keys)
        return True
    _lose(name, value, builder)
    return False


def _take_relations(name: str, value: Any, builder: AnnotationBuilder, keys: _Keys) -> bool:
    unknown = []
    for item in value if isinstance(value, list) else [value]:
        head, tail = (_first(item, names) for names in (_HEADS, _TAILS))
        label = _first(item, _LABELS)
        if head is None or tail is None or not isinstance(label, str | int):
            unknown.append(item)
            continue
        first, second = keys.end(head, builder), keys.end(tail, builder)
        builder.add_relation(first, second, label, **_provenance(item))
    if unknown:
        _lose(name, unknown, builder)
    return len(unknown) < len(value)


def _span(item: Any) -> _Span | None:
    """A span in one of the usual shapes; None if it is none."""
    if isinstance(item, dict):
        start, end = _edges(item)
        label = _first({name.replace("-", "_"): it for name, it in item.items()}, _LABELS)
        if isinstance(label, list) and len(label) == 1:
            label = label[0]
        if start is None or end is None or not isinstance(label, str | int):
            return None
        return _Span(start, end, label, item)
    if isinstance(item, list) and len(item) == 3:
        first, second, third = item
        if _is_number(first) and _is_number(second) and isinstance(third, str | int):
            return _Span(first, second, third, {})
        if isinstance(first, str) and _is_number(second) and _is_number(third):
            return _Span(second, third, first, {})
    return None


def _edges(item: dict[str, Any]) -> tuple[Any, Any]:
    """The start and end of a span: two fields, one with both, or an offset and a length."""
    for name in _BOTH:
        both = item.get(name)
        if isinstance(both, list) and len(both) == 1:
            both = both[0]
        if isinstance(both, list) and len(both) == 2 and all(map(_is_number, both)):
            return both[0], both[1]
    offset, length = item.get("offset"), item.get("length")
    if isinstance(offset, int) and isinstance(length, int):
        return offset, offset + length
    return _first(item, _STARTS), _first(item, _ENDS)


def _add(span: _Span, builder: AnnotationBuilder, keys: _Keys) -> None:
    surface = _first(span.fields, _SURFACES)
    score = span.fields.get("score")
    key = builder.add_span(
        span.start,
        span.end,
        span.label,
        surface=surface if isinstance(surface, str) else None,
        score=score if _is_score(score) else None,
        **_provenance(span.fields),
    )
    keys.in_order.append(key)
    if span.fields.get("id") is not None:
        keys.by_id[as_text(span.fields["id"])] = key


def _category(item: Any) -> str | int | None:
    """The label of a category: a text, or an object that has a label and no offsets."""
    if isinstance(item, str):
        return item or None
    if isinstance(item, dict) and not {*_STARTS, *_ENDS} & item.keys():
        label = _first(item, _LABELS)
        return label if isinstance(label, str | int) and label != "" else None
    return None


def _lose(name: str, value: Any, builder: AnnotationBuilder) -> None:
    count = len(value) if isinstance(value, list | dict) else 1
    example = next(iter(value if isinstance(value, list) else value.items()), "")
    shown = as_text(example)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
    message = f"the field {name} holds {count} that are not understood, such as {shown}"
    builder.report("not-understood", message)


def _first(item: Any, names: Iterable[str]) -> Any:
    """The value of the first of these fields that an object has; None if it has none."""
    if not isinstance(item, dict):
        return None
    return next((item[name] for name in names if item.get(name) is not None), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_score(value: Any) -> bool:
    return isinstance(value, int | float)


def _are_offsets(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(map(_is_number, pair)) for pair in value
    )


def _provenance(item: Any) -> dict[str, str]:
    fields = item if isinstance(item, dict) else {}
    return {name: str(fields.get(name) or "") for name in ("by", "at")}
