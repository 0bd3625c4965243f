"""Format ``label-studio``: Label Studio's exports of text as JSON, JSON-MIN, CSV and TSV.

Reading: labelled regions are spans, choices are categories, relations are relations. Annotations of
a person are the layer ``annotator:<id or address>``, predictions ``model:<version>``. Of several
annotations by one person the newest counts. An annotation whose author is null was made by somebody
whose account is gone: each is a person of its own, ``annotator:unsigned-<n>``, as are several that
have no author at all. An annotation that is marked as ground truth is what a curator decided on.
Comments and the notes of regions are comments. What was skipped or cancelled, drafts, reviews, and
results of other kinds are counted as lost. Older versions of Label Studio count offsets in UTF-16
units, newer ones in code points; each region holds its text, which tells the two apart.

JSON-MIN, CSV and TSV have a row for each annotation, and a field for each control of the labelling
configuration. A row with an ``annotation_id`` and no such field says that somebody looked and
annotated nothing; a row without one is not annotated. A single choice is a mere text in them: it is
a category under one of the names in ``CHOICE_CONTROLS``, or under the one that the option
``columns`` gives for ``label``.

Writing: an array of tasks, offsets in code points; a task without annotations where nobody judged
the document. Text, spans, relations and categories all have a place; who made them and when has
none.

References: https://labelstud.io/guide/export.html#Label-Studio-JSON-format-of-annotated-tasks,
https://labelstud.io/guide/task_format,
https://github.com/HumanSignal/label-studio/issues/1347 (units), and for the other formats
``label_studio_sdk.converter`` 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from curate.formats.annotation_fields import lose_annotations
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_lines, sample_objects, sample_table
from curate.formats.csv import TableRow, read_table
from curate.formats.json_objects import JsonObject, read_objects
from curate.formats.reading import (
    AnnotationBuilder,
    CuratedLayer,
    ReadItem,
    ReadOptions,
    Refusal,
    as_text,
    read_each,
    refuse,
)
from curate.formats.rows import COLUMNS, column_name, row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    GoldDocument,
    span_numbers,
    without_tombstones,
)
from curate.layers import annotator_layer, annotator_of, model_layer, unsigned_layer
from curate.model import Document, Revision, SpanKey
from curate.text.offsets import Utf16
from curate.util import jsonl
from curate.util.clock import utc_timestamp

# Names in the labelling configuration that a written file fits.
_LABELS_CONTROL = "label"
_CHOICES_CONTROL = "category"
_TEXT_OBJECT = "text"

CHOICE_CONTROLS = ("label", "category", "categories", "choice", "choices", "sentiment")
"""Usual names of a control for choices; in JSON-MIN and CSV a single choice is a mere text."""

Converted = TypeVar("Converted")
_TABLES = (".csv", ".tsv")
_ROW_FIELDS = (
    "annotator",
    "annotation_id",
    "created_at",
    "updated_at",
    "lead_time",
    "history",
    "agreement",
)
_REGION_FIELDS = {"start", "end", "text", "labels"}
_COLLIDING = "_data_"  # before the name of a column of the task that a control has as well
_REGION = re.compile(r"\bstart\b.*\bend\b")
_OTHER_KINDS = (
    "taxonomy",
    "rating",
    "number",
    "ranker",
    "pairwise",
    "datetime",
    "text",
    "selected",
)


class LabelStudioResult(msgspec.Struct, frozen=True):
    """One result of an annotation: a region with labels, choices, a relation, or another kind."""

    type: str | None = None
    value: Any = None
    id: str | int | None = None
    from_id: str | int | None = None
    to_id: str | int | None = None
    direction: str | None = None
    labels: list[str] | None = None
    score: float | None = None
    meta: Any = None


class LabelStudioAnnotation(msgspec.Struct, frozen=True):
    """What one person or model annotated in a task."""

    result: list[Any] | None = None
    completed_by: Any = msgspec.UNSET
    was_cancelled: bool | None = None
    skipped: bool | None = None
    model_version: str | None = None
    created_at: str | int | float | None = None
    updated_at: str | int | float | None = None
    ground_truth: bool | None = None
    comments: Any = None
    reviews: Any = None

    @property
    def at(self) -> str:
        """When it was last changed, empty if unknown."""
        return utc_timestamp(self.updated_at or self.created_at or "")


class LabelStudioTask(msgspec.Struct, frozen=True):
    """A task. Predictions may be mere numbers, which are ignored."""

    data: dict[str, Any]
    id: str | int | None = None
    annotations: list[Any] | None = None
    completions: list[Any] | None = None
    predictions: list[Any] | None = None
    drafts: list[Any] | None = None
    comments: Any = None
    comment_count: Any = None


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each task, or of each row of JSON-MIN, CSV or TSV."""
    if _is_table(source) or (source.ending in _TABLES and not sample_objects(source)):
        has_spans = source.is_stdin or any(map(_REGION.search, sample_lines(source)))
        yield from read_each(
            read_table(source, options), lambda row: _read_row(row, options, has_spans, True)
        )
    else:
        has_spans = source.is_stdin or _has_region(sample_objects(source))
        yield from read_each(
            read_objects(source), lambda row: _read_object(row, options, has_spans)
        )


def _has_region(value: Any) -> bool:
    """Whether there is a region of a text anywhere in a value."""
    if isinstance(value, dict):
        return {"start", "end"} <= value.keys() or any(map(_has_region, value.values()))
    return isinstance(value, list | tuple) and any(map(_has_region, value))


def _read_object(row: JsonObject, options: ReadOptions, has_spans: bool) -> Iterator[ReadItem]:
    """The document of an object.

    Args:
        row: a task, or a row of JSON-MIN.
        options: how to read it.
        has_spans: whether some task of the file has a span; if none has, those with choices say
            nothing about spans.
    """
    if isinstance(row.value.get("data"), dict):
        return _read_task(row, options, has_spans)
    return _read_row(row, options, has_spans, is_table=False)


def _read_task(row: JsonObject, options: ReadOptions, has_spans: bool) -> Iterator[ReadItem]:
    try:
        task = msgspec.convert(row.value, LabelStudioTask, strict=False)
    except msgspec.ValidationError as error:
        yield refuse("malformed", f"not a task of Label Studio ({error})", row.where, row.text)
        return
    field = column_name("text", options.columns, task.data)
    text = task.data.get(field)
    if not isinstance(text, str) or not text:
        yield _without_text(field, task.data, row)
        return
    builder = AnnotationBuilder(text, row.where, options)
    _TaskReader(builder, options, has_spans).read_task(task)
    rest = {name: value for name, value in task.data.items() if name != field}
    rest.setdefault("id", task.id)
    _drop_own_ids(rest, text)
    lose_annotations(rest, builder)
    yield from builder.finish(row_metadata(rest, options))


def _read_row(
    row: JsonObject | TableRow, options: ReadOptions, has_spans: bool, is_table: bool
) -> Iterator[ReadItem]:
    rest = dict(row.value)
    field = column_name("text", options.columns, rest)
    field = _COLLIDING + field if _COLLIDING + field in rest else field
    text = rest.pop(field, None)
    if not isinstance(text, str) or not text:
        yield _without_text(field, rest, row)
        return
    if is_table:
        rest = {name: _cell(value) for name, value in rest.items()}
    builder = AnnotationBuilder(text, row.where, options)
    chosen = options.columns.get("label", "")
    for name in [] if is_table or chosen else _unknown_choices(row.value, field):
        message = f"{name} may be a choice: {rest[name]!r}; to read it, add --column label={name}"
        builder.report("unsupported", message)
    _TaskReader(builder, options, has_spans).read_row(rest, chosen)
    _drop_own_ids(rest, text)
    lose_annotations(rest, builder)
    yield from builder.finish(row_metadata(rest, options))


def _drop_own_ids(rest: dict[str, Any], text: str) -> None:
    """Remove the ids that curate gave a task that it wrote."""
    if rest.get("curate_id") == jsonl.document_id(text):
        rest.pop("curate_id")
        rest.pop("id", None)


def _without_text(field: str, data: dict[str, Any], row: JsonObject | TableRow) -> Refusal:
    """The refusal of a task without text, with the fields that may hold it."""
    refusal = refuse("no-text", f"the task has no {field}", row.where, row.text)
    names = [name for name, value in data.items() if isinstance(value, str) and value]
    if not names:
        return refusal
    hint = f"name the field of the text with --column text=NAME; there is {', '.join(names)}"
    return msgspec.structs.replace(refusal, hint=hint)


def _cell(value: str) -> Any:
    """A cell of a table; lists and objects are JSON there, and what is missing is empty."""
    if not value.startswith(("[", "{")):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.MsgspecError:
        return value


class _TaskReader:
    """Adds what people and models annotated in one task."""

    def __init__(self, builder: AnnotationBuilder, options: ReadOptions, has_spans: bool) -> None:
        self._has_spans = has_spans
        self._builder = builder
        self._unit_is_chosen = bool(options.offsets)
        self._utf16 = Utf16(builder.text)

    def read_task(self, task: LabelStudioTask) -> None:
        """Add the annotations and predictions of a task."""
        annotations = self._converted(
            task.annotations or task.completions or [], LabelStudioAnnotation, "an annotation"
        )
        newest = self._newest(annotations)
        for layer, annotation in newest.items():
            self._add_results(annotation.result or [], layer, annotation.at)
            self._builder.times[self._builder.name(layer)] = annotation.at
        self._add_decision(newest)
        self._add_comments(task, annotations)
        for draft in task.drafts or ():
            results = draft.get("result") if isinstance(draft, dict) else draft
            if results:
                count = len(results) if isinstance(results, list) else 1
                self._builder.report("not-accepted", f"a draft with {count} results")
        predictions = self._converted(
            [it for it in task.predictions or () if not isinstance(it, int | float)],
            LabelStudioAnnotation,
            "an annotation",
        )
        for number, prediction in enumerate(predictions):
            version = prediction.model_version or "prediction"
            later = predictions[number + 1 :]
            if version in [it.model_version or "prediction" for it in later]:
                self._builder.report("not-accepted", f"{version} has a later prediction")
            else:
                self._add_results(prediction.result or [], model_layer(version), "")

    def _add_decision(self, newest: dict[str, LabelStudioAnnotation]) -> None:
        """Mark the annotation that a curator chose as the ground truth, the newest of several."""
        chosen = [(it.at, layer) for layer, it in newest.items() if it.ground_truth]
        if chosen:
            at, layer = max(chosen)
            self._builder.curated = CuratedLayer(layer=self._builder.name(layer), at=at)
        for _ in chosen[1:]:
            self._builder.report("not-accepted", "the task has another ground truth")

    def _add_comments(
        self, task: LabelStudioTask, annotations: list[LabelStudioAnnotation]
    ) -> None:
        """Add the comments on a task and its annotations; reviews are counted."""
        comments = _objects(task.comments)
        comments += [it for annotation in annotations for it in _objects(annotation.comments)]
        for item in comments:
            if isinstance(text := item.get("text"), str) and text:
                author = annotator_of(_layer(item.get("created_by")))
                at = utc_timestamp(item.get("updated_at") or item.get("created_at") or "")
                self._builder.add_comment(text, by=author, at=at)
        if not comments and task.comment_count:
            message = f"comments on the task ({task.comment_count}) are not in the file"
            self._builder.report("unsupported", message)
        if reviews := sum(len(_objects(it.reviews)) for it in annotations):
            self._builder.report("unsupported", f"{reviews} reviews are not read")

    def read_row(self, row: dict[str, Any], choice_control: str) -> None:
        """Move the annotations of a row of JSON-MIN, CSV or TSV to the builder."""
        has_author = "annotator" in row
        fields = {name: row.pop(name, None) for name in _ROW_FIELDS}
        controls = [
            name
            for name, value in row.items()
            if _is_answer(value)
            or (isinstance(value, str) and value and _is_choice(name, choice_control))
        ]
        if fields["annotation_id"] in (None, "") and not controls:
            return
        # The converter writes None for an account that is gone, and nothing without an address.
        layer = "" if fields["annotator"] == "None" else _layer(fields["annotator"])
        layer = unsigned_layer(1) if has_author and not layer else layer
        at = utc_timestamp(fields["updated_at"] or fields["created_at"] or "")
        self._builder.add_layer(layer)
        for name in controls:
            answers = row.pop(name)
            for answer in answers if isinstance(answers, list) else [answers]:
                value = {"choices": [answer]} if isinstance(answer, str) else answer
                self._add_value(value, name, layer, at, None)

    def _converted(self, items: list[Any], type: type[Converted], what: str) -> list[Converted]:
        """The items of a type; those that are not of it are reported."""
        converted: list[Converted] = []
        for item in items:
            try:
                converted.append(msgspec.convert(item, type, strict=False))
            except msgspec.ValidationError as error:
                self._builder.report("unsupported", f"not {what} of Label Studio ({error})")
        return converted

    def _newest(self, items: list[LabelStudioAnnotation]) -> dict[str, LabelStudioAnnotation]:
        """The newest annotation of each person, by layer; a person without a name has one."""
        newest: dict[str, LabelStudioAnnotation] = {}
        several = sum(not _layer(item.completed_by) for item in items) > 1
        number = 0
        for item in items:
            layer = _layer(item.completed_by)
            if not layer and (item.completed_by is None or several):
                number += 1
                layer = unsigned_layer(number)
            author = layer or "somebody"
            if item.was_cancelled or item.skipped:
                self._builder.report("not-accepted", f"{author} skipped the task")
                continue
            if layer in newest:
                self._builder.report("not-accepted", f"{author} has a later annotation")
                kept = newest[layer]
                if (bool(kept.ground_truth), kept.at) > (bool(item.ground_truth), item.at):
                    continue
            newest[layer] = item
        return newest

    def _add_results(self, items: list[Any], layer: str, at: str) -> None:
        self._builder.add_layer(layer)
        results = self._converted(items, LabelStudioResult, "a result")
        keys: dict[str | int | None, SpanKey | None] = {}
        for result in results:
            if result.type != "relation":
                kind = result.type or "unknown"
                key = self._add_value(result.value, kind, layer, at, result.score)
                keys[result.id] = key or keys.get(result.id)
                for note in _notes(result.meta):
                    self._builder.add_comment(note, span=key, by=annotator_of(layer), at=at)
        for result in results:
            if result.type == "relation":
                ends = [(keys.get(result.from_id), keys.get(result.to_id))]
                if result.direction in ("left", "bi"):
                    ends = [(tail, head) for head, tail in ends] + ends * (result.direction == "bi")
                for head, tail in ends:
                    for label in result.labels or ["related"]:
                        self._builder.add_relation(head, tail, label, layer=layer, at=at)

    def _add_value(
        self, value: Any, kind: str, layer: str, at: str, score: float | None
    ) -> SpanKey | None:
        """Add the value of a result; returns the key of the first span, if it is a region."""
        if not isinstance(value, dict) or "startOffset" in value:  # paragraphs or HTML
            self._builder.report("unsupported", f"a result of type {kind} is not read")
            return None
        has_place = "start" in value and "end" in value
        if (choices := _choices(value)) and not has_place:
            if not self._has_spans:
                self._builder.mark_categories_only(layer)
            for choice in choices:
                self._builder.add_category(choice, layer=layer, at=at)
            return None
        is_bare = isinstance(value.get("text", ""), str) and set(value) <= _REGION_FIELDS
        if not has_place or not (_labels(value) or is_bare):
            self._builder.report("unsupported", f"a result of type {kind} is not read")
            return None
        return self._add_region(value, layer, at, score)

    def _add_region(
        self, value: dict[str, Any], layer: str, at: str, score: float | None
    ) -> SpanKey | None:
        """Add a region as a span for each of its labels; returns the key of the first."""
        start, end, surface = _offset(value["start"]), _offset(value["end"]), value.get("text")
        surface = surface if isinstance(surface, str) else None
        is_elsewhere = surface is not None and self._builder.text[start:end] != surface
        if is_elsewhere and not self._unit_is_chosen and start is not None and end is not None:
            points = self._utf16.point(start), self._utf16.point(end, end=True)
            if self._builder.text[slice(*points)] == surface:
                start, end = points
        keys = [
            self._builder.add_span(
                start, end, label, layer=layer, surface=surface, at=at, score=score
            )
            for label in _labels(value) or [None]
        ]
        return keys[0]


def _layer(author: Any) -> str:
    """The layer of a person, who is given as a number, an address, or an object with either."""
    if isinstance(author, dict):
        author = author.get("email") or author.get("id")
    if author in (None, "", msgspec.UNSET):
        return ""
    if isinstance(author, float) and author.is_integer():
        author = int(author)
    return annotator_layer(as_text(author))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [it for it in value if isinstance(it, dict)] if isinstance(value, list) else []


def _notes(meta: Any) -> list[str]:
    """The notes that somebody wrote on a region."""
    notes = meta.get("text") if isinstance(meta, dict) else None
    return [
        it for it in (notes if isinstance(notes, list) else [notes]) if it and isinstance(it, str)
    ]


def _offset(value: Any) -> int | None:
    """An offset, which some tools write as a text or with a decimal point."""
    try:
        return msgspec.convert(value, int, strict=False)
    except msgspec.ValidationError:
        return None


def _choices(value: dict[str, Any]) -> list[str]:
    choices = value.get("choices")
    return [it for it in choices if isinstance(it, str)] if isinstance(choices, list) else []


def _labels(value: dict[str, Any]) -> list[Any]:
    return next((v for k, v in value.items() if k.endswith("labels") and isinstance(v, list)), [])


def _is_choice(control: str, chosen: str) -> bool:
    """Whether a text of a row is a choice, by the name of its control."""
    return control == chosen or (not chosen and control in CHOICE_CONTROLS)


def _unknown_choices(row: dict[str, Any], text_field: str) -> list[str]:
    """The fields of a row of JSON-MIN that must be choices, though their names do not say so.

    The data of the task come first, then its id, the controls, and the annotator. Where the data
    have an id themselves, or the fields are in another order, nothing can be said.
    """
    names = list(row)
    if not {text_field, "id", "annotator"} <= row.keys():
        return []
    begin, end = names.index("id"), names.index("annotator")
    if names.index(text_field) > begin:
        return []
    between = names[begin + 1 : end]
    return [n for n in between if isinstance(row[n], str) and row[n] and not _is_choice(n, "")]


def _is_answer(value: Any) -> bool:
    """Whether a field of a row is what somebody answered: regions, choices, or another kind."""
    answers = value if isinstance(value, list) else [value]
    kinds = ("choices", *_OTHER_KINDS)
    return any(
        isinstance(answer, dict)
        and ({"start", "end"} <= answer.keys() or any(kind in answer for kind in kinds))
        for answer in answers
    )


def sniff(source: SourceFile) -> Evidence:
    """Whether it has a task with its data, or a row of JSON-MIN, CSV or TSV."""
    parts = ("annotations", "completions", "predictions")
    for row in sample_objects(source):
        is_task = isinstance(row.get("data"), dict) and any(part in row for part in parts)
        if is_task or ("annotation_id" in row and "lead_time" in row):
            return Evidence.SIGNATURE
    return Evidence.SIGNATURE if _is_table(source) else Evidence.NONE


def _is_table(source: SourceFile) -> bool:
    """Whether it is a CSV or TSV, by its header and not by its name."""
    table = sample_table(source)
    return table is not None and {"annotation_id", "annotator", "lead_time"} <= {*table.header}


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write an array of tasks; see ``curate.formats.export.write``.

    The labelling configuration of the project must name its controls ``label`` (Labels) and
    ``category`` (Choices), and its object ``text``.
    """
    tally = job.tally()
    with replace_file(target) as file:
        file.write(b"[")
        for number, (document, revision) in enumerate(without_tombstones(documents)):
            tally.documents += 1
            tally.spans += len(revision.spans)
            file.write(b",\n" if number else b"\n")
            file.write(jsonl.canonical(_task(document, revision, number + 1)))
        file.write(b"\n]\n")
    return tally.exported(target, "label-studio")


def _task(document: Document, revision: Revision, number: int) -> dict[str, Any]:
    numbers = span_numbers(revision.spans)
    results: list[dict[str, Any]] = [
        {
            "id": str(numbers[span.key]),
            "type": "labels",
            "from_name": _LABELS_CONTROL,
            "to_name": _TEXT_OBJECT,
            "value": {
                "start": span.start,
                "end": span.end,
                "text": document.text[span.start : span.end],
                "labels": [span.label],
            },
        }
        for span in revision.spans
    ]
    results += [
        {
            "type": "relation",
            "from_id": str(numbers[relation.head]),
            "to_id": str(numbers[relation.tail]),
            "direction": "right",
            "labels": [relation.label],
        }
        for relation in revision.relations
    ]
    if revision.categories:
        results.append(
            {
                "id": "categories",
                "type": "choices",
                "from_name": _CHOICES_CONTROL,
                "to_name": _TEXT_OBJECT,
                "value": {"choices": [category.label for category in revision.categories]},
            }
        )
    # Label Studio's converter needs the numbers of tasks, and names annotations by theirs.
    annotations = [{"id": number, "result": results}] if revision.is_judged else []
    data = {**_metadata(document), "curate_id": document.id, "text": document.text}
    return {"id": number, "data": data, "annotations": annotations}


def _metadata(document: Document) -> dict[str, Any]:
    """Metadata as data of a task; under ``meta`` what would be read as something else."""
    special = {"text", "id", "curate_id", "meta", *(name for it in COLUMNS.values() for name in it)}
    special -= {"title", "url", "source", "published", "label"}
    flat = {k: v for k, v in document.meta.items() if v and k not in special}
    nested = {k: v for k, v in document.meta.items() if k not in flat}
    return flat | ({"meta": nested} if nested else {})
