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
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats import json_objects
from curate.formats.atomic_files import replace_file
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    Refusal,
    emit,
    refuse,
    utc_timestamp,
)
from curate.formats.rows import COLUMNS, row_metadata
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
from curate.text.offsets import Utf16
from curate.util import jsonl

if TYPE_CHECKING:
    pass


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
    """What one person or model gave for a task."""

    result: list[LabelStudioResult] | None = None
    completed_by: int | str | dict[str, Any] | None = None
    was_cancelled: bool | None = None
    model_version: str | None = None
    created_at: str | int | float | None = None
    updated_at: str | int | float | None = None


class LabelStudioTask(msgspec.Struct, frozen=True):
    """A task. Predictions may be numbers, which say nothing."""

    data: dict[str, Any]
    id: str | int | None = None
    annotations: list[LabelStudioAnnotation] | None = None
    completions: list[LabelStudioAnnotation] | None = None
    predictions: list[LabelStudioAnnotation | int] | None = None


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Each task as a document."""
    for row in json_objects.read_objects(source):
        if isinstance(row, Refusal):
            yield row
            continue
        try:
            task = msgspec.convert({"data": row.value, **row.value}, LabelStudioTask)
        except msgspec.ValidationError as error:
            told = f"not a task of Label Studio ({error})"
            yield refuse("malformed", told, row.where, row.text)
            continue
        field = _field(task.data, options)
        text = task.data.get(field)
        if not isinstance(text, str) or not text:
            yield refuse("no-text", f"the task has no {field}", row.where, row.text)
            continue
        reading = _Task(AnnotationBuilder(text, row.where, options))
        rest = {name: value for name, value in task.data.items() if name != field}
        if "data" in row.value:
            reading.task(task)
            rest["id"] = task.id
        else:
            reading.flat(rest)
        yield from emit(reading.marks, row_metadata(rest, options))


def _field(data: dict[str, Any], options: ReadOptions) -> str:
    chosen = options.columns.get("text")
    return chosen or next((name for name in COLUMNS["text"] if name in data), "text")


class _Task:
    """What people and models say about the text of one task."""

    def __init__(self, marks: AnnotationBuilder) -> None:
        self.marks = marks
        self._units = Utf16(marks.text)
        self._others: Counter[str] = Counter()

    def task(self, task: LabelStudioTask) -> None:
        """Take in the annotations and predictions of a task."""
        people: dict[str, LabelStudioAnnotation] = {}
        for given in task.annotations or task.completions or ():
            layer = _layer(given.completed_by)
            if given.was_cancelled:
                self.marks.lose("not-accepted", f"{layer or 'somebody'} skipped the task")
                continue
            if layer in people:
                self.marks.lose("not-accepted", f"an earlier annotation by {layer or 'somebody'}")
            people[layer] = given
        for layer, given in people.items():
            at = utc_timestamp(given.updated_at or given.created_at or "")
            self._results(given.result or [], layer, at)
        for guess in task.predictions or ():
            if isinstance(guess, LabelStudioAnnotation):
                version = guess.model_version or "prediction"
                self._results(guess.result or [], f"model:{version}", "")
        for kind, many in sorted(self._others.items()):
            self.marks.lose("unsupported", f"{many} results of type {kind} have no place")

    def flat(self, rest: dict[str, Any]) -> None:
        """Take the annotations out of a row of JSON_MIN."""
        layer = _layer(rest.pop("annotator", None))
        at = utc_timestamp(rest.pop("updated_at", "") or rest.get("created_at") or "")
        for name in [name for name, value in rest.items() if _regions(value)]:
            self.marks.layer(layer)
            for value in rest.pop(name):
                self._region(value, layer, at, None)
        for name in [name for name, value in rest.items() if _choices(value)]:
            for choice in _choices(rest.pop(name)):
                self.marks.category(choice, layer=layer, at=at)

    def _results(self, results: list[LabelStudioResult], layer: str, at: str) -> None:
        self.marks.layer(layer)
        keys: dict[str | int | None, SpanKey | None] = {}
        for result in results:
            if choices := _choices(result.value):
                for choice in choices:
                    self.marks.category(choice, layer=layer, at=at)
            elif _regions([result.value]):
                keys[result.id] = self._region(result.value, layer, at, result.score)
            elif result.type != "relation":
                self._others[result.type] += 1
        for result in results:
            if result.type == "relation":
                ends = [keys.get(result.from_id), keys.get(result.to_id)]
                if result.direction == "left":
                    ends.reverse()
                for label in result.labels or ["related"]:
                    self.marks.relation(ends[0], ends[1], label, layer=layer, at=at)

    def _region(
        self, value: dict[str, Any], layer: str, at: str, score: float | None
    ) -> SpanKey | None:
        """Mark a region with each of its labels; gives the first."""
        start, end, surface = value["start"], value["end"], value.get("text")
        surface = surface if isinstance(surface, str) else None
        if surface is not None and self.marks.text[start:end] != surface:
            units = self._units.point(start), self._units.point(end, end=True)
            if self.marks.text[slice(*units)] == surface:
                start, end = units
        found = [
            self.marks.span(start, end, label, layer=layer, surface=surface, at=at, score=score)
            for label in _labels(value)
        ]
        return found[0] if found else None


def _layer(who: Any) -> str:
    """The layer of a person: a number, an address, or an object with either."""
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return "" if who is None else f"annotator:{who}"


def _choices(value: Any) -> list[str]:
    found = value.get("choices") if isinstance(value, dict) else None
    return (
        [choice for choice in found if isinstance(choice, str)] if isinstance(found, list) else []
    )


def _labels(value: dict[str, Any]) -> list[str]:
    return next((v for k, v in value.items() if k.endswith("labels") and isinstance(v, list)), [])


def _regions(value: Any) -> bool:
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


def sniff(source: SourceFile) -> bool:
    """Whether the first object is a task with its data, or a row of JSON_MIN."""
    row = json_objects.first_object(source)
    parts = ("annotations", "completions", "predictions")
    task = isinstance(row.get("data"), dict) and any(part in row for part in parts)
    return task or ("annotation_id" in row and "lead_time" in row)


_SECTION = "label"
_CHOICES = "category"
_TEXT = "text"


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write ``label-studio``, an array of tasks; see ``curate.formats.export.write``.

    The labelling configuration has to name its controls ``label`` (Labels) and ``category``
    (Choices), and its object ``text``.
    """
    tally = job.tally()
    with replace_file(target) as file:
        file.write(b"[")
        for number, (document, revision) in enumerate(without_tombstones(pairs)):
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
            "from_name": _SECTION,
            "to_name": _TEXT,
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
        chosen = [category.label for category in revision.categories]
        results.append(
            {
                "id": "categories",
                "type": "choices",
                "from_name": _CHOICES,
                "to_name": _TEXT,
                "value": {"choices": chosen},
            }
        )
    data = {**metadata_fields(document, ("text",)), "text": document.text}
    return {"data": data, "annotations": [{"result": results}]}
