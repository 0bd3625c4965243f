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
without any annotation does not say who looked at it, so only its text is read, unless curate wrote
it: then its metadata say so. Numbers of labels get names by ``labels`` of the options; they differ
from project to project.

Writing: the columns that Doccano's import expects for the type of project that the annotations need
(see ``curate.doccano.project_types``). Every row has the same fields, because Doccano makes NaN of
a missing one and then refuses the file. Metadata with a name that Doccano uses itself is kept in an
object ``meta``; what was judged is metadata as well. Everything beyond ASCII is escaped, because
Doccano may guess the encoding of a file. Who made an annotation and when has no place.

Offsets are code points unless the options name another unit. Doccano's server keeps the numbers
that it is given, but its pages draw and select in UTF-16 units. The two differ after a character
beyond the Basic Multilingual Plane, and a file does not say which unit it has, so a row with a span
there is reported.

References: https://doccano.github.io/doccano/tutorial/, Doccano 1.8.4 (``data_import/datasets.py``,
``data_export/pipeline/factories.py``), and for the old shape doccano 1.0.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from curate.formats.annotation_fields import SPAN_FIELDS, lose_annotations
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import JsonObject, read_objects
from curate.formats.jsonl import JsonlRow
from curate.formats.jsonl import write as write_jsonl
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    as_text,
    read_each,
    refuse,
    whole_number,
)
from curate.formats.rows import row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.streams import shown
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    ExportTally,
    GoldDocument,
    span_numbers,
)
from curate.layers import annotator_layer
from curate.model import SpanKey
from curate.schema import Schema
from curate.text.offsets import Utf16
from curate.util import jsonl
from curate.util.clock import utc_timestamp

ID_FIELD = "curate_id"
JUDGED_FIELD = "curate_judged"
"""Metadata in the rows of curate: what somebody judged, since Doccano has no field for it."""
_ALL, _CATEGORIES, _NOTHING = "yes", "categories", "no"
_SPAN_FIELDS = ("label", "labels", "entities")
_LABEL_FIELDS = ("label", "labels", "entities", "cats", "categories")
_OTHER_FIELDS = ("text", "data", "annotations", "relations", "annotation_approver", "comment_count")
_IMPORT_FIELDS = ("id", "example_uuid", "filename", "upload_name", "#line_number", "cls")
RESERVED = frozenset(
    (*_LABEL_FIELDS, *_OTHER_FIELDS, *_IMPORT_FIELDS, "Comments", "meta", ID_FIELD, JUDGED_FIELD)
)
"""Fields that Doccano's import or export, or a reader of it, takes for its own."""
_WIDE = re.compile("[\U00010000-\U0010ffff]")  # characters of two UTF-16 units


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each row; rows without text or with unknown labels are refused."""
    yield from read_each(read_objects(source), lambda row: _read_row(row, options))


def _read_row(row: JsonObject, options: ReadOptions) -> Iterator[ReadItem]:
    field = options.columns.get("text") or (
        "text" if "text" in row.value or "data" not in row.value else "data"
    )
    text = row.value.get(field)
    if not isinstance(text, str) or not text:
        yield refuse("no-text", f"the field {field} is missing", row.where, row.text)
        return
    reader = _RowReader(AnnotationBuilder(text, row.where, options))
    if defect := reader.add(row.value):
        yield refuse("malformed", defect, row.where, row.text)
        return
    reader.mark_judged(row.value)
    if not options.offsets:
        reader.warn_of_units()
    own_fields = (*_OTHER_FIELDS, *_LABEL_FIELDS, field)
    unknown = {name: value for name, value in row.value.items() if name not in own_fields}
    lose_annotations(unknown, reader.builder)
    for item in _as_list(row.value.get("Comments")):
        if isinstance(text_of_comment := _comment(item), str):
            reader.builder.add_comment(text_of_comment)
    yield from reader.builder.finish(_metadata(row.value, unknown, text, options))


class _RowReader:
    """Adds the annotations of one row to a builder."""

    def __init__(self, builder: AnnotationBuilder) -> None:
        self.builder = builder
        self._keys: dict[str, SpanKey | None] = {}  # by the ids of the row
        self._shared: set[str] = set()  # ids that several spans of the row have
        self._end = 0  # of the last span
        self._layers = {""}
        self._has_place_for_spans = False

    def add(self, row: dict[str, Any]) -> str:
        """Add all annotations; returns what is wrong with one of them, if something is."""
        for field in _LABEL_FIELDS:
            self._has_place_for_spans |= field in _SPAN_FIELDS and row.get(field) == []
            for item in _labels(row.get(field)):
                if not self._add_label(item):
                    return f"{field}: {item!r} is neither a span nor a category"
        for item in _as_list(row.get("annotations")):
            if not isinstance(item, dict) or not self._add_annotation(item):
                return f"annotations: {item!r} is not an annotation"
        for relation in _as_list(row.get("relations")):
            if not isinstance(relation, dict) or not relation.keys() >= _RELATION:
                return f"relations: {relation!r} is not a relation"
            self._add_relation(relation)
        return ""

    def mark_judged(self, row: dict[str, Any]) -> None:
        """Record what was judged, also where no annotation shows it."""
        is_own = row.get(ID_FIELD) == jsonl.document_id(self.builder.text)
        judged = row.get(JUDGED_FIELD) if is_own else None
        if judged in (_ALL, _CATEGORIES):
            self.builder.add_layer()
        if judged == _CATEGORIES or (judged is None and not self._has_place_for_spans):
            for layer in self._layers:
                self.builder.mark_categories_only(layer)

    def warn_of_units(self) -> None:
        """Report that the row does not say in which unit its offsets are, if it matters."""
        if _differ_in_utf16(self.builder.text, self._end):
            self.builder.report(
                "ambiguous-offsets",
                "spans after a character beyond U+FFFF are read in code points; those that were "
                "marked on Doccano's page count UTF-16 units, which --offsets utf16 reads",
            )

    def _add_label(self, item: Any) -> bool:
        """Add a span or category without an author; False if it is neither."""
        if isinstance(item, str):
            self.builder.add_category(item)
        elif isinstance(item, list) and len(item) == 3:
            self._add_span(*item)
        elif isinstance(item, dict) and item.keys() >= _SPAN:
            key = self._add_span(item["start_offset"], item["end_offset"], item["label"])
            if item.get("id") is not None:
                number = as_text(item["id"])
                if number in self._keys:
                    self._shared.add(number)
                self._keys[number] = key
        else:
            return False
        return True

    def _add_span(
        self, start: Any, end: Any, label: Any, layer: str = "", at: str = ""
    ) -> SpanKey | None:
        start, end = whole_number(start), whole_number(end)
        self._has_place_for_spans = True
        if isinstance(end, int):
            self._end = max(self._end, end)
        return self.builder.add_span(start, end, label, layer=layer, at=at)

    def _add_annotation(self, item: dict[str, Any]) -> bool:
        """Add an annotation of the old exports, which name its user; False if it is none."""
        user = item.get("user")
        layer = "" if user is None else annotator_layer(str(user))
        self._layers.add(layer)
        at = utc_timestamp(item.get("updated_at") or item.get("created_at") or "")
        if item.keys() >= _SPAN:
            self._add_span(item["start_offset"], item["end_offset"], item["label"], layer, at)
        elif item.keys() >= {"start", "end", "label"}:
            self._add_span(item["start"], item["end"], item["label"], layer, at)
        elif "label" in item:
            self.builder.add_category(item["label"], layer=layer, at=at)
        elif "text" in item:
            message = "texts about the text, such as translations, are not read"
            self.builder.report("unsupported", message)
        else:
            return False
        return True

    def _add_relation(self, relation: dict[str, Any]) -> None:
        ends = [as_text(relation[end]) for end in ("from_id", "to_id")]
        if shared := self._shared.intersection(ends):
            message = f"{relation['type']}: several spans have the id {min(shared)}"
            self.builder.report("dangling", message)
            return
        head, tail = (self._keys.get(number) for number in ends)
        self.builder.add_relation(head, tail, relation["type"])


_SPAN = frozenset({"start_offset", "end_offset", "label"})
_RELATION = frozenset({"from_id", "to_id", "type"})


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _labels(value: Any) -> list[Any]:
    """The labels in a field; a single number is that of a category."""
    return [str(value)] if type(value) is int else _as_list(value)


def _metadata(
    row: dict[str, Any], rest: dict[str, Any], text: str, options: ReadOptions
) -> dict[str, str]:
    """The metadata of a row, of which ``rest`` are the fields that no annotation was read from."""
    rest.pop("Comments", None)
    if approver := row.get("annotation_approver"):
        rest["annotation_approver"] = approver
    if comments := [_comment(item) for item in _as_list(row.get("Comments"))]:
        rest["Comments" if "comments" in rest else "comments"] = comments
    if rest.get(ID_FIELD) != jsonl.document_id(text):
        return row_metadata(rest, options)
    # Curate wrote this row, so that every name is the one that the document has.
    del rest[ID_FIELD]
    rest.pop(JUDGED_FIELD, None)
    nested = rest.pop("meta", None)
    own = {**rest, **(nested if isinstance(nested, dict) else {})}
    return {name: as_text(it) for name, it in own.items() if it not in (None, "", [], {})}


def _comment(item: Any) -> Any:
    """The text of a comment, which an export with relations gives with its id."""
    return item.get("comment", item) if isinstance(item, dict) else item


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
    foreign = {*SPAN_FIELDS} - {*_LABEL_FIELDS, *_OTHER_FIELDS}
    has_more = any(row.get(name) for row in rows for name in foreign & row.keys())
    has_dict = any(isinstance(row.get("cats"), dict) for row in rows)
    if has_dict or has_more or any(map(_is_other, lists)):
        return Evidence.NONE  # shapes of other tools, which ``jsonl`` reads along with Doccano's
    return Evidence.SHAPE if is_label or is_annotation or only_empty else Evidence.NONE


def _is_other(items: list[Any]) -> bool:
    """Whether a list has spans as objects with names of offsets that are not Doccano's."""
    return any(isinstance(it, dict) and "start" in it and "end" in it for it in items)


def _is_label(item: Any) -> bool:
    """Whether an item is a category, or a span as a triple or with Doccano's names of offsets."""
    if isinstance(item, dict):
        return {"start_offset", "end_offset", "label"} <= item.keys()
    is_triple = isinstance(item, list) and len(item) == 3 and isinstance(item[0], int)
    return isinstance(item, str) or is_triple


def _is_annotation(item: Any) -> bool:
    """Whether an item is an annotation of the old exports: a span, a category or a text."""
    if not isinstance(item, dict) or {"start", "end"} & item.keys():
        return False
    return "label" in item or "text" in item


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write one document per line; see ``curate.formats.export.write``."""
    tally = job.tally()
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "rows.jsonl"
        exported = write_jsonl(documents, spool, job)
        shape = _shape(jsonl.read(spool, JsonlRow), job.schema)
        with replace_file(target) as file:
            for row in jsonl.read(spool, JsonlRow):
                if job.offsets != "utf16":
                    _warn_of_units(row, job.offsets, tally)
                columns = _columns(row, shape, in_utf16=job.offsets == "utf16")
                file.write(json.dumps(columns, separators=(",", ":"), sort_keys=True).encode())
                file.write(b"\n")
    return msgspec.structs.replace(
        exported, path=shown(target), format="doccano", problems=tuple(tally.problems)
    )


class _Shape(NamedTuple):
    """The columns that all rows of a file have: annotations of these kinds, and metadata.

    ``nested`` says whether some metadata has a name of Doccano's own or of its readers.
    """

    spans: bool
    relations: bool
    categories: bool
    metadata: tuple[str, ...]
    nested: bool


def _shape(rows: Iterable[JsonlRow], schema: Schema) -> _Shape:
    """The columns for these rows: what occurs in them, or could by the schema."""
    spans, relations = bool(schema.labels), bool(schema.relations)
    categories = bool(schema.categories)
    names: set[str] = set()
    for row in rows:
        names |= row.meta.keys()
        spans, relations = spans or bool(row.spans), relations or bool(row.relations)
        categories = categories or bool(row.categories)
    return _Shape(
        spans=spans or not categories,
        relations=relations,
        categories=categories,
        metadata=tuple(sorted(names - RESERVED)),
        nested=bool(names & RESERVED),
    )


def _columns(row: JsonlRow, shape: _Shape, in_utf16: bool) -> dict[str, Any]:
    units = Utf16(row.text).units if in_utf16 else _unchanged
    spans = [(units(span.start), units(span.end), span.label) for span in row.spans or ()]
    numbers = span_numbers(row.spans or ())
    columns: dict[str, Any] = {
        "text": row.text,
        ID_FIELD: row.id,
        JUDGED_FIELD: _NOTHING
        if not row.revision
        else _ALL
        if row.spans is not None
        else _CATEGORIES,
        **{name: row.meta.get(name, "") for name in shape.metadata},
    }
    if shape.nested:
        columns["meta"] = {name: row.meta[name] for name in row.meta.keys() & RESERVED}
    if shape.relations:
        columns["entities"] = [
            {"id": number, "start_offset": start, "end_offset": end, "label": label}
            for number, (start, end, label) in enumerate(spans)
        ]
        columns["relations"] = [
            {
                "id": number,
                "from_id": numbers[it.head.key],
                "to_id": numbers[it.tail.key],
                "type": it.label,
            }
            for number, it in enumerate(row.relations)
        ]
    elif shape.spans:
        columns["entities" if shape.categories else "label"] = spans
    if shape.categories:
        name = "cats" if shape.spans else "label"
        columns[name] = [category.label for category in row.categories]
    return columns


def _judged(row: JsonlRow) -> str:
    if not row.revision:
        return _NOTHING
    return _CATEGORIES if row.spans is None else _ALL


def _unchanged(offset: int) -> int:
    return offset


def _warn_of_units(row: JsonlRow, offsets: str, tally: ExportTally) -> None:
    if not offsets and _differ_in_utf16(
        row.text, max((it.end for it in row.spans or ()), default=0)
    ):
        message = (
            "the spans are written in code points, and Doccano's page would show those after a "
            "character beyond U+FFFF in another place"
        )
        hint = "choose utf16 for Doccano, with `export --offsets` or `convert --to-offsets`"
        tally.note(row.id, "ambiguous-offsets", message, hint)


def _differ_in_utf16(text: str, end: int) -> bool:
    """Whether offsets up to this one differ between code points and UTF-16 units."""
    wide = None if text.isascii() else _WIDE.search(text)
    return wide is not None and wide.start() < end
