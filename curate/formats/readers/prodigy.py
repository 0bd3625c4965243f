"""Format ``prodigy``: Prodigy's JSON Lines, a task with its answer a line.

``spans`` are spans, ``relations`` relations, the ``label`` of a text that was asked about, and the
options under ``accept``, categories. Answers with ``_annotator_id`` are that annotator's layer,
others the layer of the options. Only tasks whose ``answer`` is ``accept`` bring annotations; of the
others the text alone is taken, and they are counted. Offsets are code points.
References: https://prodi.gy/docs/api-interfaces, https://prodi.gy/docs/dependencies-relations#data
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from curate.formats.readers import values
from curate.formats.readers.common import Format, Item, Marks, Options, Refusal, emit, refuse
from curate.formats.readers.rows import meta
from curate.formats.readers.source import Source
from curate.model import SpanKey


class Mark(msgspec.Struct, frozen=True):
    """A span of a task."""

    start: int
    end: int
    label: str = ""
    score: float | None = None


class Arrow(msgspec.Struct, frozen=True):
    """A relation of a task, with the spans that it repeats; a bare token has none."""

    label: str = ""
    head_span: Mark | None = None
    child_span: Mark | None = None


class Task(msgspec.Struct, frozen=True):
    """What is read of a task; other fields go into the meta, but for those of the tool's own."""

    text: str
    spans: list[Mark] | None = None
    relations: list[Arrow] | None = None
    accept: list[str | int] | None = None
    label: str | None = None
    answer: str | None = "accept"
    annotator: str | None = msgspec.field(default=None, name="_annotator_id")


_OWN = {*(field.encode_name for field in msgspec.structs.fields(Task)), "options", "tokens"}
_OWN |= {"config"}  # and everything that begins with an underscore: hashes, sessions, views


def read(source: Source, options: Options) -> Iterator[Item]:
    """Each task as a document."""
    for row in values.rows(source):
        if isinstance(row, Refusal):
            yield row
            continue
        if not row.value.get("text"):
            yield refuse("no-text", "the task has no text", row.where, row.text)
            continue
        try:
            task = msgspec.convert(row.value, Task)
        except msgspec.ValidationError as error:
            yield refuse("malformed", f"not a task of Prodigy ({error})", row.where, row.text)
            continue
        marks = Marks(task.text, row.where, options)
        if task.answer == "accept":
            _annotate(marks, task)
        else:
            marks.lose("not-accepted", f"the answer is {task.answer!r}")
        rest = {k: v for k, v in row.value.items() if k not in _OWN and not k.startswith("_")}
        yield from emit(marks, meta(rest, options))


def _annotate(marks: Marks, task: Task) -> None:
    layer = f"annotator:{task.annotator}" if task.annotator else ""
    marks.layer(layer)
    for span in task.spans or ():
        marks.span(span.start, span.end, span.label, layer=layer, score=span.score)
    for arrow in task.relations or ():
        head, tail = (_end(marks, end) for end in (arrow.head_span, arrow.child_span))
        marks.relation(head, tail, arrow.label, layer=layer)
    for category in task.accept or ([task.label] if task.label else []):
        marks.category(category, layer=layer)


def _end(marks: Marks, span: Mark | None) -> SpanKey | None:
    if span is None or not span.label:
        return None
    return (span.start, span.end, marks.named(span.label))


def sniff(source: Source) -> bool:
    """Whether the first object has Prodigy's hashes, or an answer beside its spans."""
    row = values.head(source)
    return "text" in row and ("_task_hash" in row or ("answer" in row and "spans" in row))


FORMAT = Format("prodigy", "Prodigy's JSON Lines", read, (".jsonl",), sniff=sniff)
