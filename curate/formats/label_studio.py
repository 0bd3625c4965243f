"""Format ``label-studio``: Label Studio's JSON and JSON_MIN exports of text.

Reading: labelled regions are spans, choices are categories, relations are relations. Annotations of
a person are the layer ``annotator:<id or address>``, predictions ``model:<version>``; JSON_MIN has
a field for its annotator. Of several annotations by one person the last one counts. What was
skipped or cancelled, and results of other kinds, is counted as lost. Older versions of Label Studio
count offsets in UTF-16 units, newer ones in code points; each region holds its text, which tells
the two apart.

Writing: an array of tasks, offsets in code points. Text, spans, relations and categories all have a
place; who made them and when has none.

References: https://labelstud.io/guide/export.html#Label-Studio-JSON-format-of-annotated-tasks,
https://labelstud.io/guide/task_format,
https://github.com/HumanSignal/label-studio/issues/1347 (units).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from curate.formats.annotation_fields import lose_annotations
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import read_objects
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    Refusal,
    refuse,
    utc_timestamp,
)
from curate.formats.rows import column_name, row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    GoldDocument,
    metadata_fields,
    span_numbers,
    without_tombstones,
)
from curate.layers import annotator_layer, model_layer
from curate.model import Document, Revision, SpanKey
from curate.text.offsets import Utf16
from curate.util import jsonl

# Names in the labelling configuration that a written file fits.
_LABELS_CONTROL = "label"
_CHOICES_CONTROL = "category"
_TEXT_OBJECT = "text"


class LabelStudioResult(msgspec.Struct, frozen=True):
    """One result of an annotation: a region with labels, choices, a relation, or another kind."""

    type: str = ""
    value: dict[str, Any] = {}
    id: str | int | None = None
    from_id: str | int | None = None
    to_id: str | int | None = None
    direction: str | None = None
    labels: list[str] | None = None
    score: float | None = None


class LabelStudioAnnotation(msgspec.Struct, frozen=True):
    """What one person or model annotated in a task."""

    result: list[LabelStudioResult] | None = None
    completed_by: int | str | dict[str, Any] | None = None
    was_cancelled: bool | None = None
    model_version: str | None = None
    created_at: str | int | float | None = None
    updated_at: str | int | float | None = None


class LabelStudioTask(msgspec.Struct, frozen=True):
    """A task. Predictions may be mere numbers, which are ignored."""

    data: dict[str, Any]
    id: str | int | None = None
    annotations: list[LabelStudioAnnotation] | None = None
    completions: list[LabelStudioAnnotation] | None = None
    predictions: list[LabelStudioAnnotation | int] | None = None


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each task, or of each row of JSON_MIN."""
    for row in read_objects(source):
        if isinstance(row, Refusal):
            yield row
            continue
        try:
            task = msgspec.convert({"data": row.value, **row.value}, LabelStudioTask)
        except msgspec.ValidationError as error:
            yield refuse("malformed", f"not a task of Label Studio ({error})", row.where, row.text)
            continue
        field = column_name("text", options.columns, task.data)
        text = task.data.get(field)
        if not isinstance(text, str) or not text:
            yield refuse("no-text", f"the task has no {field}", row.where, row.text)
            continue
        builder = AnnotationBuilder(text, row.where, options)
        reader = _TaskReader(builder, options)
        rest = {name: value for name, value in task.data.items() if name != field}
        if "data" in row.value:
            reader.read_task(task)
            rest["id"] = task.id
        else:
            reader.read_json_min(rest)
        lose_annotations(rest, builder)
        yield from builder.finish(row_metadata(rest, options))


class _TaskReader:
    """Adds what people and models annotated in one task."""

    def __init__(self, builder: AnnotationBuilder, options: ReadOptions) -> None:
        self._builder = builder
        self._unit_is_chosen = bool(options.offsets)
        self._utf16 = Utf16(builder.text)
        self._unsupported: Counter[str] = Counter()

    def read_task(self, task: LabelStudioTask) -> None:
        """Add the annotations and predictions of a task."""
        last: dict[str, LabelStudioAnnotation] = {}  # by layer
        for annotation in task.annotations or task.completions or ():
            layer = _layer(annotation.completed_by)
            author = layer or "somebody"
            if annotation.was_cancelled:
                self._builder.report("not-accepted", f"{author} skipped the task")
                continue
            if layer in last:
                self._builder.report("not-accepted", f"{author} has a later annotation")
            last[layer] = annotation
        for layer, annotation in last.items():
            at = utc_timestamp(annotation.updated_at or annotation.created_at or "")
            self._add_results(annotation.result or [], layer, at)
        for prediction in task.predictions or ():
            if isinstance(prediction, LabelStudioAnnotation):
                layer = model_layer(prediction.model_version or "prediction")
                self._add_results(prediction.result or [], layer, "")
        for kind, count in sorted(self._unsupported.items()):
            self._builder.report("unsupported", f"{count} results of type {kind} are not read")

    def read_json_min(self, rest: dict[str, Any]) -> None:
        """Move the annotations of a row of JSON_MIN to the builder."""
        layer = _layer(rest.pop("annotator", None))
        at = utc_timestamp(rest.pop("updated_at", "") or rest.get("created_at") or "")
        for name in [name for name, value in rest.items() if _are_regions(value)]:
            self._builder.add_layer(layer)
            for value in rest.pop(name):
                self._add_region(value, layer, at, None)
        for name in [name for name, value in rest.items() if _choices(value)]:
            for choice in _choices(rest.pop(name)):
                self._builder.add_category(choice, layer=layer, at=at)

    def _add_results(self, results: list[LabelStudioResult], layer: str, at: str) -> None:
        self._builder.add_layer(layer)
        keys: dict[str | int | None, SpanKey | None] = {}
        for result in results:
            if choices := _choices(result.value):
                for choice in choices:
                    self._builder.add_category(choice, layer=layer, at=at)
            elif _are_regions([result.value]):
                keys[result.id] = self._add_region(result.value, layer, at, result.score)
            elif result.type != "relation":
                self._unsupported[result.type] += 1
        for result in results:
            if result.type == "relation":
                head, tail = keys.get(result.from_id), keys.get(result.to_id)
                if result.direction == "left":
                    head, tail = tail, head
                for label in result.labels or ["related"]:
                    self._builder.add_relation(head, tail, label, layer=layer, at=at)

    def _add_region(
        self, value: dict[str, Any], layer: str, at: str, score: float | None
    ) -> SpanKey | None:
        """Add a region as a span for each of its labels; returns the key of the first."""
        start, end, surface = value["start"], value["end"], value.get("text")
        surface = surface if isinstance(surface, str) else None
        is_elsewhere = surface is not None and self._builder.text[start:end] != surface
        if is_elsewhere and not self._unit_is_chosen:
            points = self._utf16.point(start), self._utf16.point(end, end=True)
            if self._builder.text[slice(*points)] == surface:
                start, end = points
        keys = [
            self._builder.add_span(
                start, end, label, layer=layer, surface=surface, at=at, score=score
            )
            for label in _labels(value)
        ]
        return keys[0] if keys else None


def _layer(author: Any) -> str:
    """The layer of a person, who is given as a number, an address, or an object with either."""
    if isinstance(author, dict):
        author = author.get("email") or author.get("id")
    return "" if author is None else annotator_layer(str(author))


def _choices(value: Any) -> list[str]:
    choices = value.get("choices") if isinstance(value, dict) else None
    return [it for it in choices if isinstance(it, str)] if isinstance(choices, list) else []


def _labels(value: dict[str, Any]) -> list[str]:
    return next((v for k, v in value.items() if k.endswith("labels") and isinstance(v, list)), [])


def _are_regions(value: Any) -> bool:
    """Whether a value is a list of regions of text, with offsets and labels."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(item, dict)
            and isinstance(item.get("start"), int)
            and isinstance(item.get("end"), int)
            and bool(_labels(item))
            for item in value
        )
    )


def sniff(source: SourceFile) -> Evidence:
    """Whether an object is a task with its data, or a row of JSON_MIN."""
    parts = ("annotations", "completions", "predictions")
    for row in sample_objects(source):
        is_task = isinstance(row.get("data"), dict) and any(part in row for part in parts)
        if is_task or ("annotation_id" in row and "lead_time" in row):
            return Evidence.SIGNATURE
    return Evidence.NONE


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
            file.write(jsonl.canonical(_task(document, revision)))
        file.write(b"\n]\n")
    return tally.exported(target, "label-studio")


def _task(document: Document, revision: Revision) -> dict[str, Any]:
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
    data = {**metadata_fields(document, ("text",)), "text": document.text}
    return {"data": data, "annotations": [{"result": results}] if revision.is_judged else []}
